/* ---
title: Emergency account used or changed
version: 1.1.0
severity: high
confidence: 0.9
status: stable
surface: [tenant]
kind: event
reads: [audit_event, break_glass, principal]
keys: [principal_id, day, how]
lookback: 1d
tactics: [InitialAccess, Persistence, PrivilegeEscalation]
techniques: [T1078.004, T1098]
params:
  test_windows: {type: strings, default: [], doc: "planned tests, each from/to with a zone: 2026-11-05T08:00Z/2026-11-05T10:00Z"}
message: "Emergency account {{ principal_name or principal_upn or principal_id }} {% if how == 'signed in' %}signed in{% elif how ==
  'acted' %}was used{% else %}was changed{% endif %} at {{ occurred_at | utc }}{% if how == 'changed' and actor_name %} by {{ actor_name
  }}{% endif %}"
why: "{% if how == 'signed in' %}Its last sign-in moved since the snapshot before.{% else %}{{ acts | number }} {% if acts == 1
  %}event{% else %}events{% endif %} of the audit log on {{ day }}: {{ activities | listed }}.{% endif %} It is there for the day
  nothing else works, and no planned test covers this."
remediation: Ask its keepers now. If none of them used it, block its sign-in, revoke its sessions, look at what it did, and give it new
  keys; another emergency account stays as it is.
controls: [iso27001:A.8.2, iso27001:A.8.16, iso27001:A.5.29, nis2:21.2.c, nis2:21.2.i, finma:2023-1]
false_positives:
  - "the half-yearly test: write it into test_windows beforehand"
  - licences and groups managed in bulk that reach the account too
blind_spots:
  - a second touch of the same sort on the same day raises no alert of its own
  - sign-ins are seen by the day's last only, at the next snapshot, and only where Graph shows them
  - failed sign-ins are in another log
tests:
  - name: it acts, twice on a day
    given:
      break_glass: &bg [{member: bg1@contoso.example, principal_id: b1}]
      principal: &named [{principal_id: B1, kind: user, name: Break Glass 1, upn: bg1@contoso.example, valid_from: "2026-10-17T06:15:00Z"}]
      audit_event:
        - {event_id: e1, activity: Update user, occurred_at: "2026-10-14T02:00:00Z", actor_kind: user, actor_id: B1, actor_ip: 192.0.2.66, target_user_id: p1, result: success}
        - {event_id: e2, activity: Add member to group, occurred_at: "2026-10-14T01:00:00Z", actor_kind: user, actor_id: b1, result: failure}
    expect:
      - principal_id: b1
        day: 2026-10-14
        how: acted
        occurred_at: "2026-10-14T01:00:00Z"
        event_ids: [e1, e2]
        message: Emergency account Break Glass 1 was used at 2026-10-14 01:00 UTC
        why: "2 events of the audit log on 2026-10-14: Add member to group and Update user. It is there for the day nothing else works, and no planned test covers this."
  - name: somebody changes it
    given:
      break_glass: *bg
      principal: *named
      audit_event: [{event_id: e1, activity: Admin deleted security info, occurred_at: "2026-10-14T02:00:00Z", actor_kind: user, actor_id: a1, actor_name: Walter, target_user_id: b1}]
    expect: [{how: changed, actor_object_id: a1, message: Emergency account Break Glass 1 was changed at 2026-10-14 02:00 UTC by Walter}]
  - name: known by the name alone
    given:
      break_glass: [{member: bg9@contoso.example}]
      audit_event: [{event_id: e1, activity: Update user, occurred_at: "2026-10-14T02:00:00Z", actor_kind: user, actor_id: x9, actor_upn: BG9@contoso.example}]
    expect: [{principal_id: bg9@contoso.example, how: acted}]
  - name: its last sign-in moves
    given:
      break_glass: *bg
      principal:
        - {principal_id: b1, kind: user, name: Break Glass 1, last_sign_in_at: "2026-04-01T08:00:00Z", valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {principal_id: b1, kind: user, name: Break Glass 1, last_sign_in_at: "2026-10-20T03:00:00Z", valid_from: "2026-11-01T06:15:00Z"}
    expect: [{how: signed in, day: 2026-10-20, occurred_at: "2026-10-20T03:00:00Z", message: Emergency account Break Glass 1 signed in at 2026-10-20 03:00 UTC}]
  - name: it signs in for the first time that anybody knows of
    given:
      break_glass: *bg
      principal:
        - {principal_id: b1, kind: user, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {principal_id: b1, kind: user, last_sign_in_at: "2026-10-20T03:00:00Z", valid_from: "2026-11-01T06:15:00Z"}
    expect: [{how: signed in}]
  - name: nothing about it changes but the last sign-in, which lies after the first snapshot
    given:
      break_glass: [{member: bg1@contoso.example, principal_id: b1}]
      principal: [{principal_id: b1, kind: user, name: Break Glass 1, last_sign_in_at: "2026-10-20T03:00:00Z", valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{how: signed in, day: 2026-10-20, occurred_at: "2026-10-20T03:00:00Z"}]
  - name: nothing about it changes, and the last sign-in lies before the first snapshot
    near: true
    given:
      break_glass: [{member: bg1@contoso.example, principal_id: b1}]
      principal: [{principal_id: b1, kind: user, last_sign_in_at: "2026-10-17T06:15:00Z", valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: sign-ins come to be shown, and the last was long before
    near: true
    given:
      break_glass: *bg
      principal:
        - {principal_id: b1, kind: user, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {principal_id: b1, kind: user, last_sign_in_at: "2026-04-01T08:00:00Z", valid_from: "2026-11-01T06:15:00Z", valid_to: "2026-11-02T06:15:00Z"}
        - {principal_id: b1, kind: user, valid_from: "2026-11-02T06:15:00Z", valid_to: "2026-11-03T06:15:00Z"}
        - {principal_id: b1, kind: user, last_sign_in_at: "2026-04-01T08:00:00Z", valid_from: "2026-11-03T06:15:00Z"}
    expect: []
  - name: within a planned test, but for the second before and the end
    params: {test_windows: ["2026-10-14T08:00Z/2026-10-14T10:00:00+00:00", "next week"]}
    given:
      break_glass: *bg
      audit_event:
        - {event_id: in1, activity: Update user, occurred_at: "2026-10-14T08:00:00Z", actor_id: b1}
        - {event_id: in2, activity: Update user, occurred_at: "2026-10-14T09:59:59Z", actor_id: b1}
        - {event_id: out1, activity: Update user, occurred_at: "2026-10-14T07:59:59Z", actor_id: b1}
        - {event_id: out2, activity: Update user, occurred_at: "2026-10-14T10:00:00Z", actor_id: b1}
    expect: [{event_ids: [out1, out2], acts: 2}]
  - name: a planned test
    near: true
    params: {test_windows: ["2026-10-14T08:00Z/2026-10-14T10:00Z"]}
    given:
      break_glass: *bg
      audit_event: [{event_id: in1, activity: Update user, occurred_at: "2026-10-14T08:30:00Z", actor_id: b1}]
    expect: []
  - name: other people
    given:
      break_glass: *bg
      audit_event: [{event_id: e1, activity: Update user, occurred_at: "2026-10-14T08:30:00Z", actor_id: a1, target_user_id: p1}]
    expect: []
  - name: nobody is named
    near: true
    given:
      audit_event: [{event_id: e1, activity: Update user, occurred_at: "2026-10-14T08:30:00Z", actor_name: null, target_user_upn: null}]
    expect: []
--- */
WITH account AS (
    SELECT DISTINCT coalesce(lower(b.principal_id), b.member) AS principal_id, b.member FROM break_glass AS b
),
planned AS (
    SELECT TRY_CAST(split_part(span, '/', 1) AS TIMESTAMPTZ) AS starts_at, TRY_CAST(split_part(span, '/', 2) AS TIMESTAMPTZ) AS ends_at
    FROM (
        -- A time without seconds is written with them for engines that want them.
        SELECT regexp_replace(unnest(CAST($test_windows AS VARCHAR[])), '(T\d\d:\d\d)(Z|[+-])', '\1:00\2', 'g') AS span
    )
),
logged AS (
    SELECT a.principal_id, 'acted' AS how, e.occurred_at, e.event_id, e.activity, e.actor_id, e.actor_name, e.actor_upn, e.actor_ip
    FROM audit_event AS e
    JOIN account AS a ON lower(e.actor_id) = a.principal_id OR lower(e.actor_upn) = a.member
    WHERE e.occurred_at BETWEEN $since AND $until
    UNION ALL
    SELECT a.principal_id, 'changed', e.occurred_at, e.event_id, e.activity, e.actor_id, e.actor_name, e.actor_upn, e.actor_ip
    FROM audit_event AS e
    JOIN account AS a ON lower(e.target_user_id) = a.principal_id OR lower(e.target_user_upn) = a.member
    WHERE e.occurred_at BETWEEN $since AND $until
        AND coalesce(lower(e.actor_id) <> a.principal_id, true) AND coalesce(lower(e.actor_upn) <> a.member, true)
),
-- Of a stretch in which nothing else about the account changes the tables keep the newest sign-in only.
known AS (
    SELECT lower(p.principal_id) AS principal_id, p.valid_from, p.last_sign_in_at,
        max(p.last_sign_in_at) OVER earlier AS known_before, max(p.valid_from) OVER earlier AS snapshot_before
    FROM principal AS p
    JOIN account AS a ON a.principal_id = lower(p.principal_id)
    WINDOW earlier AS (PARTITION BY lower(p.principal_id) ORDER BY p.valid_from ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
-- A sign-in after what was known before; where nothing was, one after the snapshot before, or after the first one.
moved AS (
    SELECT DISTINCT k.principal_id, 'signed in' AS how, k.last_sign_in_at AS occurred_at
    FROM known AS k
    WHERE k.last_sign_in_at > coalesce(k.known_before, k.snapshot_before, k.valid_from)
        AND k.valid_from <= CAST($until AS TIMESTAMPTZ)
),
touch AS (
    SELECT * FROM logged
    UNION ALL
    SELECT m.principal_id, m.how, m.occurred_at, NULL, NULL, m.principal_id, NULL, NULL, NULL FROM moved AS m
),
gathered AS (
    SELECT t.principal_id, strftime(t.occurred_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS day, t.how,
        min(t.occurred_at) AS occurred_at, count(DISTINCT t.event_id) AS acts,
        list_sort(coalesce(list(DISTINCT t.event_id) FILTER (t.event_id IS NOT NULL), [])) AS event_ids,
        list_sort(coalesce(list(DISTINCT t.activity) FILTER (t.activity IS NOT NULL), [])) AS activities,
        arg_min(t.actor_id, t.occurred_at) AS actor_object_id, arg_min(t.actor_name, t.occurred_at) AS actor_name,
        arg_min(t.actor_upn, t.occurred_at) AS actor_upn, arg_min(t.actor_ip, t.occurred_at) AS actor_ip
    FROM touch AS t
    WHERE NOT EXISTS (SELECT 1 FROM planned AS p WHERE t.occurred_at >= p.starts_at AND t.occurred_at < p.ends_at)
    GROUP BY t.principal_id, strftime(t.occurred_at AT TIME ZONE 'UTC', '%Y-%m-%d'), t.how
),
named AS (
    SELECT lower(p.principal_id) AS principal_id, arg_max(p.name, p.valid_from) AS name, arg_max(p.upn, p.valid_from) AS upn
    FROM principal AS p
    GROUP BY lower(p.principal_id)
)
SELECT g.*, n.name AS principal_name, n.upn AS principal_upn, true AS is_break_glass
FROM gathered AS g
LEFT JOIN named AS n ON n.principal_id = g.principal_id
ORDER BY g.occurred_at, g.principal_id, g.how
