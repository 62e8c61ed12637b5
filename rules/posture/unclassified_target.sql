/* ---
title: Role or group without a tier
version: 1.0.0
severity: informational
confidence: 1
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, entra_group, tier]
keys: [surface, target_id]
needs: [role_eligibility_instances, group_eligibility_instances, group_resources, groups]
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
message: "Nobody has said how much {{ target_name or target_id }} matters"
why: "{% if surface == 'group' %}The group is in PIM{% else %}The role is held{% endif %} and has no tier, so that rules about
  high-impact targets pass it by; {{ holders }} {% if holders == 1 %}principal holds{% else %}principals hold{% endif %} it or
  may activate it."
remediation: Decide whether it is high impact. If so, name it under high_impact in the configuration; if not, waive this finding.
controls: [iso27001:A.5.15, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - targets that were looked at and found harmless; a waiver says so on record
blind_spots:
  - a tier says how far a role of the directory reaches; what a group opens elsewhere only its owners know
tests:
  - name: a custom role that is held
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, target_name: Key Reader, valid_from: "2026-10-17T06:15:00Z"}]
    expect:
      - surface: entra_role
        target_id: t1
        occurred_at: "2026-10-17T06:15:00Z"
        message: Nobody has said how much Key Reader matters
        why: The role is held and has no tier, so that rules about high-impact targets pass it by; 1 principal holds it or may activate it.
  - name: a group in PIM, once for members and owners
    given:
      assignment:
        - {assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, target_name: sg-sap, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: owner, principal_id: p1, target_id: g1, target_name: sg-sap, valid_from: "2026-10-18T06:15:00Z"}
      entra_group: [{group_id: g1, name: sg-sap, kind: security, is_onboarded: true, valid_from: "2026-10-16T06:15:00Z"}]
    expect: [{surface: group, target_id: g1, holders: 1, occurred_at: "2026-10-16T06:15:00Z"}]
  - name: it has a tier
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      entra_group: [{group_id: g1, is_onboarded: true, kind: security, valid_from: "2026-10-16T06:15:00Z"}]
      tier: [{surface: entra_role, target_id: t1, tier: tier2}, {surface: group, target_id: g1, tier: tier0}]
    expect: []
  - name: a group that is not in PIM, or of which that is not known
    near: true
    given:
      entra_group: [{group_id: g1, kind: security, is_onboarded: false, valid_from: "2026-10-16T06:15:00Z"}, {group_id: g2, kind: security, valid_from: "2026-10-16T06:15:00Z"}]
    expect: []
  - name: nobody holds the role any more
    near: true
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}]
    expect: []
  - name: a group in PIM that the directory no longer has
    near: true
    given:
      entra_group: [{group_id: g1, is_onboarded: true, valid_from: "2026-10-16T06:15:00Z"}]
    expect: []
--- */
WITH held AS (
    SELECT surface, target_id, max(target_name) AS target_name, count(DISTINCT principal_id) AS holders,
        min(valid_from) AS since
    FROM assignment
    WHERE valid_to IS NULL AND surface IN ('entra_role', 'group')
    GROUP BY surface, target_id
),
target_known AS (
    SELECT surface, target_id, target_name, holders, since
    FROM held
    WHERE surface = 'entra_role'
    UNION ALL
    SELECT 'group', g.group_id, g.name, coalesce(h.holders, 0), g.valid_from
    FROM entra_group AS g
    LEFT JOIN held AS h ON h.surface = 'group' AND h.target_id = g.group_id
    WHERE g.valid_to IS NULL AND g.is_onboarded AND g.kind IS NOT NULL
)
SELECT k.surface, k.target_id, k.target_name, k.since AS occurred_at, k.holders
FROM target_known AS k
LEFT JOIN tier AS t ON t.surface = k.surface AND t.target_id = k.target_id
WHERE t.tier IS NULL
ORDER BY k.surface, k.target_id
