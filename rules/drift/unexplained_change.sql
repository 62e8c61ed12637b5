/* ---
title: Assignment changed and no event tells of it
version: 1.1.0
severity: medium
confidence: 0.7
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, audit_event, entra_group, gap, pim_request, principal, segment, window]
needs: [role_eligibility_instances, role_assignment_instances, group_eligibility_instances, group_assignment_instances]
keys: [surface, kind, principal_id, target_id, access, scope, change, seen_at]
tactics: [DefenseEvasion, Persistence]
techniques: [T1562.008, T1098.003]
params:
  wait_hours: {type: integer, default: 24, min: 0, max: 168, doc: how long to wait for events that come late}
  keep_days: {type: integer, default: 30, min: 1, max: 365, doc: how long an unexplained change stays open}
message: "{{ principal_name or principal_upn or principal_id }}'s {{ kind }} assignment as {% if access %}{{ access }} of {% endif %}{{
  target_name or target_id }} {{ change }}, and no event tells of it"
why: "It {{ change }} between the snapshots of {{ previous_snapshot | utc }} and {{ seen_at | utc }}. The audit log was read without a gap
  for that time and names neither who did it nor when."
remediation: Ask the administrators of PIM. If nobody knows of it, treat the log as incomplete; compare it with the tenant's own export
  and look at what the account did.
controls: [iso27001:A.8.15, iso27001:A.5.18, nis2:21.2.b, finma:2023-1]
false_positives:
  - services of Microsoft's own that clean up without writing of it
blind_spots:
  - what appeared and vanished between two snapshots
  - "an assignment whose dates alone changed"
  - where the log has a gap, or is not read at all, nothing is said
tests:
  - name: a role appeared, a group's membership vanished
    as_of: "2026-11-02T06:15:00Z"
    given:
      segment: &snapshots
        - {seq: 1, kind: snapshot, source: role_eligibility_instances, finished_at: "2026-10-17T06:15:00Z"}
        - {seq: 2, kind: snapshot, source: role_eligibility_instances, finished_at: "2026-11-01T06:15:00Z"}
        - {seq: 3, kind: snapshot, source: group_assignment_instances, finished_at: "2026-10-17T06:15:00Z"}
        - {seq: 4, kind: snapshot, source: group_assignment_instances, finished_at: "2026-11-01T06:15:00Z"}
      window: &read
        - {source: directory_audits, since: "2026-10-01T00:00:00Z", until: "2026-10-20T00:00:00Z"}
        - {source: directory_audits, since: "2026-10-19T22:00:00Z", until: "2026-11-02T06:00:00Z"}
      assignment: &changed
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, principal_name: Eva Schmid, target_id: t1, target_name: Global Reader, scope: "/", member_type: direct, valid_from: "2026-11-01T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: p2, principal_name: Jan, target_id: g1, target_name: sg-sap, member_type: direct, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
      principal: &people
        - {principal_id: p1, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p2, valid_from: "2026-10-17T06:15:00Z"}
    expect:
      - surface: entra_role
        change: appeared
        seen_at: "2026-11-01T06:15:00Z"
        message: Eva Schmid's eligible assignment as Global Reader appeared, and no event tells of it
        why: It appeared between the snapshots of 2026-10-17 06:15 UTC and 2026-11-01 06:15 UTC. The audit log was read without a gap for that time and names neither who did it nor when.
      - {surface: group, change: vanished, message: "Jan's active assignment as member of sg-sap vanished, and no event tells of it"}
  - name: PIM tells of the one, Core Directory of the other
    near: true
    as_of: "2026-11-02T06:15:00Z"
    given: &explained
      segment: *snapshots
      window: *read
      assignment: *changed
      principal: *people
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: P1, target_id: t1, completed_at: "2026-10-20T08:00:00Z"}]
      audit_event: [{event_id: e1, activity: Remove member from group, service: Core Directory, result: success, actor_kind: user, actor_name: Beat, target_user_id: p2, target_group_id: G1, occurred_at: "2026-10-21T08:00:00Z"}]
    expect: []
  - name: an activation that began and ended meanwhile does not explain that the eligibility is gone
    as_of: "2026-11-02T06:15:00Z"
    given:
      segment: *snapshots
      window: *read
      principal: *people
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, scope: "/", member_type: direct, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}]
      pim_request: [{request_id: r1, surface: entra_role, request_kind: deactivation, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-20T08:00:00Z"}]
      audit_event:
        - {event_id: e1, activity: Add member to role, service: Core Directory, result: success, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-20T07:00:00Z"}
        - {event_id: e2, activity: Remove member from role, service: Core Directory, result: success, target_user_id: p1, target_role_id: t1, occurred_at: "2026-10-20T08:00:00Z"}
    expect: [{kind: eligible, change: vanished}]
  - name: told of at another time, of another access, or as having failed
    as_of: "2026-11-02T06:15:00Z"
    given:
      <<: *explained
      pim_request:
        - {request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-10T08:00:00Z"}
        - {request_id: r2, surface: entra_role, request_kind: eligible, outcome: canceled, subject_id: p1, target_id: t1, completed_at: "2026-10-20T08:00:00Z"}
        - {request_id: r3, surface: group, access: owner, request_kind: removal, outcome: completed, subject_id: p2, target_id: g1, completed_at: "2026-10-20T08:00:00Z"}
      audit_event: []
    expect: [{change: appeared}, {change: vanished}]
  - name: the log may still tell
    near: true
    as_of: "2026-11-02T06:14:59Z"
    given: {segment: *snapshots, window: *read, assignment: *changed, principal: *people}
    expect: []
  - name: what had begun long before needs no waiting; an event could not be later
    as_of: "2026-11-01T06:15:00Z"
    given: &begun
      segment: *snapshots
      window: *read
      principal: *people
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, scope: "/", member_type: direct, starts_at: "2026-10-31T06:15:00Z", valid_from: "2026-11-01T06:15:00Z"}]
    expect: [{change: appeared}]
  - name: it began less than a day ago
    near: true
    as_of: "2026-11-01T06:14:59Z"
    given: *begun
    expect: []
  - name: one that says it began before the snapshot that lacks it waits
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *begun
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, scope: "/", member_type: direct, starts_at: "2026-10-17T06:15:00Z", valid_from: "2026-11-01T06:15:00Z"}]
    expect: []
  - name: granted weeks before, to begin between the two
    near: true
    as_of: "2026-11-02T06:15:00Z"
    given:
      <<: *begun
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, target_id: t1, completed_at: "2026-10-02T08:00:00Z", starts_at: "2026-10-31T06:15:00Z"}]
    expect: []
  - name: its group was deleted, or taken out of PIM
    near: true
    as_of: "2026-11-02T06:15:00Z"
    given:
      segment: *snapshots
      window: *read
      principal: *people
      assignment:
        - {assignment_id: s1, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: p1, target_id: G1, member_type: direct, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: p1, target_id: g2, member_type: direct, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
      entra_group:
        - {group_id: g1, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {group_id: g2, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {group_id: g2, is_onboarded: false, valid_from: "2026-11-01T06:15:00Z"}
    expect: []
  - name: its group came into PIM, or was never in it
    as_of: "2026-11-02T06:15:00Z"
    given:
      segment: *snapshots
      window: *read
      assignment: *changed
      principal: *people
      entra_group:
        - {group_id: g1, is_onboarded: false, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {group_id: g1, is_onboarded: false, valid_from: "2026-11-01T06:15:00Z"}
    expect: [{change: appeared}, {change: vanished}]
  - name: the log has a gap, is not read that far, or not at all
    near: true
    as_of: "2026-11-02T06:15:00Z"
    given:
      segment: *snapshots
      assignment: *changed
      principal: *people
      window:
        - {source: directory_audits, since: "2026-10-01T00:00:00Z", until: "2026-10-18T00:00:00Z"}
        - {source: directory_audits, since: "2026-10-18T00:00:01Z", until: "2026-11-02T06:00:00Z"}
    expect: []
  - name: the log has a gap on record
    near: true
    as_of: "2026-11-02T06:15:00Z"
    given:
      segment: *snapshots
      window: *read
      assignment: *changed
      principal: *people
      gap: [{source: directory_audits, since: "2026-10-20T00:00:00Z", until: "2026-10-20T00:01:00Z", reason: 500, noted_at: "2026-10-20T06:00:00Z"}]
    expect: []
  - name: told of another target
    as_of: "2026-11-02T06:15:00Z"
    given:
      <<: *explained
      pim_request: [{request_id: r1, surface: entra_role, request_kind: eligible, outcome: completed, subject_id: p1, target_id: t2, completed_at: "2026-10-20T08:00:00Z"}]
      audit_event: [{event_id: e1, activity: Remove member from group, service: Core Directory, result: success, actor_kind: user, target_user_id: p2, target_group_id: g2, occurred_at: "2026-10-21T08:00:00Z"}]
    expect: [{change: appeared}, {change: vanished}]
  - name: it ran out, its holder was deleted, it began to be seen, its dates changed, it was activated, it came through a group
    near: true
    as_of: "2026-11-02T06:15:00Z"
    given:
      segment: *snapshots
      window: *read
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, member_type: direct, ends_at: "2026-10-20T00:00:00Z", valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: eligible, principal_id: gone, target_id: t1, member_type: direct, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {assignment_id: s3, surface: entra_role, kind: eligible, principal_id: p2, target_id: t1, member_type: direct, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s4, surface: group, access: member, kind: active, principal_id: p2, target_id: g1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {assignment_id: s5, surface: group, access: member, kind: active, principal_id: p2, target_id: g1, ends_at: "2027-01-01T00:00:00Z", valid_from: "2026-11-01T06:15:00Z"}
        - {assignment_id: s6, surface: group, access: member, kind: active, assignment_type: activated, principal_id: p1, target_id: g1, valid_from: "2026-11-01T06:15:00Z"}
        - {assignment_id: s7, surface: group, access: member, kind: active, member_type: group, principal_id: p1, target_id: g1, valid_from: "2026-11-01T06:15:00Z"}
      principal:
        - {principal_id: p1, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p2, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: gone, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
    expect: []
  - name: a month later it is no longer open
    as_of: "2026-12-01T06:15:01Z"
    given: {segment: *snapshots, window: *read, assignment: *changed, principal: *people}
    expect: []
--- */
WITH held AS (
    SELECT a.*, lower(a.principal_id) AS holder_id, lower(a.target_id) AS target_key,
        CASE WHEN a.surface = 'entra_role' AND a.kind = 'eligible' THEN 'role_eligibility_instances'
            WHEN a.surface = 'entra_role' THEN 'role_assignment_instances'
            WHEN a.kind = 'eligible' THEN 'group_eligibility_instances' ELSE 'group_assignment_instances' END AS list
    FROM assignment AS a
    WHERE a.surface IN ('entra_role', 'group') AND coalesce(a.member_type, 'direct') = 'direct'
        AND coalesce(a.assignment_type, 'assigned') = 'assigned'
),
changes AS (
    SELECT h.*, 'appeared' AS change, h.valid_from AS seen_at FROM held AS h
    UNION ALL
    SELECT h.*, 'vanished', h.valid_to FROM held AS h
    WHERE h.valid_to IS NOT NULL AND (h.ends_at IS NULL OR h.ends_at > h.valid_to)
),
-- The snapshot before: none, and the list had only begun to be read.
between_snapshots AS (
    SELECT c.assignment_id, c.change, c.seen_at, max(s.finished_at) AS previous_snapshot
    FROM changes AS c
    JOIN segment AS s ON s.kind = 'snapshot' AND s.source = c.list AND s.finished_at < c.seen_at
    WHERE c.seen_at >= CAST($as_of AS TIMESTAMPTZ) - to_days($keep_days)
    GROUP BY c.assignment_id, c.change, c.seen_at
),
judged AS (
    SELECT c.*, b.previous_snapshot
    FROM changes AS c
    JOIN between_snapshots AS b ON b.assignment_id = c.assignment_id AND b.change = c.change AND b.seen_at = c.seen_at
    -- What has begun since the snapshot before was asked for by then: the event cannot be later than that.
    WHERE CASE WHEN c.change = 'appeared' AND c.starts_at > b.previous_snapshot THEN least(c.starts_at, c.seen_at) ELSE c.seen_at END
            <= CAST($as_of AS TIMESTAMPTZ) - to_hours($wait_hours)
    -- The same assignment with other dates is no other assignment.
        AND NOT EXISTS (
        SELECT 1 FROM held AS o
        WHERE o.surface = c.surface AND o.kind = c.kind AND o.holder_id = c.holder_id AND o.target_key = c.target_key
            AND coalesce(o.access, '') = coalesce(c.access, '') AND coalesce(o.scope, '/') = coalesce(c.scope, '/')
            AND ((c.change = 'appeared' AND o.valid_to = c.seen_at) OR (c.change = 'vanished' AND o.valid_from = c.seen_at))
    )
),
-- Since when and until when the log was read without a hole: where the next window begins no later than all before it end.
stretch AS (
    SELECT w.since, w.until,
        coalesce(w.since <= max(w.until) OVER (ORDER BY w.since, w.until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false)
            AS joins
    FROM "window" AS w
    WHERE w.source = 'directory_audits'
),
covered AS (
    SELECT min(n.since) AS since, max(n.until) AS until
    FROM (
        SELECT s.since, s.until, count(*) FILTER (NOT s.joins) OVER (ORDER BY s.since, s.until) AS part FROM stretch AS s
    ) AS n
    GROUP BY n.part
),
explained AS (
    SELECT j.assignment_id, j.change, j.seen_at
    FROM judged AS j
    JOIN pim_request AS r ON lower(r.subject_id) = j.holder_id AND lower(r.target_id) = j.target_key
        AND coalesce(r.access, j.access, '') = coalesce(j.access, '') AND r.outcome = 'completed'
        AND (r.request_kind IN (j.kind, 'other') OR (j.change = 'vanished' AND r.request_kind = 'removal')
            OR (j.change = 'vanished' AND j.kind = 'active' AND r.request_kind = 'deactivation'))
        -- What was granted to begin later appears when it begins.
        AND (coalesce(r.completed_at, r.requested_at, r.starts_at)
                BETWEEN j.previous_snapshot - to_hours(1) AND j.seen_at + to_hours(1)
            OR (j.change = 'appeared' AND r.starts_at BETWEEN j.previous_snapshot - to_hours(1) AND j.seen_at + to_hours(1)))
    UNION ALL
    SELECT j.assignment_id, j.change, j.seen_at
    FROM judged AS j
    JOIN audit_event AS e ON lower(coalesce(e.target_user_id, e.target_app_id)) = j.holder_id
        AND lower(CASE WHEN j.surface = 'group' THEN e.target_group_id ELSE e.target_role_id END) = j.target_key
        AND e.occurred_at BETWEEN j.previous_snapshot - to_hours(1) AND j.seen_at + to_hours(1)
    -- What an activation writes as it begins and ends says nothing of the eligibility behind it.
    WHERE (j.kind = 'active' AND e.activity IN ('Add member to group', 'Add owner to group', 'Remove member from group',
            'Remove owner from group', 'Add member to role', 'Add scoped member to role', 'Remove member from role',
            'Remove scoped member from role', 'Add member to role outside of PIM (permanent)'))
        OR (j.kind = 'eligible' AND e.activity IN ('Add eligible member to role', 'Remove eligible member from role'))
),
gone AS (
    SELECT lower(p.principal_id) AS principal_id FROM principal AS p
    GROUP BY lower(p.principal_id) HAVING count(*) FILTER (p.valid_to IS NULL) = 0
),
-- A group that was deleted, or taken out of PIM, takes its assignments along.
group_gone AS (
    SELECT lower(g.group_id) AS group_id
    FROM entra_group AS g
    GROUP BY lower(g.group_id)
    HAVING count(*) FILTER (g.valid_to IS NULL) = 0
        OR (bool_or(g.is_onboarded) FILTER (g.valid_to IS NULL) IS FALSE AND bool_or(g.is_onboarded) FILTER (g.valid_to IS NOT NULL))
)
SELECT j.surface, j.kind, j.principal_id, j.principal_name, j.principal_upn, j.principal_kind, j.target_id, j.target_name,
    j.access, j.scope, j.change, j.seen_at, j.previous_snapshot, j.seen_at AS occurred_at, j.starts_at, j.ends_at
FROM judged AS j
WHERE EXISTS (SELECT 1 FROM covered AS c WHERE c.since <= j.previous_snapshot AND c.until >= j.seen_at)
    AND NOT EXISTS (SELECT 1 FROM gap AS g WHERE g.source = 'directory_audits' AND g.since < j.seen_at AND g.until > j.previous_snapshot)
    AND NOT EXISTS (
        SELECT 1 FROM explained AS x
        WHERE x.assignment_id = j.assignment_id AND x.change = j.change AND x.seen_at = j.seen_at
    )
    AND NOT (j.change = 'vanished' AND EXISTS (SELECT 1 FROM gone AS g WHERE g.principal_id = j.holder_id))
    AND NOT (j.change = 'vanished' AND EXISTS (SELECT 1 FROM group_gone AS g WHERE g.group_id = j.target_key))
ORDER BY j.seen_at, j.surface, j.principal_id, j.target_id, j.access
