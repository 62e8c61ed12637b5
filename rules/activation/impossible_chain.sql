/* ---
title: Role active through a group nobody saw joined
version: 1.0.0
severity: high
confidence: 0.7
status: stable
surface: [entra_role, group]
kind: event
reads: [activation, assignment, audit_event, group_edge, pim_request, segment]
keys: [request_id]
lookback: 4h
history: 1d
tactics: [PrivilegeEscalation, DefenseEvasion]
techniques: [T1078.004, T1098]
params:
  slack_minutes: {type: integer, default: 10, min: 0, max: 120, doc: minutes by which a membership may have ended before it was used}
  wait_minutes: {type: integer, default: 60, min: 0, max: 180, doc: how long to wait for events that come late before an activation is judged}
message: "{{ subject_name or subject_upn or subject_id }} activated {% if access %}{{ access }} of {% endif %}{{ target_name or target_id
  }}, which only {{ doors | listed }} may, without being a member"
why: "No eligibility of this person's own is on record, only that of {{ doors | listed }}{% if eligible_there %}, where the person is
  eligible too{% endif %}. When it was asked for at {{ asked_at | utc }} no membership had been activated, {% if ended_at
  %}the last one ended at {{ ended_at | utc }}, {% endif %}nobody had added the person, and the lists of members do not have them."
remediation: End the activation. Find out how the person came to be eligible; compare the audit log with the tenant's own export, and look at
  what was done in the time. If nobody can say, revoke the sessions and reset the account.
controls: [iso27001:A.5.18, iso27001:A.8.2, iso27001:A.8.16, nis2:21.2.i, finma:2023-1]
false_positives:
  - an eligibility given in a way that neither a snapshot nor an event shows
  - events that come later than it waits for them
blind_spots:
  - a group that holds the role all the time needs no second activation; whoever gets into it is found by grant.outside_pim
  - before the first snapshot of eligibilities, and in the first day that is collected, nothing is said
  - a member for a moment between two lists of members, whom no event tells of, is what it finds; one that an event tells of is not
tests:
  - name: a role through a group, and no membership before it
    as_of: "2026-11-05T12:00:00Z"
    given: &alone
      segment: &listed [{seq: 1, source: group_members, kind: snapshot, finished_at: "2026-11-01T06:15:00Z"}, {seq: 2, source: group_members, kind: snapshot, finished_at: "2026-11-05T06:15:00Z"}]
      assignment: &held
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: G1, principal_kind: group, principal_name: sg-net, target_id: t1, target_name: Exchange Administrator, scope: "/", valid_from: "2026-11-01T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: member, principal_id: p1, principal_kind: user, target_id: g1, target_name: sg-net, valid_from: "2026-11-01T06:15:00Z"}
      activation: &role [{request_id: r1, surface: entra_role, subject_id: P1, subject_name: "Eva\u202e Schmid", target_id: T1, target_name: Exchange Administrator, scope: "/", requested_at: "2026-11-05T09:00:00Z", starts_at: "2026-11-05T09:04:00Z", ended_at: "2026-11-05T11:04:00Z", event_ids: [e1]}]
    expect:
      - request_id: r1
        occurred_at: "2026-11-05T09:04:00Z"
        doors: [sg-net]
        eligible_there: true
        event_ids: [e1]
        message: "Eva\u202e Schmid activated Exchange Administrator, which only sg-net may, without being a member"
        why: "No eligibility of this person's own is on record, only that of sg-net, where the person is eligible too. When it was asked for at 2026-11-05 09:00 UTC no membership had been activated, nobody had added the person, and the lists of members do not have them."
  - name: a group through a group, by somebody who has nothing to do with either, and after a membership that was over
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment:
        - {assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: g2, principal_kind: group, principal_name: sg-shift, target_id: g1, target_name: sg-net, valid_from: "2026-11-01T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: member, principal_id: g3, principal_kind: group, principal_name: sg-desk, target_id: g1, target_name: sg-net, valid_from: "2026-11-01T06:15:00Z"}
        - {assignment_id: s3, surface: group, kind: eligible, access: owner, principal_id: p1, principal_kind: user, target_id: g1, target_name: sg-net, valid_from: "2026-11-01T06:15:00Z"}
      activation:
        - {request_id: r0, surface: group, access: member, subject_id: p1, target_id: g2, starts_at: "2026-11-05T06:00:00Z", ended_at: "2026-11-05T08:49:59Z", renews: null}
        - {request_id: r1, surface: group, access: member, subject_id: p1, target_id: g1, target_name: sg-net, requested_at: "2026-11-05T09:00:00Z", starts_at: "2026-11-05T09:00:00Z"}
    expect: [{request_id: r1, access: member, doors: [sg-desk, sg-shift], eligible_there: false, ended_at: "2026-11-05T08:49:59Z", message: "p1 activated member of sg-net, which only sg-desk and sg-shift may, without being a member"}]
  - name: the membership ended as long before as is tolerated
    near: true
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment: *held
      activation:
        - *role
        - {request_id: r0, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T06:00:00Z", ended_at: "2026-11-05T08:50:00Z"}
    expect: []
  - name: first the group, then the role, which somebody approved when the membership was over
    near: true
    as_of: "2026-11-05T18:00:00Z"
    given:
      segment: *listed
      assignment: *held
      activation:
        - {request_id: r0, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:58:00Z", expires_at: "2026-11-05T09:58:00Z"}
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, requested_at: "2026-11-05T09:00:00Z", starts_at: "2026-11-05T15:00:00Z"}
    expect: []
  - name: first the role, then the group, is the wrong way round; owning the group is no membership of it
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment: *held
      activation:
        - *role
        - {request_id: r2, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T09:10:01Z", expires_at: "2026-11-05T10:58:00Z"}
        - {request_id: r3, surface: group, access: owner, subject_id: p1, target_id: g1, starts_at: "2026-11-05T08:00:00Z", expires_at: "2026-11-05T10:58:00Z"}
    expect: [{request_id: r1, ended_at: null}]
  - name: an eligibility of one's own, also over less than the tenant
    near: true
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment:
        - *held
        - {assignment_id: s3, surface: entra_role, kind: eligible, principal_id: p1, principal_kind: user, target_id: t1, scope: /administrativeUnits/a, starts_at: "2026-11-05T08:00:00Z", valid_from: "2026-11-05T10:15:00Z"}
      activation: *role
    expect: []
  - name: an eligibility that came and went between two snapshots
    near: true
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment: *held
      activation: *role
      pim_request: [{request_id: q1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-11-05T08:59:00Z"}]
    expect: []
  - name: a member all the time, in a group within the group
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment: *held
      activation: *role
      group_edge:
        - {group_id: g1, member_id: g9, member_kind: group, edge: member, valid_from: "2026-11-01T06:15:00Z"}
        - {group_id: g9, member_id: g1, member_kind: group, edge: member, valid_from: "2026-11-01T06:15:00Z"}
        - {group_id: g9, member_id: p1, member_kind: user, edge: member, valid_from: "2026-11-01T06:15:00Z"}
    expect: []
  - name: in the first list after it, where the one before did not have them
    near: true
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment: *held
      activation: *role
      group_edge: [{group_id: g1, member_id: p1, member_kind: user, edge: member, valid_from: "2026-11-06T06:15:00Z"}]
    expect: []
  - name: in a later list only, or in one only because a membership ran that morning
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: [*listed, {seq: 3, source: group_members, kind: snapshot, finished_at: "2026-11-05T10:00:00Z"}]
      assignment: *held
      activation:
        - *role
        - {request_id: r0, surface: group, access: member, subject_id: p1, target_id: g1, starts_at: "2026-11-05T06:00:00Z", ended_at: "2026-11-05T07:00:00Z"}
      group_edge:
        - {group_id: g1, member_id: p1, member_kind: user, edge: member, valid_from: "2026-11-05T06:15:00Z", valid_to: "2026-11-05T10:00:00Z"}
        - {group_id: g1, member_id: p1, member_kind: user, edge: member, valid_from: "2026-11-06T06:15:00Z"}
    expect: [{request_id: r1, ended_at: "2026-11-05T07:00:00Z"}]
  - name: added around PIM, or taken out afterwards, says an event
    near: true
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment: *held
      activation:
        - *role
        - {request_id: r2, surface: entra_role, subject_id: p2, target_id: t1, requested_at: "2026-11-05T09:00:00Z", starts_at: "2026-11-05T09:00:00Z"}
      audit_event:
        - {event_id: e1, activity: Add member to group, result: success, target_user_id: p1, target_group_id: G1, occurred_at: "2026-11-05T08:59:00Z"}
        - {event_id: e2, activity: Remove member from group, result: success, target_user_id: p2, target_group_id: g1, occurred_at: "2026-11-05T09:30:00Z"}
    expect: []
  - name: added only afterwards, and taken out before
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment: *held
      activation: *role
      audit_event:
        - {event_id: e1, activity: Add member to group, result: success, target_user_id: p1, target_group_id: g1, occurred_at: "2026-11-05T07:00:00Z"}
        - {event_id: e2, activity: Remove member from group, result: success, target_user_id: p1, target_group_id: g1, occurred_at: "2026-11-05T08:00:00Z"}
        - {event_id: e3, activity: Add member to group, result: success, target_user_id: p1, target_group_id: g1, occurred_at: "2026-11-05T10:00:00Z"}
    expect: [{request_id: r1}]
  - name: active in the group by assignment
    near: true
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment:
        - *held
        - {assignment_id: s3, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: p1, target_id: g1, starts_at: "2026-11-05T08:30:00Z", ends_at: "2026-11-05T09:30:00Z", valid_from: "2026-11-05T09:15:00Z", valid_to: "2026-11-05T09:30:00Z"}
      activation: *role
    expect: []
  - name: no list of members was ever read, or the group's eligibility was not there yet
    near: true
    as_of: "2026-11-05T12:00:00Z"
    given:
      assignment: *held
      activation: *role
    expect: []
  - name: eligibilities were first read afterwards
    near: true
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: g1, principal_kind: group, principal_name: sg-net, target_id: t1, starts_at: "2025-11-05T06:00:00Z", valid_from: "2026-11-05T09:00:01Z"}]
      activation: *role
    expect: []
  - name: a prolongation, somebody unknown, and a role no group opens
    near: true
    as_of: "2026-11-05T12:00:00Z"
    given:
      segment: *listed
      assignment: *held
      activation:
        - {request_id: r1, surface: entra_role, subject_id: p1, target_id: t1, renews: r0, starts_at: "2026-11-05T09:00:00Z"}
        - {request_id: r2, surface: entra_role, target_id: t1, starts_at: "2026-11-05T09:00:00Z"}
        - {request_id: r3, surface: entra_role, subject_id: p1, target_id: t2, starts_at: "2026-11-05T09:00:00Z"}
    expect: []
  - name: too young to be judged
    near: true
    as_of: "2026-11-05T10:03:59Z"
    given: *alone
    expect: []
  - name: nobody activates
    given: {assignment: *held}
    expect: []
--- */
WITH RECURSIVE asked AS (
    SELECT a.*, coalesce(a.requested_at, a.starts_at) AS asked_at, lower(a.subject_id) AS person_id,
        lower(a.target_id) AS target_key, coalesce(a.access, '') AS reached
    FROM activation AS a
    WHERE a.starts_at >= CAST($since AS TIMESTAMPTZ)
        AND a.starts_at <= CAST($until AS TIMESTAMPTZ) - to_minutes($wait_minutes)
        AND a.renews IS NULL AND a.subject_id IS NOT NULL AND a.target_id IS NOT NULL
),
-- Every eligibility for it at the time. One of a person's own counts from whenever it is said to have begun.
entitled AS (
    SELECT k.request_id, k.person_id, k.asked_at, lower(e.principal_id) AS holder_id, e.principal_name,
        e.principal_kind = 'group' AND e.valid_from <= k.asked_at AS is_door
    FROM asked AS k
    JOIN assignment AS e ON e.kind = 'eligible' AND e.surface = k.surface AND lower(e.target_id) = k.target_key
        AND coalesce(e.access, '') = k.reached AND coalesce(e.member_type, 'direct') = 'direct'
        AND (e.starts_at IS NULL OR e.starts_at <= k.asked_at + to_minutes($slack_minutes))
        AND (e.ends_at IS NULL OR e.ends_at >= k.asked_at - to_minutes($slack_minutes))
        AND (e.valid_to IS NULL OR e.valid_to >= k.asked_at - to_minutes($slack_minutes))
        AND (lower(e.principal_id) = k.person_id OR (e.principal_kind = 'group' AND e.valid_from <= k.asked_at))
),
own AS (
    SELECT request_id FROM entitled WHERE holder_id = person_id
    UNION
    SELECT k.request_id
    FROM asked AS k
    JOIN pim_request AS r ON r.request_kind IN ('eligible', 'other') AND r.outcome = 'completed'
        AND r.surface = k.surface AND lower(r.subject_id) = k.person_id AND lower(r.target_id) = k.target_key
        AND coalesce(r.access, '') = k.reached
        AND coalesce(r.completed_at, r.requested_at, r.starts_at) <= k.asked_at + to_minutes($slack_minutes)
),
door AS (
    SELECT h.request_id, h.person_id, h.asked_at, h.holder_id, coalesce(h.principal_name, h.holder_id) AS name
    FROM entitled AS h
    WHERE h.is_door AND h.request_id NOT IN (SELECT request_id FROM own)
),
nested AS (
    SELECT lower(group_id) AS group_id, lower(member_id) AS inner_id
    FROM group_edge
    WHERE edge = 'member' AND member_kind = 'group'
    UNION
    SELECT lower(target_id), lower(principal_id)
    FROM assignment
    WHERE surface = 'group' AND access = 'member' AND kind = 'active' AND principal_kind = 'group'
),
-- The groups a member of which may go through the door: itself, and what was ever within it.
way AS (
    SELECT request_id, person_id, asked_at, holder_id AS group_id FROM door
    UNION
    SELECT w.request_id, w.person_id, w.asked_at, n.inner_id
    FROM way AS w
    JOIN nested AS n ON n.group_id = w.group_id
),
ran AS (
    SELECT lower(subject_id) AS person_id, lower(target_id) AS group_id, starts_at,
        coalesce(ended_at, expires_at, starts_at + INTERVAL 24 HOUR) AS ends_at
    FROM activation
    WHERE surface = 'group' AND access = 'member'
),
listing AS (
    SELECT finished_at AS listed_at FROM segment WHERE source = 'group_members' AND kind = 'snapshot' AND held IS NULL
),
-- A member of one list only, taken while an activation ran, was one for as long as that.
standing AS (
    SELECT lower(e.member_id) AS person_id, lower(e.group_id) AS group_id, e.valid_from, e.valid_to
    FROM group_edge AS e
    WHERE e.edge = 'member' AND NOT (e.valid_to <= e.valid_from + INTERVAL 26 HOUR IS TRUE AND EXISTS (
        SELECT 1 FROM ran AS r
        WHERE r.person_id = lower(e.member_id) AND r.group_id = lower(e.group_id)
            AND r.starts_at <= e.valid_from + INTERVAL 5 MINUTE AND r.ends_at >= e.valid_from - INTERVAL 5 MINUTE
    ))
),
told AS (
    SELECT w.request_id, w.person_id, w.group_id,
        arg_max(e.activity, e.occurred_at) FILTER (e.occurred_at <= w.asked_at + to_minutes($slack_minutes)) AS before,
        arg_min(e.activity, e.occurred_at) FILTER (e.occurred_at > w.asked_at - to_minutes($slack_minutes)) AS after
    FROM way AS w
    JOIN audit_event AS e ON lower(e.target_user_id) = w.person_id AND lower(e.target_group_id) = w.group_id
    WHERE e.activity IN ('Add member to group', 'Remove member from group') AND lower(coalesce(e.result, 'success')) = 'success'
        AND e.occurred_at >= CAST($since AS TIMESTAMPTZ) - INTERVAL 3 DAY
    GROUP BY w.request_id, w.person_id, w.group_id
),
member AS (
    SELECT w.request_id
    FROM way AS w
    JOIN ran AS r ON r.person_id = w.person_id AND r.group_id = w.group_id
        AND r.starts_at <= w.asked_at + to_minutes($slack_minutes) AND r.ends_at >= w.asked_at - to_minutes($slack_minutes)
    UNION
    SELECT w.request_id
    FROM way AS w
    JOIN assignment AS a ON a.surface = 'group' AND a.kind = 'active' AND a.access = 'member'
        AND lower(a.principal_id) = w.person_id AND lower(a.target_id) = w.group_id
        AND coalesce(a.starts_at, a.valid_from) <= w.asked_at + to_minutes($slack_minutes)
        AND (a.ends_at IS NULL OR a.ends_at >= w.asked_at - to_minutes($slack_minutes))
        AND (a.valid_to IS NULL OR a.valid_to >= w.asked_at - to_minutes($slack_minutes))
    UNION
    SELECT w.request_id
    FROM way AS w
    JOIN standing AS s ON s.person_id = w.person_id AND s.group_id = w.group_id
        AND (s.valid_to IS NULL OR s.valid_to > w.asked_at)
        AND NOT EXISTS (SELECT 1 FROM listing AS l WHERE l.listed_at >= w.asked_at AND l.listed_at < s.valid_from)
    UNION
    SELECT request_id FROM told WHERE before = 'Add member to group' OR after = 'Remove member from group'
),
gathered AS (
    SELECT request_id, list_sort(list(DISTINCT name)) AS doors, list_sort(list(DISTINCT holder_id)) AS door_ids
    FROM door
    GROUP BY request_id
),
-- What is known of the person's way in: whether one could have been asked for, and when the last one was over.
known AS (
    SELECT w.request_id, max(r.ends_at) FILTER (r.ends_at < w.asked_at) AS ended_at, count(e.assignment_id) > 0 AS eligible_there
    FROM way AS w
    LEFT JOIN ran AS r ON r.person_id = w.person_id AND r.group_id = w.group_id
    LEFT JOIN assignment AS e ON e.surface = 'group' AND e.kind = 'eligible' AND e.access = 'member'
        AND lower(e.principal_id) = w.person_id AND lower(e.target_id) = w.group_id
        AND (e.valid_to IS NULL OR e.valid_to > w.asked_at)
    GROUP BY w.request_id
)
SELECT k.request_id, k.starts_at AS occurred_at, k.surface, k.subject_id, k.subject_name, k.subject_upn, k.target_id, k.target_name,
    k.access, k.scope, k.asked_at, g.doors, g.door_ids, n.eligible_there, n.ended_at, k.justification, k.event_ids
FROM asked AS k
JOIN gathered AS g ON g.request_id = k.request_id
JOIN known AS n ON n.request_id = k.request_id
WHERE EXISTS (SELECT 1 FROM listing) AND k.request_id NOT IN (SELECT request_id FROM member)
ORDER BY k.starts_at, k.request_id
