/* ---
title: Activation without a ticket
version: 1.0.0
severity: medium
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, policy, setting, tier]
keys: [request_id]
lookback: 1d
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
message: "{{ subject_name or subject_upn or subject_id }} activated {% if access %}{{ access }} of {% endif %}{{ target_name
  or target_id }} without a ticket at {{ occurred_at | utc }}"
why: "A ticket is demanded by {{ demanded_by | listed }}, and {{ absent_from }}.{% if justification %} The justification says:
  {{ justification }}{% endif %}"
remediation: Ask the person for the change or incident behind it and have it recorded; if there is none, treat the activation as
  unauthorised.
controls: [iso27001:A.8.2, iso27001:A.5.18, nis2:21.2.i, finma:2023-1]
false_positives:
  - "people write the ticket into the justification: set [tickets] in_justification, and pattern to the form of your numbers"
  - the ticket demand was switched on between two snapshots, and the activation lay before it
blind_spots:
  - an activation of a role whose audit details carry no ticket key at all stays unknown, and unknown is no finding
  - whether the ticket exists, and was open, is another rule's matter
tests:
  - name: the policy asks for one, the request has none
    given:
      activation: &bare
        - {request_id: r1, surface: group, access: member, subject_id: p1, subject_name: Eva Schmid, target_id: g1, target_name: sg-sap, requested_at: "2026-10-08T08:00:00Z", starts_at: "2026-10-08T08:00:00Z", ticket_state: absent, event_ids: [e1]}
      policy: &asked
        - {surface: group, target_id: g1, access: member, requires_ticket: true, valid_from: "2026-01-01T00:00:00Z"}
    expect:
      - request_id: r1
        demanded_by: [the policy]
        event_ids: [e1]
        message: Eva Schmid activated member of sg-sap without a ticket at 2026-10-08 08:00 UTC
        why: A ticket is demanded by the policy, and neither the request nor its audit details carry one.
  - name: ownership has a policy of its own
    given:
      activation: [{request_id: r1, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-10-08T08:00:00Z", ticket_state: absent}]
      policy: *asked
    expect: []
  - name: an owner without a ticket is found by the owners' policy
    given:
      activation: [{request_id: r1, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-10-08T08:00:00Z", ticket_state: absent}]
      policy: [{surface: group, target_id: g1, access: owner, requires_ticket: true, valid_from: "2026-01-01T00:00:00Z"}]
    expect: [{request_id: r1}]
  - name: a role whose details carry an empty ticket key
    given:
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T08:00:00Z", ticket_state: absent}]
      policy: &role [{surface: entra_role, target_id: t1, requires_ticket: true, valid_from: "2026-01-01T00:00:00Z"}]
    expect: [{request_id: r1, absent_from: its audit details carry an empty ticket}]
  - name: unknown is not absent
    near: true
    given:
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T08:00:00Z", ticket_state: unknown}]
      policy: *role
    expect: []
  - name: a ticket is there
    given:
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T08:00:00Z", ticket_state: present, ticket_number: CHG-1234}]
      policy: *role
    expect: []
  - name: nobody asks for one
    near: true
    given:
      activation: *bare
      policy: [{surface: group, target_id: g1, access: member, requires_ticket: false, valid_from: "2026-01-01T00:00:00Z"}]
    expect: []
  - name: whether the policy asks is not known
    near: true
    given:
      activation: *bare
      policy: [{surface: group, target_id: g1, access: member, valid_from: "2026-01-01T00:00:00Z"}]
    expect: []
  - name: the policy in force when it was asked for counts, not today's
    given:
      activation:
        - {request_id: before, surface: group, access: member, subject_id: p1, target_id: g1, requested_at: "2026-09-30T23:59:59Z", starts_at: "2026-10-01T06:00:00Z", ticket_state: absent}
        - {request_id: within, surface: group, access: member, subject_id: p1, target_id: g1, requested_at: "2026-10-01T00:00:00Z", starts_at: "2026-10-01T06:00:00Z", ticket_state: absent}
        - {request_id: later, surface: group, access: member, subject_id: p1, target_id: g1, requested_at: "2026-10-10T00:00:00Z", starts_at: "2026-10-10T06:00:00Z", ticket_state: absent}
      policy:
        - {surface: group, target_id: g1, access: member, requires_ticket: false, valid_from: "2026-01-01T00:00:00Z", valid_to: "2026-10-01T00:00:00Z"}
        - {surface: group, target_id: g1, access: member, requires_ticket: true, valid_from: "2026-10-01T00:00:00Z", valid_to: "2026-10-10T00:00:00Z"}
        - {surface: group, target_id: g1, access: member, requires_ticket: false, valid_from: "2026-10-10T00:00:00Z"}
    expect: [{request_id: within}]
  - name: the configuration demands one for the tier
    given:
      activation: *bare
      tier: [{surface: group, target_id: g1, tier: tier0}, {surface: group, target_id: g2, tier: tier1}]
      setting: [{name: tickets.required_tier, value: tier0}]
    expect: [{request_id: r1, demanded_by: [the configuration for tier0], tier: tier0}]
  - name: both demand it, once
    given:
      activation: *bare
      policy: *asked
      tier: [{surface: group, target_id: g1, tier: tier0}]
      setting: [{name: tickets.required_tier, value: tier0}, {name: tickets.required_tier, value: tier1}]
    expect:
      - request_id: r1
        demanded_by: [the policy, the configuration for tier0]
        why: A ticket is demanded by the policy and the configuration for tier0, and neither the request nor its audit details carry one.
  - name: another tier
    near: true
    given:
      activation: *bare
      tier: [{surface: group, target_id: g1, tier: tier1}]
      setting: [{name: tickets.required_tier, value: tier0}]
    expect: []
  - name: where the justification is the place for it
    given:
      activation: [{request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, starts_at: "2026-10-08T08:00:00Z", ticket_state: absent, justification: quick fix}]
      policy: *role
      setting: [{name: tickets.in_justification, value: "true"}]
    expect:
      - request_id: r1
        why: "A ticket is demanded by the policy, and neither its audit details nor its justification carry one. The justification says: quick fix"
--- */
WITH place AS (
    SELECT count(*) AS justification_counts
    FROM setting
    WHERE name = 'tickets.in_justification' AND lower(value) = 'true'
),
asked AS (
    SELECT a.request_id, bool_or(p.requires_ticket) AS by_policy
    FROM activation AS a
    JOIN policy AS p
        ON p.surface = a.surface AND p.target_id = a.target_id AND coalesce(p.access, '') = coalesce(a.access, '')
        AND p.valid_from <= coalesce(a.requested_at, a.starts_at)
        AND (p.valid_to IS NULL OR p.valid_to > coalesce(a.requested_at, a.starts_at))
    WHERE a.ticket_state = 'absent' AND a.starts_at >= $since
    GROUP BY a.request_id
),
tiered AS (
    SELECT DISTINCT t.surface, t.target_id, t.tier
    FROM tier AS t
    JOIN setting AS s ON s.name = 'tickets.required_tier' AND s.value = t.tier
)
SELECT a.request_id, a.starts_at AS occurred_at, a.surface, a.subject_id, a.subject_name, a.subject_upn,
    a.target_id, a.target_name, a.access, a.scope, a.justification, a.event_ids, t.tier, a.ticket_state,
    list_filter([CASE WHEN k.by_policy THEN 'the policy' END, 'the configuration for ' || t.tier],
        lambda who: who IS NOT NULL)
        AS demanded_by,
    CASE WHEN j.justification_counts > 0 AND a.surface = 'group'
            THEN 'neither the request, its audit details nor its justification carry one'
        WHEN j.justification_counts > 0 THEN 'neither its audit details nor its justification carry one'
        WHEN a.surface = 'group' THEN 'neither the request nor its audit details carry one'
        ELSE 'its audit details carry an empty ticket' END AS absent_from
FROM activation AS a
CROSS JOIN place AS j
LEFT JOIN asked AS k ON k.request_id = a.request_id
LEFT JOIN tiered AS t ON t.surface = a.surface AND t.target_id = a.target_id
WHERE a.ticket_state = 'absent' AND a.starts_at >= $since AND a.starts_at <= $until
    AND (k.by_policy OR t.tier IS NOT NULL)
ORDER BY a.starts_at, a.request_id
