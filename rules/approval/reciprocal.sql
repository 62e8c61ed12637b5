/* ---
title: People who approve one another
version: 1.0.0
severity: medium
confidence: 0.4
status: stable
surface: [entra_role, group]
kind: event
reads: [pim_request]
keys: [pattern, first_id, second_id, month]
lookback: 92d
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
params:
  each: {type: integer, default: 3, min: 1, max: 1000, doc: approvals each has given the other before it is a pattern}
  most_of: {type: integer, default: 10, min: 3, max: 1000, doc: approvals somebody has received before one approver's share counts}
  share: {type: number, default: 0.8, min: 0.5, max: 1, doc: an approver's share above which it is found}
  days: {type: integer, default: 90, min: 7, max: 366, doc: days over which approvals are counted}
message: "{% if pattern == 'mutual' %}{{ first_name }} and {{ second_name }} approve one another's requests{% else %}{{ second_name }} approved {{
  given | number }} of {{ received | number }} requests of {{ first_name }}{% endif %}"
why: "In the {{ days }} days up to {{ occurred_at | utc }} {{ second_name }} approved {{ given | number }} request{% if given != 1 %}s{% endif
  %} of {{ first_name }}{% if pattern == 'mutual' %}, and {{ first_name }} {{ returned | number }} of {{ second_name }}{% else %}, though
  {{ others | number }} other approver{% if others != 1 %}s{% endif %} decided on the same roles and groups{% endif %}: {{ targets | listed }}."
remediation: Read what they approved. Name an approver from outside the pair, or take turns, so that a second person really looks.
controls: [iso27001:A.5.3, iso27001:A.8.2, nis2:21.2.i]
false_positives:
  - a team of two, or one where one person is always on duty
blind_spots:
  - circles of three or more
  - an approver whom the log does not name
tests:
  - name: three each, of roles and groups
    given:
      pim_request: &three
        - {request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, subject_name: Anna, approver_id: P2, approver_name: Beat, target_id: t1, target_name: Global Administrator, decided_at: "2026-11-01T08:00:00Z", event_ids: [e1]}
        - {request_id: r2, surface: group, access: member, request_kind: activation, decision: approved, subject_id: p1, subject_name: Anna, approver_id: p2, approver_name: Beat, target_id: g1, target_name: sg-sap, decided_at: "2026-11-02T08:00:00Z", event_ids: [e2]}
        - {request_id: r3, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, subject_name: Anna, approver_id: p2, approver_name: Beat, target_id: t1, target_name: Global Administrator, decided_at: "2026-11-03T08:00:00Z", event_ids: [e3]}
        - {request_id: r4, surface: entra_role, request_kind: activation, decision: approved, subject_id: p2, subject_name: Beat, approver_id: p1, approver_name: Anna, target_id: t1, target_name: Global Administrator, decided_at: "2026-11-01T09:00:00Z", event_ids: [e4]}
        - {request_id: r5, surface: entra_role, request_kind: activation, decision: approved, subject_id: p2, subject_name: Beat, approver_id: p1, approver_name: Anna, target_id: t1, target_name: Global Administrator, decided_at: "2026-11-02T09:00:00Z", event_ids: [e5]}
    params: {each: 2}
    expect:
      - pattern: mutual
        first_id: p1
        second_id: p2
        month: 2026-11
        message: Anna and Beat approve one another's requests
        why: "In the 90 days up to 2026-11-03 08:00 UTC Beat approved 3 requests of Anna, and Anna 2 of Beat: Global Administrator and member of sg-sap."
        event_ids: [e1, e2, e3, e4, e5]
  - name: the same with three each asked for
    near: true
    given:
      pim_request: *three
    expect: []
  - name: nearly all of somebody's requests for a group, where others decide on it too
    params: {most_of: 3}
    given:
      pim_request: &most
        - {request_id: r1, surface: group, access: member, request_kind: activation, decision: approved, subject_id: p1, subject_name: Eva, approver_id: a1, approver_name: Anna, target_id: g1, decided_at: "2026-11-01T08:00:00Z"}
        - {request_id: r2, surface: group, access: member, request_kind: activation, decision: approved, subject_id: p1, subject_name: Eva, approver_id: a1, approver_name: Anna, target_id: g1, decided_at: "2026-11-02T08:00:00Z"}
        - {request_id: r3, surface: group, access: member, request_kind: activation, decision: approved, subject_id: p1, subject_name: Eva, approver_id: a1, approver_name: Anna, target_id: g1, decided_at: "2026-11-03T08:00:00Z"}
        - {request_id: r4, surface: group, access: member, request_kind: activation, decision: approved, subject_id: p3, approver_id: b1, target_id: g1, decided_at: "2026-10-20T08:00:00Z"}
    expect: [{pattern: one_approver, first_id: p1, second_id: a1, given: 3, received: 3, others: 1, message: Anna approved 3 of 3 requests of Eva}]
  - name: with ten asked for, three are few
    near: true
    given:
      pim_request: *most
    expect: []
  - name: nobody else could decide
    near: true
    params: {most_of: 3}
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: a1, target_id: t1, decided_at: "2026-11-01T08:00:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: a1, target_id: t1, decided_at: "2026-11-02T08:00:00Z"}
        - {request_id: r3, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: a1, target_id: t1, decided_at: "2026-11-03T08:00:00Z"}
    expect: []
  - name: exactly the share is not above it
    params: {most_of: 3, share: 0.75}
    given:
      pim_request: [*most, {request_id: r5, surface: group, access: member, request_kind: activation, decision: approved, subject_id: p1, approver_id: b1, target_id: g1, decided_at: "2026-11-01T09:00:00Z"}]
    expect: []
  - name: one way only, and long ago
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, decision: approved, subject_id: p1, approver_id: p2, target_id: t1, decided_at: "2026-11-01T08:00:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: activation, decision: approved, subject_id: p2, approver_id: p1, target_id: t1, decided_at: "2026-08-03T07:59:59Z"}
    params: {each: 1}
    expect: []
--- */
WITH approved AS (
    SELECT *, lower(subject_id) AS person, lower(approver_id) AS approver,
        coalesce(access || ' of ', '') || coalesce(target_name, target_id) AS what
    FROM pim_request
    WHERE decision = 'approved' AND surface IN ('entra_role', 'group') AND subject_id IS NOT NULL AND approver_id IS NOT NULL
        AND lower(subject_id) <> lower(approver_id) AND decided_at <= CAST($until AS TIMESTAMPTZ)
        AND decided_at >= CAST($since AS TIMESTAMPTZ) - to_days(CAST($days AS INTEGER) + 1)
),
-- Who had an approval given or received in a month; the days before the last of them are looked at.
anchor AS (
    SELECT person, approver, strftime(decided_at AT TIME ZONE 'UTC', '%Y-%m') AS month, max(decided_at) AS last_at
    FROM approved
    WHERE decided_at >= CAST($since AS TIMESTAMPTZ)
    GROUP BY person, approver, month
),
couple AS (
    SELECT least(person, approver) AS first_id, greatest(person, approver) AS second_id, month, max(last_at) AS last_at
    FROM anchor
    GROUP BY least(person, approver), greatest(person, approver), month
),
mutual AS (
    SELECT 'mutual' AS pattern, c.first_id, c.second_id, c.month, c.last_at,
        count(*) FILTER (WHERE a.person = c.first_id) AS given, count(*) FILTER (WHERE a.person = c.second_id) AS returned,
        CAST(NULL AS BIGINT) AS received, CAST(NULL AS BIGINT) AS others
    FROM couple AS c
    JOIN approved AS a
        ON least(a.person, a.approver) = c.first_id AND greatest(a.person, a.approver) = c.second_id
        AND a.decided_at <= c.last_at AND a.decided_at >= c.last_at - to_days(CAST($days AS INTEGER))
    GROUP BY c.first_id, c.second_id, c.month, c.last_at
    HAVING count(*) FILTER (WHERE a.person = c.first_id) >= $each
        AND count(*) FILTER (WHERE a.person = c.second_id) >= $each
),
received AS (
    SELECT n.person, n.approver, n.month, n.last_at, count(*) FILTER (WHERE a.approver = n.approver) AS given, count(*) AS received
    FROM anchor AS n
    JOIN approved AS a
        ON a.person = n.person AND a.decided_at <= n.last_at
        AND a.decided_at >= n.last_at - to_days(CAST($days AS INTEGER))
    GROUP BY n.person, n.approver, n.month, n.last_at
    HAVING count(*) >= $most_of AND count(*) FILTER (WHERE a.approver = n.approver) > $share * count(*)
),
-- One approver means something only where there was a choice.
choice AS (
    SELECT r.person, r.approver, r.month, r.last_at, r.given, r.received, count(DISTINCT o.approver) AS others
    FROM received AS r
    JOIN approved AS a ON a.person = r.person AND a.approver = r.approver AND a.decided_at <= r.last_at
    JOIN approved AS o
        ON o.surface = a.surface AND o.target_id = a.target_id AND coalesce(o.access, '') = coalesce(a.access, '')
        AND o.approver <> r.approver AND o.decided_at <= r.last_at
    GROUP BY r.person, r.approver, r.month, r.last_at, r.given, r.received
),
found AS (
    SELECT * FROM mutual
    UNION ALL
    SELECT 'one_approver', person, approver, month, last_at, given, CAST(NULL AS BIGINT), received, others FROM choice
),
detail AS (
    SELECT f.pattern, f.first_id, f.second_id, f.month, list_sort(list(DISTINCT a.what)) AS targets,
        CASE WHEN count(DISTINCT a.surface) = 1 THEN min(a.surface) END AS surface,
        list_sort(list_distinct(flatten(list(a.event_ids) FILTER (WHERE a.event_ids IS NOT NULL)))) AS event_ids,
        max(CASE WHEN a.person = f.first_id THEN coalesce(a.subject_name, a.subject_upn)
            ELSE coalesce(a.approver_name, a.approver_upn) END) AS first_name,
        max(CASE WHEN a.approver = f.second_id THEN coalesce(a.approver_name, a.approver_upn)
            ELSE coalesce(a.subject_name, a.subject_upn) END) AS second_name
    FROM found AS f
    JOIN approved AS a
        ON ((a.person = f.first_id AND a.approver = f.second_id)
            OR (f.pattern = 'mutual' AND a.person = f.second_id AND a.approver = f.first_id))
        AND a.decided_at <= f.last_at AND a.decided_at >= f.last_at - to_days(CAST($days AS INTEGER))
    GROUP BY f.pattern, f.first_id, f.second_id, f.month
)
SELECT f.pattern, f.first_id, f.second_id, f.month, f.last_at AS occurred_at, d.surface, f.first_id AS subject_id,
    coalesce(d.first_name, f.first_id) AS first_name, coalesce(d.first_name, f.first_id) AS subject_name,
    coalesce(d.second_name, f.second_id) AS second_name, f.second_id AS actor_object_id, d.second_name AS actor_name,
    'User' AS actor_type, f.given, f.returned, f.received, f.others, $days AS days, d.targets, d.event_ids
FROM found AS f
JOIN detail AS d
    ON d.pattern = f.pattern AND d.first_id = f.first_id AND d.second_id = f.second_id AND d.month = f.month
ORDER BY f.last_at, f.pattern, f.first_id, f.second_id
