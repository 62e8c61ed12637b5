/* ---
title: Access granted and soon taken away again
version: 1.0.0
severity: high
confidence: 0.7
status: stable
surface: [entra_role, group]
kind: event
reads: [audit_event, pim_request]
keys: [grant_id]
lookback: 2d
tactics: [PrivilegeEscalation, DefenseEvasion]
techniques: [T1098.003, T1070]
params:
  within_hours: {type: integer, default: 4, min: 1, max: 24, doc: a grant that lasts no longer than this is a short one}
message: "{{ subject_name or subject_upn or subject_id }} held {{ held }} access as {% if access %}{{ access }} of {% endif %}{{
  target_name or target_id }} for {{ minutes | number }} minutes, granted by {{ requester_name or requester_upn or requester_id or
  'somebody unknown' }}"
why: "Granted at {{ granted_at | utc }}, taken away at {{ occurred_at | utc }}{% if removed_by %} by {{ removed_by }}{% endif %}.{% if
  used %} In between it was activated.{% elif held == 'eligible' %} In between it was not activated.{% endif %}{% if around_pim %} It
  was granted around PIM.{% endif %}{% if severity == 'low' %} It may be a slip put right.{% else %} Who wants
  access for a moment and no trace of it does it so.{% endif %}"
remediation: Look at what the account did in those minutes (pimtrail timeline). If the two administrators cannot explain it, treat
  both accounts as taken over.
controls: [iso27001:A.5.18, iso27001:A.8.2, iso27001:A.8.16, nis2:21.2.i, finma:2023-1]
false_positives:
  - "an administrator who puts a slip right: an eligibility that nobody used meanwhile is therefore low only"
  - tests of a new process
blind_spots:
  - what was given with a short end runs out by itself and is not looked for
  - members of groups added and removed around PIM; grant.outside_pim tells of the adding
tests:
  - name: a role given and taken within the hour, and used
    given:
      pim_request:
        - &given {request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, requester_name: Walter Wyss, requester_kind: user, subject_id: P1, subject_name: Karin, target_id: t1, target_name: User Administrator, scope: "/", completed_at: "2026-10-14T08:00:00Z", event_ids: [e1]}
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t1, starts_at: "2026-10-14T08:10:00Z", completed_at: "2026-10-14T08:10:00Z", event_ids: [e2]}
        - &taken {request_id: r3, surface: entra_role, request_kind: removal, outcome: completed, requester_id: a1, requester_name: Walter Wyss, requester_kind: user, subject_id: p1, target_id: t1, scope: "/", completed_at: "2026-10-14T08:45:00Z", event_ids: [e3]}
    expect:
      - grant_id: r1
        severity: high
        used: true
        occurred_at: "2026-10-14T08:45:00Z"
        event_ids: [e1, e3]
        message: Karin held eligible access as User Administrator for 45 minutes, granted by Walter Wyss
        why: Granted at 2026-10-14 08:00 UTC, taken away at 2026-10-14 08:45 UTC by Walter Wyss. In between it was activated. Who wants access for a moment and no trace of it does it so.
  - name: another role used meanwhile is no use of this one
    given:
      pim_request:
        - *given
        - *taken
        - {request_id: r2, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t2, completed_at: "2026-10-14T08:10:00Z"}
        - {request_id: r4, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-14T08:45:01Z"}
    expect: [{grant_id: r1, used: false}]
  - name: never used, so perhaps a slip put right
    given:
      pim_request: [*given, *taken]
    expect: [{grant_id: r1, severity: low, used: false, why: "Granted at 2026-10-14 08:00 UTC, taken away at 2026-10-14 08:45 UTC by Walter Wyss. In between it was not activated. It may be a slip put right."}]
  - name: active in a group needs no activation, and lasts four hours to the second
    given:
      pim_request:
        - {request_id: r1, surface: group, access: owner, request_kind: active, outcome: completed, requester_kind: user, requester_id: a1, subject_id: p1, target_id: g1, target_name: sg-sap, completed_at: "2026-10-14T08:00:00Z", event_ids: [e1]}
        - {request_id: r2, surface: group, access: owner, request_kind: removal, outcome: completed, requester_kind: user, requester_id: a2, subject_id: p1, target_id: g1, completed_at: "2026-10-14T12:00:00Z", event_ids: [e2]}
    expect: [{grant_id: r1, severity: high, message: "p1 held active access as owner of sg-sap for 240 minutes, granted by a1"}]
  - name: a role around PIM
    given:
      audit_event:
        - {event_id: e1, activity: Add member to role, service: Core Directory, result: success, actor_kind: user, actor_id: a1, actor_name: Walter, target_user_id: p1, target_user_name: Karin, target_role_id: T1, target_role_name: User Administrator, occurred_at: "2026-10-14T08:00:00Z"}
        - {event_id: e2, activity: Remove member from role, service: Core Directory, result: success, actor_kind: user, actor_id: a1, actor_name: Walter, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-14T08:03:30Z"}
    expect: [{grant_id: e1, around_pim: true, severity: high, message: "Karin held active access as User Administrator for 3 minutes, granted by Walter", event_ids: [e1, e2]}]
  - name: a second over four hours
    near: true
    given:
      pim_request:
        - *given
        - {request_id: r3, surface: entra_role, request_kind: removal, outcome: completed, requester_id: a1, requester_kind: user, subject_id: p1, target_id: t1, scope: "/", completed_at: "2026-10-14T12:00:01Z"}
    expect: []
  - name: another person, role, access or unit was taken away
    near: true
    given:
      pim_request:
        - *given
        - {request_id: m1, surface: group, access: member, request_kind: eligible, outcome: completed, requester_kind: user, subject_id: p1, target_id: g1, completed_at: "2026-10-14T08:00:00Z"}
        - {request_id: r3, surface: entra_role, request_kind: removal, outcome: completed, requester_kind: user, subject_id: p2, target_id: t1, scope: "/", completed_at: "2026-10-14T08:45:00Z"}
        - {request_id: r4, surface: entra_role, request_kind: removal, outcome: completed, requester_kind: user, subject_id: p1, target_id: t2, scope: "/", completed_at: "2026-10-14T08:45:00Z"}
        - {request_id: r5, surface: entra_role, request_kind: removal, outcome: completed, requester_kind: user, subject_id: p1, target_id: t1, scope: /administrativeUnits/5f11, completed_at: "2026-10-14T08:45:00Z"}
        - {request_id: r6, surface: group, access: owner, request_kind: removal, outcome: completed, requester_kind: user, subject_id: p1, target_id: g1, completed_at: "2026-10-14T08:45:00Z"}
    expect: []
  - name: it ran out by itself, or was taken away before
    near: true
    given:
      pim_request:
        - *given
        - {request_id: r3, surface: entra_role, request_kind: removal, outcome: completed, requester_id: s1, requester_kind: system, subject_id: p1, target_id: t1, completed_at: "2026-10-14T09:00:00Z"}
        - {request_id: r4, surface: entra_role, request_kind: removal, outcome: completed, requester_id: a1, requester_kind: user, subject_id: p1, target_id: t1, completed_at: "2026-10-14T07:59:59Z"}
    expect: []
  - name: still there
    given:
      pim_request: [*given]
    expect: []
  - name: what PIM does when an activation begins and ends
    near: true
    given:
      audit_event:
        - {event_id: e1, activity: Add member to role, service: Core Directory, result: success, actor_kind: system, actor_name: MS-PIM, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-14T08:00:00Z"}
        - {event_id: e2, activity: Remove member from role, service: Core Directory, result: success, actor_kind: system, actor_name: MS-PIM, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-14T09:00:00Z"}
    expect: []
--- */
WITH asked AS (
    SELECT r.*, coalesce(r.completed_at, r.requested_at, r.starts_at) AS done_at
    FROM pim_request AS r
    WHERE r.outcome = 'completed' AND r.surface IN ('entra_role', 'group')
        AND coalesce(r.completed_at, r.requested_at, r.starts_at) BETWEEN $since AND $until
),
direct AS (
    SELECT e.* FROM audit_event AS e
    WHERE e.activity IN ('Add member to role', 'Remove member from role') AND e.service = 'Core Directory'
        AND e.actor_kind IN ('user', 'service_principal') AND lower(coalesce(e.result, 'success')) = 'success'
        AND e.occurred_at BETWEEN $since AND $until
),
granted AS (
    SELECT a.request_id AS grant_id, false AS around_pim, a.surface, a.request_kind AS held, a.requester_id,
        a.requester_name, a.requester_upn, a.requester_kind, lower(a.subject_id) AS subject_id, a.subject_name, a.subject_upn,
        a.subject_kind, lower(a.target_id) AS target_id, a.target_name, a.access, a.scope, a.done_at AS granted_at, a.event_ids
    FROM asked AS a
    WHERE a.request_kind IN ('eligible', 'active')
    UNION ALL
    SELECT d.event_id, true, 'entra_role', 'active', d.actor_id, d.actor_name, d.actor_upn, d.actor_kind,
        lower(coalesce(d.target_user_id, d.target_app_id, d.target_group_id)),
        coalesce(d.target_user_name, d.target_app_name, d.target_group_name), d.target_user_upn, NULL,
        lower(d.target_role_id), d.target_role_name, NULL, NULL, d.occurred_at, [d.event_id]
    FROM direct AS d
    WHERE d.activity = 'Add member to role'
),
removed AS (
    SELECT false AS around_pim, a.surface, coalesce(a.requester_name, a.requester_upn, a.requester_id) AS removed_by,
        lower(a.subject_id) AS subject_id, lower(a.target_id) AS target_id, a.access, a.scope, a.done_at AS removed_at,
        a.event_ids
    FROM asked AS a
    WHERE a.request_kind = 'removal' AND a.requester_kind IN ('user', 'service_principal')
    UNION ALL
    SELECT true, 'entra_role', coalesce(d.actor_name, d.actor_upn, d.actor_id),
        lower(coalesce(d.target_user_id, d.target_app_id, d.target_group_id)), lower(d.target_role_id), NULL, NULL,
        d.occurred_at, [d.event_id]
    FROM direct AS d
    WHERE d.activity = 'Remove member from role'
),
-- The first removal after the grant ends it. Where the scope is known on both sides it must be the same.
paired AS (
    SELECT g.*, arg_min(r.removed_by, r.removed_at) AS removed_by, min(r.removed_at) AS removed_at,
        arg_min(r.event_ids, r.removed_at) AS removal_events
    FROM granted AS g
    JOIN removed AS r ON r.surface = g.surface AND r.subject_id = g.subject_id AND r.target_id = g.target_id
        AND coalesce(r.access, '') = coalesce(g.access, '') AND coalesce(r.scope, g.scope, '') = coalesce(g.scope, r.scope, '')
        AND r.removed_at > g.granted_at AND r.removed_at <= g.granted_at + to_hours($within_hours)
    GROUP BY ALL
),
judged AS (
    SELECT p.*, EXISTS (
        SELECT 1 FROM asked AS a
        WHERE a.request_kind = 'activation' AND lower(a.subject_id) = p.subject_id AND lower(a.target_id) = p.target_id
            AND coalesce(a.access, '') = coalesce(p.access, '') AND a.done_at BETWEEN p.granted_at AND p.removed_at
    ) AS used
    FROM paired AS p
)
SELECT j.grant_id, j.removed_at AS occurred_at, j.surface, j.requester_id, j.requester_name, j.requester_upn,
    j.requester_kind, j.subject_id, j.subject_name, j.subject_upn, j.subject_kind, j.target_id, j.target_name, j.access,
    j.scope, j.held, j.granted_at, j.removed_by, j.around_pim, j.used,
    list_concat(j.event_ids, j.removal_events) AS event_ids,
    CASE WHEN j.held = 'eligible' AND NOT j.used THEN 'low' ELSE 'high' END AS severity,
    CAST(floor(date_diff('second', j.granted_at, j.removed_at) / 60) AS BIGINT) AS minutes
FROM judged AS j
ORDER BY j.removed_at, j.grant_id
