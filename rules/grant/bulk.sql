/* ---
title: Many grants or removals at once
version: 1.0.0
severity: high
confidence: 0.75
status: stable
surface: [entra_role, group]
kind: event
reads: [audit_event, pim_request]
keys: [requester_id, direction, day]
lookback: 2d
tactics: [PrivilegeEscalation, Persistence, Impact]
techniques: [T1098.003, T1531]
params:
  threshold: {type: integer, default: 10, min: 2, max: 1000, doc: as many different assignments within the window are many}
  window_minutes: {type: integer, default: 60, min: 1, max: 1440, doc: how long the sliding window is}
message: "{{ requester_name or requester_upn or requester_id }} {% if direction == 'granted' %}granted {{ most | number }}
  assignments{% else %}took away {{ most | number }} assignments{% endif %} of roles and groups within {{ span_minutes | number }}
  minutes"
why: "{{ most | number }} different assignments of {{ people | number }} {% if people == 1 %}person{% else %}people{% endif %} and
  {{ targets | number }} {% if targets == 1 %}target{% else %}targets{% endif %} ({{ target_names |
  listed }}) between {{ first_at | utc }} and {{ occurred_at | utc }}; {{ threshold | number }} within {{ window_minutes | number }}
  minutes are many."
remediation: Ask the administrator at once whether a project or a clean-up lies behind this. If not, end the account's sessions,
  disable it, and undo the changes listed among the evidence; begin with removed administrators.
controls: [iso27001:A.5.18, iso27001:A.8.2, iso27001:A.8.16, nis2:21.2.i, finma:2023-1]
false_positives:
  - the introduction of PIM, a reorganisation, the yearly renewal
  - access reviews applied in one go under a person's name
blind_spots:
  - who spreads it over hours or over several accounts stays under the threshold
  - members of groups added around PIM are not counted
tests:
  - name: three of each kind within the hour, roles and groups together
    params: {threshold: 3}
    given:
      pim_request: &three
        - {request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: A1, requester_name: Walter, requester_kind: user, subject_id: p1, target_id: t1, target_name: Global Reader, completed_at: "2026-10-14T08:00:00Z", event_ids: [e1]}
        - {request_id: r2, surface: group, access: member, request_kind: active, outcome: completed, requester_id: a1, requester_name: Walter, requester_kind: user, subject_id: p1, target_id: g1, target_name: sg-sap, completed_at: "2026-10-14T08:30:00Z", event_ids: [e2]}
        - {request_id: r3, surface: group, access: owner, request_kind: eligible, outcome: completed, requester_id: a1, requester_name: Walter, requester_kind: user, subject_id: p2, target_id: g1, target_name: sg-sap, completed_at: "2026-10-14T09:00:00Z", event_ids: [e3]}
    expect:
      - requester_id: a1
        direction: granted
        day: 2026-10-14
        most: 3
        event_ids: [e1, e2, e3]
        message: Walter granted 3 assignments of roles and groups within 60 minutes
        why: 3 different assignments of 2 people and 2 targets (Global Reader and sg-sap) between 2026-10-14 08:00 UTC and 2026-10-14 09:00 UTC; 3 within 60 minutes are many.
  - name: over the turn of the hour and of the day
    params: {threshold: 3}
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: removal, outcome: completed, requester_id: a1, requester_kind: user, subject_id: p1, target_id: t1, completed_at: "2026-10-13T23:40:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: removal, outcome: completed, requester_id: a1, requester_kind: user, subject_id: p2, target_id: t1, completed_at: "2026-10-13T23:59:00Z"}
        - {request_id: r3, surface: entra_role, request_kind: removal, outcome: completed, requester_id: a1, requester_kind: user, subject_id: p3, target_id: t1, completed_at: "2026-10-14T00:20:00Z"}
    expect: [{direction: removed, day: 2026-10-14, message: a1 took away 3 assignments of roles and groups within 40 minutes}]
  - name: administrators removed around PIM
    params: {threshold: 2}
    given:
      audit_event:
        - {event_id: e1, activity: Remove member from role, service: Core Directory, result: success, actor_kind: user, actor_id: a1, actor_name: Walter, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-14T08:00:00Z"}
        - {event_id: e2, activity: Remove member from role, service: Core Directory, result: success, actor_kind: user, actor_id: a1, actor_name: Walter, target_user_id: p2, target_role_id: t1, occurred_at: "2026-10-14T08:00:01Z"}
        - {event_id: e3, activity: Remove member from role, service: Core Directory, result: success, actor_kind: system, actor_id: s1, actor_name: MS-PIM, target_user_id: p3, target_role_id: t1, occurred_at: "2026-10-14T08:00:02Z"}
    expect: [{direction: removed, most: 2, event_ids: [e1, e2]}]
  - name: one short of the threshold
    near: true
    params: {threshold: 4}
    given:
      pim_request: *three
    expect: []
  - name: the third a second too late
    near: true
    params: {threshold: 3}
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, requester_kind: user, subject_id: p1, target_id: t1, completed_at: "2026-10-14T08:00:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, requester_kind: user, subject_id: p2, target_id: t1, completed_at: "2026-10-14T08:30:00Z"}
        - {request_id: r3, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, requester_kind: user, subject_id: p3, target_id: t1, completed_at: "2026-10-14T09:00:01Z"}
    expect: []
  - name: the same assignment again and again
    near: true
    params: {threshold: 2}
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, requester_kind: user, subject_id: p1, target_id: t1, completed_at: "2026-10-14T08:00:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, requester_kind: user, subject_id: P1, target_id: t1, completed_at: "2026-10-14T08:01:00Z"}
        - {request_id: r3, surface: entra_role, request_kind: eligible, outcome: failed, requester_id: a1, requester_kind: user, subject_id: p2, target_id: t1, completed_at: "2026-10-14T08:01:00Z"}
    expect: []
  - name: ended by the service itself, or by nobody knows whom
    near: true
    params: {threshold: 2}
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: removal, outcome: completed, requester_id: s1, requester_kind: system, subject_id: p1, target_id: t1, completed_at: "2026-10-14T08:00:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: removal, outcome: completed, requester_id: s1, requester_kind: system, subject_id: p2, target_id: t1, completed_at: "2026-10-14T08:00:00Z"}
        - {request_id: r3, surface: entra_role, request_kind: removal, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-14T08:00:00Z"}
        - {request_id: r4, surface: entra_role, request_kind: removal, outcome: completed, subject_id: p2, target_id: t1, completed_at: "2026-10-14T08:00:00Z"}
    expect: []
  - name: people who activate
    params: {threshold: 2}
    given:
      pim_request:
        - {request_id: r1, surface: group, access: member, request_kind: activation, outcome: completed, requester_id: p1, requester_kind: user, subject_id: p1, target_id: g1, completed_at: "2026-10-14T08:00:00Z"}
        - {request_id: r2, surface: group, access: member, request_kind: activation, outcome: completed, requester_id: p1, requester_kind: user, subject_id: p1, target_id: g2, completed_at: "2026-10-14T08:00:00Z"}
    expect: []
  - name: judged before, and not yet
    near: true
    params: {threshold: 3}
    since: "2026-10-14T08:00:01Z"
    as_of: "2026-11-01T00:00:00Z"
    given: {pim_request: *three}
    expect: []
--- */
WITH act AS (
    SELECT lower(r.requester_id) AS requester_id, r.requester_name, r.requester_upn, r.requester_kind,
        CASE WHEN r.request_kind = 'removal' THEN 'removed' ELSE 'granted' END AS direction,
        lower(r.subject_id) AS subject_id, lower(r.target_id) AS target_id, r.target_name, r.access,
        coalesce(r.completed_at, r.requested_at, r.starts_at) AS acted_at, r.event_ids
    FROM pim_request AS r
    WHERE r.request_kind IN ('eligible', 'active', 'removal') AND r.outcome = 'completed'
        AND r.surface IN ('entra_role', 'group') AND r.requester_kind IN ('user', 'service_principal')
        AND coalesce(r.completed_at, r.requested_at, r.starts_at) BETWEEN $since AND $until
    UNION ALL
    SELECT lower(e.actor_id), e.actor_name, e.actor_upn, e.actor_kind,
        CASE WHEN starts_with(e.operation, 'Un') OR e.activity IN ('Remove member from role', 'Remove scoped member from role')
            THEN 'removed' ELSE 'granted' END,
        lower(coalesce(e.target_user_id, e.target_app_id, e.target_group_id)), lower(e.target_role_id), e.target_role_name,
        NULL, e.occurred_at, [e.event_id]
    FROM audit_event AS e
    WHERE e.activity IN ('Add member to role', 'Add scoped member to role', 'Remove member from role',
            'Remove scoped member from role')
        AND e.service = 'Core Directory' AND e.actor_kind IN ('user', 'service_principal')
        AND lower(coalesce(e.result, 'success')) = 'success' AND e.occurred_at BETWEEN $since AND $until
),
-- Each act closes a window that reaches back from it.
closing AS (
    SELECT a.requester_id, a.direction, a.acted_at, count(DISTINCT (b.subject_id, b.target_id, b.access)) AS most,
        count(DISTINCT b.subject_id) AS people, count(DISTINCT b.target_id) AS targets, min(b.acted_at) AS first_at,
        list_sort(list_distinct(list(coalesce(b.target_name, b.target_id)))) AS names,
        list_sort(list_distinct(flatten(list(b.event_ids)))) AS event_ids
    FROM (SELECT DISTINCT requester_id, direction, acted_at FROM act) AS a
    JOIN act AS b ON b.requester_id = a.requester_id AND b.direction = a.direction
        AND b.acted_at <= a.acted_at AND b.acted_at >= a.acted_at - to_minutes($window_minutes)
    GROUP BY a.requester_id, a.direction, a.acted_at
),
-- The fullest window of the day stands for it, the earliest of equals.
ranked AS (
    SELECT c.*, strftime(c.acted_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS day,
        row_number() OVER (PARTITION BY c.requester_id, c.direction, date_trunc('day', c.acted_at AT TIME ZONE 'UTC')
            ORDER BY c.most DESC, c.acted_at) AS place
    FROM closing AS c
    WHERE c.most >= $threshold
),
named AS (
    SELECT requester_id, max(requester_name) AS requester_name, max(requester_upn) AS requester_upn,
        max(requester_kind) AS requester_kind
    FROM act
    GROUP BY requester_id
)
SELECT r.requester_id, n.requester_name, n.requester_upn, n.requester_kind, r.direction, r.day, r.acted_at AS occurred_at,
    r.first_at, r.most, r.people, r.targets, r.event_ids, NULL AS surface,
    CASE WHEN len(r.names) > 5 THEN list_append(list_filter(r.names, lambda name, place: place <= 5),
        (len(r.names) - 5) || ' more') ELSE r.names END AS target_names,
    CAST(ceil(date_diff('second', r.first_at, r.acted_at) / 60) AS BIGINT) AS span_minutes,
    CAST($threshold AS BIGINT) AS threshold, CAST($window_minutes AS BIGINT) AS window_minutes
FROM ranked AS r
JOIN named AS n ON n.requester_id = r.requester_id
WHERE r.place = 1
ORDER BY r.acted_at, r.requester_id, r.direction
