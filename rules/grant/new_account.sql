/* ---
title: Access granted to a new account
version: 1.0.0
severity: high
confidence: 0.8
status: stable
surface: [entra_role, group]
kind: event
reads: [audit_event, pim_request, principal]
keys: [request_id]
lookback: 1d
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1136.003, T1098.003]
params:
  max_age_hours: {type: integer, default: 24, min: 1, max: 720, doc: an account is new for as many hours}
message: "{{ requester_name or requester_upn or requester_id or 'Somebody unknown' }} granted {{ subject_name or subject_upn
  or subject_id }}, an account {{ age }} old, {{ request_kind }} access as {% if access %}{{ access }} of {% endif %}{{ target_name
  or target_id }}"
why: "The account was created at {{ account_created_at | utc }}{% if account_created_by %} by {{ account_created_by }}{% endif %} and
  given this at {{ occurred_at | utc }}, {{ age }} later.{% if created_by_grantor %} The same person did both.{% endif %}{% if
  justification %} The justification says: {{ justification }}{% endif %}"
remediation: Find the person behind the account and who ordered it. If there is neither, remove the assignment, disable the account
  and look at everything its creator has done.
controls: [iso27001:A.5.16, iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - the second account of a new administrator, made and equipped on the same day
  - deployments that create an application and give it a role in one go
blind_spots:
  - an account restored from the bin is as old as when it was first made
  - an account made before collection began whose object no snapshot has shown
tests:
  - name: a role, hours after the account was made
    given: &hours
      pim_request: &early
        - {request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, requester_id: a1, requester_name: Anna Keller, subject_id: P1, subject_name: Nadja Neu, target_id: t1, target_name: Teams Administrator, completed_at: "2026-10-19T12:00:05Z", event_ids: [e1]}
      principal: [{principal_id: p1, kind: user, created_at: "2026-10-19T06:58:21Z", valid_from: "2026-11-01T06:15:00Z"}]
      audit_event: [{event_id: e9, activity: Add user, occurred_at: "2026-10-19T06:58:21Z", result: success, actor_id: A1, actor_name: Anna Keller, target_user_id: p1}]
    expect:
      - request_id: r1
        age: 5 h
        created_by_grantor: true
        event_ids: [e1, e9]
        message: Anna Keller granted Nadja Neu, an account 5 h old, eligible access as Teams Administrator
        why: The account was created at 2026-10-19 06:58 UTC by Anna Keller and given this at 2026-10-19 12:00 UTC, 5 h later. The same person did both.
  - name: a group, minutes after a guest was invited, before any snapshot
    given:
      pim_request: [{request_id: r1, surface: group, access: owner, request_kind: active, outcome: completed, subject_id: p1, subject_name: Gast, target_id: g1, target_name: sg-sap, completed_at: "2026-10-19T12:00:05Z"}]
      audit_event: [{event_id: e9, activity: Invite external user, occurred_at: "2026-10-19T11:41:00Z", result: success, actor_id: a7, actor_upn: h@contoso.example, target_user_id: p1}]
    expect:
      - message: Somebody unknown granted Gast, an account 19 min old, active access as owner of sg-sap
        created_by_grantor: null
        account_created_by: h@contoso.example
  - name: an application made just before
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: active, outcome: completed, requester_id: a1, subject_id: s1, subject_kind: service_principal, target_id: t1, completed_at: "2026-10-19T12:00:05Z"}]
      audit_event: [{event_id: e9, activity: Add service principal, occurred_at: "2026-10-19T11:59:00Z", result: success, actor_id: a2, target_app_id: S1}]
    expect: [{request_id: r1, created_by_grantor: false}]
  - name: one second short of a day
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-20T06:58:20Z"}]
      principal: &made [{principal_id: p1, kind: user, created_at: "2026-10-19T06:58:21Z", valid_from: "2026-11-01T06:15:00Z"}]
    expect: [{request_id: r1, age: 23 h}]
  - name: a day old to the second
    near: true
    given:
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-20T06:58:21Z"}]
      principal: *made
    expect: []
  - name: an old account, invited anew
    near: true
    given:
      pim_request: *early
      principal: [{principal_id: p1, kind: user, created_at: "2025-01-01T00:00:00Z", valid_from: "2026-10-17T06:15:00Z"}]
      audit_event: [{event_id: e9, activity: Invite external user, occurred_at: "2026-10-19T11:41:00Z", result: success, target_user_id: p1}]
    expect: []
  - name: how old it is is not known
    near: true
    given:
      pim_request: *early
      principal: [{principal_id: p1, kind: user, valid_from: "2026-10-17T06:15:00Z"}]
      audit_event:
        - {event_id: e8, activity: Add user, occurred_at: "2026-10-19T11:41:00Z", result: failure, target_user_id: p1}
        - {event_id: e9, activity: Add user, occurred_at: "2026-10-19T11:41:00Z", result: success, target_user_id: p2}
    expect: []
  - name: the new account activates, is denied, or loses something
    given:
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: activation, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-19T12:00:05Z"}
        - {request_id: r2, surface: entra_role, request_kind: eligible, outcome: denied, subject_id: p1, target_id: t1, completed_at: "2026-10-19T12:00:05Z"}
        - {request_id: r3, surface: entra_role, request_kind: removal, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-19T12:00:05Z"}
      principal: *made
    expect: []
  - name: judged before, and not yet
    near: true
    since: "2026-10-19T12:00:06Z"
    as_of: "2026-11-01T00:00:00Z"
    given: *hours
    expect: []
--- */
WITH granted AS (
    SELECT r.*, coalesce(r.completed_at, r.requested_at, r.starts_at) AS occurred_at
    FROM pim_request AS r
    WHERE r.request_kind IN ('eligible', 'active') AND r.outcome = 'completed' AND r.surface IN ('entra_role', 'group')
        AND coalesce(r.completed_at, r.requested_at, r.starts_at) BETWEEN $since AND $until
),
born AS (
    SELECT lower(coalesce(e.target_user_id, e.target_app_id)) AS principal_id, min(e.occurred_at) AS born_at,
        arg_min(lower(e.actor_id), e.occurred_at) AS creator_id,
        arg_min(coalesce(e.actor_name, e.actor_upn), e.occurred_at) AS creator_name,
        arg_min(e.event_id, e.occurred_at) AS event_id
    FROM audit_event AS e
    WHERE e.activity IN ('Add user', 'Invite external user', 'Add service principal')
        AND lower(coalesce(e.result, 'success')) = 'success'
        AND e.occurred_at >= CAST($since AS TIMESTAMPTZ) - to_hours($max_age_hours)
    GROUP BY lower(coalesce(e.target_user_id, e.target_app_id))
),
-- What the object says of itself comes before what the log says of it.
aged AS (
    SELECT g.request_id, min(p.created_at) AS object_made_at
    FROM granted AS g
    JOIN principal AS p ON lower(p.principal_id) = lower(g.subject_id)
    GROUP BY g.request_id
),
judged AS (
    SELECT g.*, coalesce(o.object_made_at, b.born_at) AS account_created_at, b.creator_id,
        b.creator_name AS account_created_by, b.event_id AS born_event,
        date_diff('second', coalesce(o.object_made_at, b.born_at), g.occurred_at) AS age_seconds
    FROM granted AS g
    LEFT JOIN aged AS o ON o.request_id = g.request_id
    LEFT JOIN born AS b ON b.principal_id = lower(g.subject_id)
)
SELECT j.request_id, j.occurred_at, j.surface, j.requester_id, j.requester_name, j.requester_upn,
    j.subject_id, j.subject_name, j.subject_upn, j.subject_kind, j.target_id, j.target_name, j.access, j.scope,
    j.request_kind, j.permanent, j.justification, j.account_created_at, j.account_created_by,
    j.creator_id = lower(j.requester_id) AS created_by_grantor,
    list_filter(list_concat(j.event_ids, [j.born_event]), lambda event_id: event_id IS NOT NULL) AS event_ids,
    CASE WHEN j.age_seconds < 3600 THEN CAST(floor(j.age_seconds / 60) AS BIGINT) || ' min'
        ELSE CAST(floor(j.age_seconds / 3600) AS BIGINT) || ' h' END AS age
FROM judged AS j
WHERE j.age_seconds >= 0 AND j.age_seconds < $max_age_hours * 3600
ORDER BY j.occurred_at, j.request_id
