/* ---
title: Activation from an address never seen for this person
version: 1.0.0
severity: low
confidence: 0.4
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, source_address]
keys: [request_id]
history: 90d
tactics: [InitialAccess, PrivilegeEscalation]
techniques: [T1078.004]
params:
  days: {type: integer, default: 90, min: 7, max: 366, doc: days in which an address counts as seen}
  minimum: {type: integer, default: 5, min: 1, max: 1000, doc: earlier activations with an address before anything can be new}
message: "{{ subject_name or subject_upn or subject_id }} activated {% if access %}{{ access }} of {% endif %}{{ target_name
  or target_id }} from {{ actor_ip }}, an address never seen for them, at {{ occurred_at | utc }}"
why: "None of {{ before | number }} activations in the {{ days }} days before came from {{ network }}; they came from {{ networks | listed }}.{%
  if others %} {{ others | number }} other{% if others != 1 %}s{% endif %} used that network.{% else %} Nobody else used that network to
  activate.{% endif %}"
remediation: Look at the sign-in behind it, its country, device and method. If the person was not there, end the activation, revoke the
  sessions and reset the account.
controls: [iso27001:A.8.16, iso27001:A.8.5, nis2:21.2.i]
false_positives:
  - travel, a new provider at home, a new proxy; write offices and proxies under [[tenants.named_ranges]]
blind_spots:
  - an intruder in the same network, or behind the same proxy
  - addresses of the same /24 (IPv6 /64), or of the same named range, are one network
  - people with few activations, and rows without an address
tests:
  - name: five from the office, one from elsewhere
    since: "2026-11-05T00:00:00Z"
    given: &six
      source_address: &known
        - {ip: 192.0.2.1, network: 192.0.2.0/24}
        - {ip: 192.0.2.2, network: 192.0.2.0/24}
        - {ip: 192.0.2.3, network: 192.0.2.0/24}
        - {ip: 192.0.2.250, network: 192.0.2.0/24}
        - {ip: "2001:db8:1:2:aaaa::1", network: "2001:db8:1:2::/64"}
        - {ip: "2001:DB8:1:2:bbbb::9", network: "2001:db8:1:2::/64"}
        - {ip: 198.51.100.7, network: 198.51.100.0/24}
        - {ip: 203.0.113.5, network: 203.0.113.0/24}
        - {ip: 203.0.113.9, network: 203.0.113.0/24}
      activation: &rows
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-01T08:00:00Z", actor_ip: 192.0.2.1}
        - {request_id: r2, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-02T08:00:00Z", actor_ip: 192.0.2.2}
        - {request_id: r3, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-03T08:00:00Z", actor_ip: 192.0.2.3}
        - {request_id: r4, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-04T08:00:00Z", actor_ip: "2001:db8:1:2:aaaa::1"}
        - {request_id: r5, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-05T08:00:00Z", actor_ip: 192.0.2.1}
        - {request_id: r6, surface: entra_role, subject_id: p1, subject_name: Eva, target_id: t1, target_name: Teams Administrator, starts_at: "2026-11-05T08:00:00Z", actor_ip: 198.51.100.7, event_ids: [e1]}
    expect:
      - request_id: r6
        event_ids: [e1]
        before: 5
        message: Eva activated Teams Administrator from 198.51.100.7, an address never seen for them, at 2026-11-05 08:00 UTC
        why: "None of 5 activations in the 90 days before came from 198.51.100.0/24; they came from 192.0.2.0/24 and 2001:db8:1:2::/64. Nobody else used that network to activate."
  - name: a group, from a network that a colleague uses
    since: "2026-11-05T00:00:00Z"
    params: {minimum: 1}
    given:
      source_address: *known
      activation:
        - {request_id: r1, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-10-01T08:00:00Z", actor_ip: 192.0.2.1}
        - {request_id: r2, surface: group, access: owner, subject_id: p2, target_id: g1, starts_at: "2026-10-01T08:00:00Z", actor_ip: 203.0.113.9}
        - {request_id: r3, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z", actor_ip: 203.0.113.5}
    expect: [{request_id: r3, others: 1}]
  - name: a neighbouring address, and another of the same IPv6 network in capitals
    near: true
    since: "2026-11-05T00:00:00Z"
    given:
      source_address: *known
      activation:
        - *rows
        - {request_id: r7, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T07:00:00Z", actor_ip: 192.0.2.250}
        - {request_id: r8, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-11-05T07:30:00Z", actor_ip: "2001:DB8:1:2:bbbb::9"}
    params: {minimum: 8}
    expect: []
  - name: four before are too few
    near: true
    since: "2026-11-05T00:00:00Z"
    given: *six
    params: {minimum: 6}
    expect: []
  - name: another network of the same named range
    near: true
    since: "2026-11-05T00:00:00Z"
    params: {minimum: 1}
    given: &office
      source_address: [{ip: 192.0.2.1, network: 192.0.2.0/24, named_range: Zurich office}, {ip: 198.51.100.7, network: 198.51.100.0/24, named_range: Zurich office}]
      activation:
        - {request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-01T08:00:00Z", actor_ip: 192.0.2.1}
        - {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z", actor_ip: 198.51.100.7}
    expect: []
  - name: out of a named range, and with no address that can be placed
    since: "2026-11-05T00:00:00Z"
    params: {minimum: 1}
    given:
      <<: *office
      source_address: [{ip: 192.0.2.1, network: 192.0.2.0/24, named_range: Zurich office}, {ip: 198.51.100.7, network: 198.51.100.0/24, named_range: Other}, {ip: somewhere}]
      activation:
        - {request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-01T08:00:00Z", actor_ip: 192.0.2.1}
        - {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z", actor_ip: 198.51.100.7}
        - {request_id: r3, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-06T08:00:00Z", actor_ip: " Somewhere"}
    expect:
      - {request_id: r2, network: Other, networks: [Zurich office], named: true}
      - {request_id: r3, network: somewhere, networks: [Other, Zurich office], named: false}
  - name: no address is no new address
    near: true
    since: "2026-11-05T00:00:00Z"
    params: {minimum: 1}
    given:
      source_address: *known
      activation:
        - {request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-01T08:00:00Z", actor_ip: 192.0.2.1}
        - {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z"}
    expect: []
  - name: the same address as ever
    given:
      source_address: *known
      activation: [{request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-01T08:00:00Z", actor_ip: 192.0.2.1}, {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-10-02T08:00:00Z", actor_ip: 192.0.2.1}]
    params: {minimum: 1}
    expect: []
--- */
WITH placed AS (
    SELECT a.*, s.named_range IS NOT NULL AS named, coalesce(s.named_range, s.network, lower(trim(a.actor_ip))) AS network
    FROM activation AS a
    LEFT JOIN source_address AS s ON s.ip = a.actor_ip
    WHERE a.subject_id IS NOT NULL AND trim(a.actor_ip) <> '' AND a.starts_at <= CAST($until AS TIMESTAMPTZ)
        AND a.starts_at >= CAST($since AS TIMESTAMPTZ) - to_days(CAST($days AS INTEGER) + 1)
),
judged AS (
    SELECT n.request_id, count(*) AS before, list_sort(list(DISTINCT o.network)) AS networks
    FROM placed AS n
    JOIN placed AS o
        ON o.subject_id = n.subject_id AND o.starts_at < n.starts_at
        AND o.starts_at >= n.starts_at - to_days(CAST($days AS INTEGER))
    WHERE n.starts_at >= CAST($since AS TIMESTAMPTZ)
    GROUP BY n.request_id, n.network
    HAVING count(*) >= $minimum AND NOT bool_or(o.network = n.network)
)
SELECT p.request_id, p.starts_at AS occurred_at, p.surface, p.subject_id, p.subject_name, p.subject_upn, p.target_id,
    p.target_name, p.access, p.scope, p.justification, p.event_ids, p.actor_ip, p.network, p.named, j.before, j.networks, $days AS days,
    (SELECT count(DISTINCT o.subject_id) FROM placed AS o
        WHERE o.network = p.network AND o.subject_id <> p.subject_id AND o.starts_at <= p.starts_at) AS others
FROM judged AS j
JOIN placed AS p ON p.request_id = j.request_id
ORDER BY p.starts_at, p.request_id
