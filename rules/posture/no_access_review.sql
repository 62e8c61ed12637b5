/* ---
title: High-impact target that nobody reviews
version: 1.0.0
severity: medium
confidence: 0.85
status: stable
surface: [entra_role, group]
kind: state
reads: [access_review, assignment, break_glass, review_instance, tier]
needs: [role_eligibility_instances, role_assignment_instances, group_eligibility_instances, group_assignment_instances,
  access_reviews, review_instances]
keys: [surface, target_id]
tactics: [Persistence]
techniques: [T1098.003]
params:
  tiers: {type: strings, default: [tier0], doc: tiers that must be reviewed}
  days: {type: integer, default: 100, min: 7, max: 730, doc: "days a finished review holds for: a quarter and a little more"}
message: "Who holds {{ target_name or target_id }} was not reviewed in the last {{ days }} days"
why: "It is {{ tier }}; {{ holders }} {% if holders == 1 %}person holds it or may activate it{% else %}people hold it or may activate
  it{% endif %}. {% if last_review %}The last finished review ended at {{ last_review | utc }}.{% else %}No finished review is on
  record.{% endif %}{% if planned %} One is set up, or running.{% endif %}"
remediation: Set up an access review each quarter, with reviewers who know the work and decisions that are applied by themselves.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - reviews that are done and kept elsewhere, in a ticket or a list
blind_spots:
  - a review counts as finished whatever the reviewers clicked
  - a target that nobody but emergency accounts or groups holds is not told
  - a review by an access package does not show here
tests:
  - name: a role, never reviewed
    as_of: "2026-11-01T06:15:00Z"
    given: &never
      assignment: &held
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, principal_kind: user, target_id: t1, target_name: Global Administrator, starts_at: "2026-04-01T07:30:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: eligible, principal_id: p2, principal_kind: user, target_id: t1, target_name: Global Administrator, starts_at: "2026-10-20T07:30:00Z", valid_from: "2026-10-20T06:15:00Z"}
      tier: &top [{surface: entra_role, target_id: t1, tier: tier0}, {surface: group, target_id: g1, tier: tier0}]
    expect:
      - surface: entra_role
        target_id: t1
        occurred_at: "2026-04-01T07:30:00Z"
        message: Who holds Global Administrator was not reviewed in the last 100 days
        why: It is tier0; 2 people hold it or may activate it. No finished review is on record.
  - name: a group, whose last review is too long ago and whose next one runs
    as_of: "2026-11-01T06:15:00Z"
    given:
      assignment: &member [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, principal_kind: user, target_id: g1, target_name: sg-rdp, starts_at: "2026-04-01T07:30:00Z", valid_from: "2026-10-17T06:15:00Z"}]
      tier: *top
      access_review: &quarterly [{review_id: a, surface: group, target_ids: [g1], valid_from: "2026-04-01T07:30:00Z"}]
      review_instance:
        - {review_id: a, instance_id: i1, surface: group, target_id: g1, status: Applied, starts_at: "2026-07-10T00:00:00Z", ends_at: "2026-07-24T06:14:59Z", valid_from: "2026-10-17T06:15:00Z"}
        - {review_id: a, instance_id: i2, surface: group, target_id: g1, status: InProgress, starts_at: "2026-10-20T00:00:00Z", ends_at: "2026-11-03T00:00:00Z", valid_from: "2026-10-20T06:15:00Z"}
    expect: [{surface: group, target_id: g1, why: "It is tier0; 1 person holds it or may activate it. The last finished review ended at 2026-07-24 06:14 UTC. One is set up, or running."}]
  - name: finished exactly as long ago as a review holds
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      assignment: *member
      tier: *top
      review_instance: [{review_id: a, instance_id: i1, surface: group, target_id: g1, status: Completed, ends_at: "2026-07-24T06:15:00Z", valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-18T06:15:00Z"}]
    expect: []
  - name: one review of all roles
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *never
      access_review: [{review_id: a, surface: entra_role, target_ids: [], valid_from: "2026-04-01T07:30:00Z"}]
      review_instance: [{review_id: a, instance_id: i1, status: Applied, ends_at: "2026-10-05T00:00:00Z", valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: the review of another role
    as_of: "2026-11-01T06:15:00Z"
    given:
      <<: *never
      access_review: [{review_id: a, surface: entra_role, target_ids: [t2, t3], valid_from: "2026-04-01T07:30:00Z"}]
      review_instance: [{review_id: a, instance_id: i1, status: Applied, ends_at: "2026-10-05T00:00:00Z", valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{target_id: t1}]
  - name: held for less time than a review holds
    near: true
    as_of: "2026-07-01T06:15:00Z"
    given: *never
    expect: []
  - name: a lower tier
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      assignment: *held
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
    expect: []
  - name: held by a group and by emergency accounts alone
    near: true
    as_of: "2026-11-01T06:15:00Z"
    given:
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: active, principal_id: g1, principal_kind: group, target_id: t1, starts_at: "2026-04-01T07:30:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: active, principal_id: bg1, principal_kind: user, target_id: t1, starts_at: "2026-04-01T07:30:00Z", valid_from: "2026-10-17T06:15:00Z"}
      break_glass: [{member: bg1@contoso.example, principal_id: bg1}]
      tier: *top
    expect: []
--- */
WITH held AS (
    SELECT a.surface, a.target_id, max(a.target_name) AS target_name, count(DISTINCT a.principal_id) AS holders,
        min(coalesce(a.starts_at, a.valid_from)) AS since
    FROM assignment AS a
    WHERE a.valid_to IS NULL AND a.surface IN ('entra_role', 'group') AND a.principal_kind = 'user'
        AND a.assignment_type IS DISTINCT FROM 'activated'
        AND NOT EXISTS (SELECT 1 FROM break_glass AS b WHERE b.principal_id = a.principal_id)
    GROUP BY a.surface, a.target_id
),
scope_of AS (
    SELECT review_id, surface, target_ids FROM access_review WHERE valid_to IS NULL
),
round_of AS (
    SELECT h.surface, h.target_id, i.ends_at,
        lower(i.status) IN ('completed', 'autoreviewed', 'applying', 'applied') AS finished
    FROM held AS h
    JOIN review_instance AS i ON true
    LEFT JOIN scope_of AS s ON s.review_id = i.review_id
    WHERE (i.surface = h.surface AND i.target_id = h.target_id)
        OR (i.target_id IS NULL AND s.surface = h.surface
            AND (len(s.target_ids) = 0 OR list_contains(s.target_ids, h.target_id)))
),
reviewed AS (
    SELECT surface, target_id, max(ends_at) FILTER (finished) AS last_review, bool_or(NOT finished) AS planned
    FROM round_of
    GROUP BY surface, target_id
)
SELECT h.surface, h.target_id, h.target_name, h.since AS occurred_at, t.tier, h.holders, r.last_review,
    coalesce(r.planned, false) AS planned, $days AS days
FROM held AS h
JOIN tier AS t ON t.surface = h.surface AND t.target_id = h.target_id
LEFT JOIN reviewed AS r ON r.surface = h.surface AND r.target_id = h.target_id
WHERE list_contains($tiers, t.tier) AND h.since < CAST($as_of AS TIMESTAMPTZ) - to_days($days)
    AND (r.last_review IS NULL OR r.last_review < CAST($as_of AS TIMESTAMPTZ) - to_days($days))
ORDER BY h.surface, h.target_id
