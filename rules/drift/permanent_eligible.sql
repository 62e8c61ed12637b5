/* ---
title: Eligible assignment without end
version: 1.0.0
severity: medium
confidence: 0.95
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, baseline, pim_request, policy, segment]
needs: [role_eligibility_instances, group_eligibility_instances]
keys: [surface, principal_id, target_id, access, scope]
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098.003]
message: "{{ principal_name or principal_upn or principal_id }} is eligible without end {% if access %}as {{ access }} of{% else
  %}for{% endif %} {{ target_name or target_id }}{% if scope and scope != '/' %} over {{ scope }}{% endif %}"
why: "The assignment has no end and stands in no baseline{% if baseline_expired %} any more: it was accepted until {{
  baseline_expired }}{% endif %}{% if permitted == false %}; the policy forbids eligibility without end{% endif %}.{% if
  new_since_last_snapshot %} It is new since the snapshot of {{ previous_snapshot | utc }}.{% elif new_since_last_snapshot ==
  false %} It was there in the snapshot of {{ previous_snapshot | utc }} already.{% endif %}{% if granted_at %} {{ granted_by
  or 'Somebody unknown' }} granted it at {{ granted_at | utc }}.{% else %} Who granted it is not on record.{% endif %}"
remediation: Give the assignment an end, remove it, or accept it in the baseline with a reason, an owner and a date.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - assignments the organisation accepts and has not yet written into the baseline file
blind_spots:
  - what appeared and vanished between two snapshots shows only in grant.permanent_eligible
  - an assignment whose end lies decades away counts as one with an end
tests:
  - name: a role
    as_of: "2026-11-01T06:15:00Z"
    given:
      assignment: &eva
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, principal_kind: user, principal_name: Eva Schmid, target_id: t1, target_name: Teams Administrator, scope: "/", member_type: direct, starts_at: "2025-03-04T08:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
    expect:
      - surface: entra_role
        principal_id: p1
        target_id: t1
        access: null
        scope: "/"
        severity: null
        occurred_at: "2025-03-04T08:00:00Z"
        permitted: null
        new_since_last_snapshot: null
        request_id: null
        message: Eva Schmid is eligible without end for Teams Administrator
        why: The assignment has no end and stands in no baseline. Who granted it is not on record.
  - name: a group's member, and its owner whose policy forbids it
    given:
      assignment:
        - {assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, target_name: sg-sap, member_type: direct, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: owner, principal_id: p1, target_id: g1, target_name: sg-sap, member_type: direct, valid_from: "2026-10-17T06:15:00Z"}
      policy:
        - {surface: group, target_id: g1, access: member, permanent_eligible_allowed: true, valid_from: "2026-10-17T06:15:00Z"}
        - {surface: group, target_id: g1, access: owner, permanent_eligible_allowed: false, valid_from: "2026-10-17T06:15:00Z"}
    expect:
      - {access: member, severity: null, permitted: true, message: p1 is eligible without end as member of sg-sap}
      - {access: owner, severity: high, permitted: false, why: "The assignment has no end and stands in no baseline; the policy forbids eligibility without end. Who granted it is not on record."}
  - name: a policy of the past, and one of another target, change nothing
    near: true
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, scope: "/", ends_at: "2027-03-04T08:00:00Z", valid_from: "2026-10-17T06:15:00Z"}]
      policy: [{surface: entra_role, target_id: t1, permanent_eligible_allowed: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: with an end, active, or gone
    near: true
    given:
      assignment:
        - {assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, ends_at: "2027-01-01T00:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: active, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s3, surface: group, kind: eligible, access: owner, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
    expect: []
  - name: held through a group, while the group's own assignment tells of it
    near: true
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, scope: "/", member_type: group, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: accepted in the baseline
    as_of: "2026-10-20T23:00:00Z"
    given:
      assignment: *eva
      baseline: &accepted [{principal: eva, target: Teams Administrator, principal_id: p1, target_id: t1, reason: on call, expires: 2026-10-20}]
    expect: []
  - name: accepted until yesterday
    as_of: "2026-10-21T00:00:00Z"
    given:
      assignment: *eva
      baseline: *accepted
    expect:
      - baseline_expired: 2026-10-20
        why: "The assignment has no end and stands in no baseline any more: it was accepted until 2026-10-20. Who granted it is not on record."
  - name: the baseline of members does not cover owners
    given:
      assignment:
        - {assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: owner, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
      baseline: [{principal: eva, target: g1, principal_id: p1, target_id: g1, access: member, reason: crew}]
    expect: [{access: owner}]
  - name: new since the snapshot before, and who granted it
    given:
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, principal_name: Eva Schmid, target_id: g1, target_name: sg-sap, starts_at: "2026-10-20T08:00:05Z", valid_from: "2026-11-01T06:15:00Z"}]
      segment: &two
        - {seq: 4, kind: snapshot, source: group_eligibility_instances, finished_at: "2026-10-17T06:15:00Z", items: 3}
        - {seq: 9, kind: snapshot, source: group_eligibility_instances, finished_at: "2026-11-01T06:15:00Z", items: 4}
      pim_request:
        - {request_id: old, surface: group, request_kind: eligible, outcome: completed, permanent: true, requester_name: Somebody Else, subject_id: p1, target_id: g1, access: member, completed_at: "2025-10-20T08:00:05Z"}
        - {request_id: r1, surface: group, request_kind: eligible, outcome: completed, permanent: true, requester_id: a1, requester_name: Anna Keller, subject_id: p1, target_id: g1, access: member, completed_at: "2026-10-20T08:00:05Z"}
        - {request_id: owner, surface: group, request_kind: eligible, outcome: completed, permanent: true, requester_name: Wrong, subject_id: p1, target_id: g1, access: owner, completed_at: "2026-10-21T08:00:05Z"}
    expect:
      - request_id: r1
        granted_by: Anna Keller
        new_since_last_snapshot: true
        why: The assignment has no end and stands in no baseline. It is new since the snapshot of 2026-10-17 06:15 UTC. Anna Keller granted it at 2026-10-20 08:00 UTC.
  - name: there in the snapshot before already
    given:
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}]
      segment: *two
    expect: [{new_since_last_snapshot: false, previous_snapshot: "2026-10-17T06:15:00Z"}]
  - name: a role over one administrative unit is another assignment
    given:
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, principal_name: Nina, target_id: t1, target_name: Helpdesk Administrator, scope: /administrativeUnits/5f11, valid_from: "2026-10-17T06:15:00Z"}
    expect: [{scope: /administrativeUnits/5f11, message: Nina is eligible without end for Helpdesk Administrator over /administrativeUnits/5f11}]
--- */
WITH held AS (
    SELECT a.*
    FROM assignment AS a
    WHERE a.kind = 'eligible' AND a.ends_at IS NULL AND a.valid_to IS NULL AND a.surface IN ('entra_role', 'group')
        AND coalesce(a.member_type, 'direct') = 'direct'
),
snapshots AS (
    SELECT CASE WHEN source = 'role_eligibility_instances' THEN 'entra_role' ELSE 'group' END AS surface, finished_at,
        row_number() OVER (PARTITION BY source ORDER BY seq DESC) AS back
    FROM segment
    WHERE kind = 'snapshot' AND source IN ('role_eligibility_instances', 'group_eligibility_instances')
),
accepted AS (
    SELECT h.assignment_id,
        bool_or(b.expires IS NULL OR b.expires >= CAST(CAST($as_of AS TIMESTAMPTZ) AS DATE)) AS still,
        max(b.expires) AS expires
    FROM held AS h
    JOIN baseline AS b
        ON b.principal_id = h.principal_id AND b.target_id = h.target_id AND (b.access IS NULL OR b.access = h.access)
    GROUP BY h.assignment_id
),
permission AS (
    SELECT surface, target_id, coalesce(access, '') AS access, bool_and(permanent_eligible_allowed) AS permitted
    FROM policy
    WHERE valid_to IS NULL
    GROUP BY surface, target_id, coalesce(access, '')
),
-- The newest grant that fits; a role's grant over one administrative unit tells nothing of another.
granted AS (
    SELECT h.assignment_id, r.request_id, coalesce(r.requester_name, r.requester_upn, r.requester_id) AS granted_by,
        coalesce(r.completed_at, r.requested_at) AS granted_at, r.event_ids,
        row_number() OVER (
            PARTITION BY h.assignment_id ORDER BY coalesce(r.completed_at, r.requested_at) DESC, r.request_id) AS back
    FROM held AS h
    JOIN pim_request AS r
        ON r.surface = h.surface AND r.subject_id = h.principal_id AND r.target_id = h.target_id
        AND coalesce(r.access, '') = coalesce(h.access, '')
        AND (r.scope IS NULL OR h.scope IS NULL OR r.scope = h.scope)
    WHERE r.request_kind = 'eligible' AND r.outcome = 'completed' AND r.permanent
)
SELECT h.surface, h.principal_id, h.target_id, h.access, h.scope, coalesce(h.starts_at, h.valid_from) AS occurred_at,
    CASE WHEN NOT p.permitted THEN 'high' END AS severity,
    h.principal_kind, h.principal_name, h.principal_upn, h.target_name, h.valid_from AS first_seen, p.permitted,
    CASE WHEN NOT k.still THEN k.expires END AS baseline_expired,
    s.finished_at AS previous_snapshot, h.valid_from > s.finished_at AS new_since_last_snapshot,
    g.request_id, g.granted_by, g.granted_at,
    list_concat([h.assignment_id], coalesce(g.event_ids, CAST([] AS VARCHAR[]))) AS event_ids
FROM held AS h
LEFT JOIN accepted AS k ON k.assignment_id = h.assignment_id
LEFT JOIN permission AS p ON p.surface = h.surface AND p.target_id = h.target_id AND p.access = coalesce(h.access, '')
LEFT JOIN snapshots AS s ON s.surface = h.surface AND s.back = 2
LEFT JOIN granted AS g ON g.assignment_id = h.assignment_id AND g.back = 1
WHERE k.still IS NOT TRUE
ORDER BY h.surface, h.target_id, h.access, h.principal_id, h.scope
