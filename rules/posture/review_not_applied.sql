/* ---
title: Denied in a review, and still entitled
version: 1.0.0
severity: high
confidence: 0.95
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, review_decision]
needs: [role_eligibility_instances, role_assignment_instances, group_eligibility_instances, group_assignment_instances,
  review_decisions]
keys: [principal_id, target_id, instance_id]
tactics: [Persistence]
techniques: [T1098.003]
params:
  days: {type: integer, default: 7, min: 0, max: 90, doc: days after the end of the review in which the denial must be carried out}
message: "{{ principal_name or principal_upn or principal_id }} was denied {{ target_name or target_id }} in a review and still has it"
why: "{{ reviewer_upn or 'A reviewer' }} denied it{% if reviewed_at %} at {{ reviewed_at | utc }}{% endif %}{% if justification
  %}: {{ justification }}{% endif %}. The review ended at {{ occurred_at | utc }}, and the assignment{% if assignments > 1 %}s
  stand{% else %} stands{% endif %}."
remediation: Remove the assignment, then have the review apply its decisions by itself.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - a denial that was found wrong and not written into the review
blind_spots:
  - access through another group than the one reviewed stays unseen here
  - who was granted the same again after the denial is not told
tests:
  - name: a role
    as_of: "2026-10-17T06:15:00Z"
    given: &denied
      assignment: &stays [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, principal_name: Raj, target_id: t1, target_name: Conditional Access Administrator, starts_at: "2026-04-01T07:30:00Z", valid_from: "2026-10-17T06:15:00Z"}]
      review_decision: [{review_id: a, instance_id: i1, decision_id: d1, surface: entra_role, target_id: t1, principal_id: p1, decision: Deny, justification: Moved on, reviewer_upn: anna@contoso.example, reviewed_at: "2026-09-23T07:07:00Z", instance_status: Completed, instance_ends_at: "2026-10-05T06:00:00Z", valid_from: "2026-10-17T06:15:00Z"}]
    expect:
      - principal_id: p1
        target_id: t1
        instance_id: i1
        occurred_at: "2026-10-05T06:00:00Z"
        message: Raj was denied Conditional Access Administrator in a review and still has it
        why: "anna@contoso.example denied it at 2026-09-23 07:07 UTC: Moved on. The review ended at 2026-10-05 06:00 UTC, and the assignment stands."
  - name: a group, as member and owner
    as_of: "2026-10-17T06:15:00Z"
    given:
      assignment:
        - {assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, principal_name: Raj, target_id: g1, target_name: sg-sap, valid_from: "2026-09-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: active, access: owner, principal_id: p1, principal_name: Raj, target_id: g1, target_name: sg-sap, valid_from: "2026-09-17T06:15:00Z"}
      review_decision: [{review_id: a, instance_id: i1, decision_id: d1, surface: group, target_id: g1, principal_id: p1, decision: deny, instance_ends_at: "2026-10-05T06:00:00Z", valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{surface: group, target_id: g1, assignments: 2, why: "A reviewer denied it. The review ended at 2026-10-05 06:00 UTC, and the assignments stand."}]
  - name: the time to carry it out is not over
    near: true
    as_of: "2026-10-12T06:00:00Z"
    given: *denied
    expect: []
  - name: a second later it is
    as_of: "2026-10-12T06:00:01Z"
    given: *denied
    expect: [{instance_id: i1}]
  - name: it was taken away, or granted again later
    near: true
    as_of: "2026-10-17T06:15:00Z"
    given:
      <<: *denied
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, starts_at: "2026-04-01T07:30:00Z", valid_from: "2026-09-17T06:15:00Z", valid_to: "2026-10-06T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, starts_at: "2026-10-07T07:30:00Z", valid_from: "2026-10-07T06:15:00Z"}
    expect: []
  - name: approved in a later review
    near: true
    as_of: "2026-10-17T06:15:00Z"
    given:
      assignment: *stays
      review_decision:
        - {review_id: a, instance_id: i1, decision_id: d1, surface: entra_role, target_id: t1, principal_id: p1, decision: Deny, reviewed_at: "2026-06-23T07:07:00Z", instance_ends_at: "2026-07-05T06:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {review_id: a, instance_id: i2, decision_id: d2, surface: entra_role, target_id: t1, principal_id: p1, decision: Approve, reviewed_at: "2026-09-23T07:07:00Z", instance_ends_at: "2026-10-05T06:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
    expect: []
  - name: approved, or nobody looked, or the end of the review is not known
    given:
      assignment: *stays
      review_decision:
        - {review_id: a, instance_id: i1, decision_id: d1, surface: entra_role, target_id: t1, principal_id: p1, decision: Approve, instance_ends_at: "2026-10-05T06:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {review_id: b, instance_id: i2, decision_id: d2, surface: entra_role, target_id: t1, principal_id: p2, decision: NotReviewed, instance_ends_at: "2026-10-05T06:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {review_id: c, instance_id: i3, decision_id: d3, surface: entra_role, target_id: t2, principal_id: p1, decision: Deny, valid_from: "2026-10-17T06:15:00Z"}
    expect: []
--- */
WITH newest AS (
    SELECT d.*, row_number() OVER (
        PARTITION BY d.surface, d.target_id, d.principal_id
        ORDER BY coalesce(d.reviewed_at, d.instance_ends_at) DESC NULLS LAST, d.decision_id) AS back
    FROM review_decision AS d
    WHERE d.valid_to IS NULL AND lower(d.decision) IN ('approve', 'deny')
),
standing AS (
    SELECT n.decision_id, count(*) AS assignments, max(a.principal_name) AS principal_name, max(a.principal_upn) AS principal_upn,
        max(a.target_name) AS target_name, list_sort(list(a.assignment_id)) AS event_ids
    FROM newest AS n
    JOIN assignment AS a ON a.surface = n.surface AND a.target_id = n.target_id AND a.principal_id = n.principal_id
    WHERE n.back = 1 AND lower(n.decision) = 'deny' AND a.valid_to IS NULL
        AND a.assignment_type IS DISTINCT FROM 'activated'
        AND coalesce(a.starts_at, a.valid_from) <= coalesce(n.reviewed_at, n.instance_ends_at)
    GROUP BY n.decision_id
)
SELECT n.surface, n.principal_id, coalesce(s.principal_name, n.principal_name) AS principal_name,
    coalesce(s.principal_upn, n.principal_upn) AS principal_upn, n.target_id, s.target_name, n.instance_id, n.review_id,
    n.instance_ends_at AS occurred_at, n.reviewed_at, n.reviewer_upn, n.justification, n.instance_status, s.assignments, s.event_ids
FROM newest AS n
JOIN standing AS s ON s.decision_id = n.decision_id
WHERE n.back = 1 AND n.instance_ends_at < CAST($as_of AS TIMESTAMPTZ) - to_days($days)
ORDER BY n.surface, n.target_id, n.principal_id
