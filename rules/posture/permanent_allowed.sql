/* ---
title: Settings permit assignments without end
version: 1.0.0
severity: medium
confidence: 0.95
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, policy, tier]
keys: [surface, target_id, access]
tactics: [Persistence]
techniques: [T1098.003]
message: "The settings of {% if access %}{{ access }}s of {% endif %}{{ target_name or target_id }} permit {{ permitted | listed
  }} assignments without end"
why: "{% if tier %}It is {{ tier }}{% else %}It has no tier{% endif %}; {{ held }} {% if held == 1 %}assignment stands{% else
  %}assignments stand{% endif %} on it today, {{ endless }} of them without end."
remediation: Set an expiry for eligible and for active assignments in the PIM settings; have those that stand without end renewed.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - the role of emergency accounts, which hold it for good
  - targets where the organisation accepts assignments without end and reviews them
blind_spots:
  - a target that nobody holds and that is not tier0 is not told
  - an administrator of PIM can lift the limit, grant, and set it again; drift.policy_weakened tells that
tests:
  - name: a role of tier1, eligible
    given:
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: eligible, principal_id: p2, target_id: t1, ends_at: "2027-03-31T22:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
      policy: &open [{surface: entra_role, target_id: t1, target_name: Exchange Administrator, permanent_eligible_allowed: true, permanent_active_allowed: false, valid_from: "2026-10-17T06:15:00Z"}]
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
    expect:
      - target_id: t1
        severity: medium
        message: The settings of Exchange Administrator permit eligible assignments without end
        why: It is tier1; 2 assignments stand on it today, 1 of them without end.
  - name: a group's owners, both kinds, no tier
    given:
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: owner, principal_id: p1, target_id: g1, ends_at: "2027-03-31T22:00:00Z", valid_from: "2026-10-17T06:15:00Z"}]
      policy:
        - {surface: group, target_id: g1, target_name: sg-sap, access: owner, permanent_eligible_allowed: true, permanent_active_allowed: true, valid_from: "2026-10-17T06:15:00Z"}
        - {surface: group, target_id: g1, target_name: sg-sap, access: member, permanent_eligible_allowed: true, permanent_active_allowed: true, valid_from: "2026-10-17T06:15:00Z"}
    expect:
      - access: owner
        severity: low
        message: The settings of owners of sg-sap permit eligible and active assignments without end
        why: It has no tier; 1 assignment stands on it today, 0 of them without end.
  - name: tier0 that nobody holds
    given:
      policy: *open
      tier: [{surface: entra_role, target_id: t1, tier: tier0}]
    expect: [{severity: medium, held: 0}]
  - name: every other target that nobody holds
    near: true
    given:
      policy: *open
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
    expect: []
  - name: an end is required
    given:
      policy: [{surface: entra_role, target_id: t1, permanent_eligible_allowed: false, permanent_active_allowed: false, valid_from: "2026-10-17T06:15:00Z"}]
      tier: [{surface: entra_role, target_id: t1, tier: tier0}]
    expect: []
  - name: whether an end is required is not known
    near: true
    given:
      policy: [{surface: entra_role, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      tier: [{surface: entra_role, target_id: t1, tier: tier0}]
    expect: []
  - name: a policy of the past
    near: true
    given:
      policy: [{surface: entra_role, target_id: t1, permanent_eligible_allowed: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}]
      tier: [{surface: entra_role, target_id: t1, tier: tier0}]
    expect: []
--- */
WITH standing AS (
    SELECT surface, target_id, coalesce(access, '') AS access, count(*) AS held, count(*) FILTER (ends_at IS NULL) AS endless
    FROM assignment
    WHERE valid_to IS NULL AND surface IN ('entra_role', 'group') AND coalesce(member_type, 'direct') = 'direct'
        AND (kind = 'eligible' OR assignment_type = 'assigned')
    GROUP BY surface, target_id, coalesce(access, '')
)
SELECT p.surface, p.target_id, p.target_name, p.access, p.valid_from AS occurred_at, t.tier,
    CASE WHEN t.tier IN ('tier0', 'tier1') THEN 'medium' ELSE 'low' END AS severity,
    list_filter([CASE WHEN p.permanent_eligible_allowed THEN 'eligible' END,
        CASE WHEN p.permanent_active_allowed THEN 'active' END], lambda kind: kind IS NOT NULL) AS permitted,
    coalesce(s.held, 0) AS held, coalesce(s.endless, 0) AS endless
FROM policy AS p
LEFT JOIN standing AS s ON s.surface = p.surface AND s.target_id = p.target_id AND s.access = coalesce(p.access, '')
LEFT JOIN tier AS t ON t.surface = p.surface AND t.target_id = p.target_id
WHERE p.valid_to IS NULL AND (p.permanent_eligible_allowed OR p.permanent_active_allowed)
    AND (s.held > 0 OR t.tier = 'tier0')
ORDER BY p.surface, p.target_id, p.access
