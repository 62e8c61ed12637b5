/* ---
title: High-impact target that activates without approval
version: 1.0.0
severity: medium
confidence: 0.95
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, policy, tier]
keys: [surface, target_id, access]
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
params:
  tiers: {type: strings, default: [tier0], doc: tiers whose activations somebody else must approve}
message: "{% if access %}Becoming {{ access }} of {% endif %}{{ target_name or target_id }} needs nobody's approval"
why: "It is {{ tier }}, and whoever is eligible can activate alone: today {{ eligible }} {% if eligible == 1 %}principal{% else
  %}principals{% endif %}."
remediation: Require approval in the PIM settings and name at least two approvers, so that one may be on leave.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - targets whose emergency use may not wait for an approver, where another control stands in
  - "other tiers matter to you, or fewer: set tiers"
blind_spots:
  - a target that nobody is eligible for is not told, since there is nothing to approve
  - whether those who approve look at all is the matter of the rules about approval
tests:
  - name: a role
    given:
      assignment: &eligible
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: eligible, principal_id: p2, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}
      policy: &open [{surface: entra_role, target_id: t1, target_name: Global Administrator, requires_approval: false, valid_from: "2026-10-17T06:15:00Z"}]
      tier: &top [{surface: entra_role, target_id: t1, tier: tier0}]
    expect:
      - surface: entra_role
        target_id: t1
        access: null
        occurred_at: "2026-10-17T06:15:00Z"
        message: Global Administrator needs nobody's approval
        why: "It is tier0, and whoever is eligible can activate alone: today 2 principals."
  - name: a group's members and owners have a policy each
    given:
      assignment:
        - {assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: owner, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
      policy:
        - {surface: group, target_id: g1, target_name: sg-rdp, access: member, requires_approval: true, valid_from: "2026-10-17T06:15:00Z"}
        - {surface: group, target_id: g1, target_name: sg-rdp, access: owner, requires_approval: false, valid_from: "2026-10-17T06:15:00Z"}
      tier: [{surface: group, target_id: g1, tier: tier0, basis: high_impact}]
    expect: [{surface: group, access: owner, message: Becoming owner of sg-rdp needs nobody's approval, why: "It is tier0, and whoever is eligible can activate alone: today 1 principal."}]
  - name: approval is required
    given:
      assignment: *eligible
      policy: [{surface: entra_role, target_id: t1, requires_approval: true, valid_from: "2026-10-17T06:15:00Z"}]
      tier: *top
    expect: []
  - name: whether approval is required is not known
    near: true
    given:
      assignment: *eligible
      policy: [{surface: entra_role, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      tier: *top
    expect: []
  - name: a lower tier, until it is asked for
    near: true
    given: &lower
      assignment: *eligible
      policy: *open
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
    expect: []
  - name: the lower tier is asked for
    params: {tiers: [tier0, tier1]}
    given: *lower
    expect: [{target_id: t1}]
  - name: nobody can activate it
    near: true
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}, {assignment_id: s2, surface: entra_role, kind: active, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      policy: *open
      tier: *top
    expect: []
  - name: it did not ask in the past
    near: true
    given:
      assignment: *eligible
      policy:
        - {surface: entra_role, target_id: t1, requires_approval: false, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {surface: entra_role, target_id: t1, requires_approval: true, valid_from: "2026-11-01T06:15:00Z"}
      tier: *top
    expect: []
--- */
WITH held AS (
    SELECT surface, target_id, coalesce(access, '') AS access, count(DISTINCT principal_id) AS eligible
    FROM assignment
    WHERE kind = 'eligible' AND valid_to IS NULL AND surface IN ('entra_role', 'group')
    GROUP BY surface, target_id, coalesce(access, '')
)
SELECT p.surface, p.target_id, p.target_name, p.access, p.valid_from AS occurred_at, t.tier, h.eligible
FROM policy AS p
JOIN held AS h ON h.surface = p.surface AND h.target_id = p.target_id AND h.access = coalesce(p.access, '')
JOIN tier AS t ON t.surface = p.surface AND t.target_id = p.target_id
WHERE p.valid_to IS NULL AND NOT p.requires_approval AND list_contains($tiers, t.tier)
ORDER BY p.surface, p.target_id, p.access
