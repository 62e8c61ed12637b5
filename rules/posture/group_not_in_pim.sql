/* ---
title: Privileged group that PIM does not guard
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [group]
kind: state
reads: [assignment, entra_group, group_edge, high_impact]
needs: [role_assignment_instances, role_eligibility_instances, groups, group_resources]
keys: [target_id]
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098.007, T1078.004]
message: "{{ target_name or target_id }} {{ matter }} and is not in PIM"
why: "{% if roles %}It holds {{ roles | listed }}. {% endif %}Membership and ownership are given outside PIM, without end, approval
  or ticket{% if roles and members %}; {{ members }} {% if members == 1 %}member or owner is{% else %}members and owners are{%
  endif %} on record{% endif %}."
remediation: Bring the group into PIM for Groups, make its members and owners eligible with an end, then remove the standing ones.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - groups of workload identities, whose members cannot activate; guard who may change the group instead
blind_spots:
  - what a group opens outside the directory is not seen; name such groups under high_impact
  - before the first list of groups in PIM nothing is known, and nothing is found
tests:
  - name: it holds roles
    given:
      entra_group: &legacy [{group_id: g1, name: sg-legacy, kind: security, is_role_assignable: true, is_onboarded: false, valid_from: "2026-10-17T06:15:00Z"}]
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: g1, principal_kind: group, target_id: t1, target_name: User Administrator, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: eligible, principal_id: g1, principal_kind: group, target_id: t2, target_name: Exchange Administrator, valid_from: "2026-10-17T06:15:00Z"}
      group_edge:
        - {group_id: g1, member_id: p1, edge: member, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: g1, member_id: p1, edge: owner, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: g1, member_id: p2, edge: member, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: g1, member_id: p3, edge: member, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-18T06:15:00Z"}
    expect:
      - target_id: g1
        severity: high
        roles: [Exchange Administrator, User Administrator]
        members: 2
        message: sg-legacy holds directory roles and is not in PIM
        why: It holds Exchange Administrator and User Administrator. Membership and ownership are given outside PIM, without end, approval or ticket; 2 members and owners are on record.
  - name: role-assignable, and holding nothing yet
    given:
      entra_group: *legacy
    expect: [{target_id: g1, severity: medium, message: sg-legacy can be given directory roles and is not in PIM}]
  - name: named high impact in the configuration
    given:
      entra_group: [{group_id: g2, name: sg-rdp, kind: security, is_role_assignable: false, is_onboarded: false, valid_from: "2026-10-17T06:15:00Z"}]
      high_impact: [{named: sg-rdp, target_id: g2}, {named: SG-RDP, target_id: g2}]
      assignment: [{assignment_id: s1, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: p1, target_id: g2, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{target_id: g2, severity: high, message: sg-rdp is named high impact and is not in PIM, why: "Membership and ownership are given outside PIM, without end, approval or ticket."}]
  - name: in PIM
    given:
      entra_group: [{group_id: g1, name: sg-legacy, kind: security, is_role_assignable: true, is_onboarded: true, valid_from: "2026-10-17T06:15:00Z"}]
      assignment: [{assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: g1, principal_kind: group, target_id: t1, target_name: User Administrator, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: whether it is in PIM is not known
    near: true
    given:
      entra_group: [{group_id: g1, name: sg-legacy, kind: security, is_role_assignable: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: an ordinary group that opens nothing here
    near: true
    given:
      entra_group: [{group_id: g1, name: lic-e5, kind: security, is_role_assignable: false, is_onboarded: false, valid_from: "2026-10-17T06:15:00Z"}]
      assignment: [{assignment_id: s1, surface: entra_role, kind: active, principal_id: g1, target_id: t1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-18T06:15:00Z"}]
    expect: []
  - name: a group that is a member of another holds no role by that
    near: true
    given:
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: g1, target_id: g9, valid_from: "2026-10-17T06:15:00Z"}]
      entra_group: [{group_id: g1, name: sg-team, kind: security, is_role_assignable: false, is_onboarded: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
--- */
WITH holding AS (
    SELECT principal_id AS group_id, list_sort(list(DISTINCT coalesce(target_name, target_id))) AS roles
    FROM assignment
    WHERE surface = 'entra_role' AND valid_to IS NULL AND coalesce(member_type, 'direct') = 'direct'
    GROUP BY principal_id
),
crew AS (
    SELECT group_id, count(DISTINCT member_id) AS members
    FROM group_edge
    WHERE valid_to IS NULL
    GROUP BY group_id
),
named AS (
    SELECT DISTINCT target_id
    FROM high_impact
    WHERE target_id IS NOT NULL
)
SELECT 'group' AS surface, g.group_id AS target_id, g.name AS target_name, g.valid_from AS occurred_at, h.roles,
    coalesce(c.members, 0) AS members,
    CASE WHEN h.roles IS NULL AND n.target_id IS NULL THEN 'medium' ELSE 'high' END AS severity,
    CASE WHEN h.roles IS NOT NULL THEN 'holds directory roles' WHEN n.target_id IS NOT NULL THEN 'is named high impact'
        ELSE 'can be given directory roles' END AS matter
FROM entra_group AS g
LEFT JOIN holding AS h ON h.group_id = g.group_id
LEFT JOIN crew AS c ON c.group_id = g.group_id
LEFT JOIN named AS n ON n.target_id = g.group_id
WHERE g.valid_to IS NULL AND NOT g.is_onboarded AND g.kind IS NOT NULL
    AND (g.is_role_assignable OR h.roles IS NOT NULL OR n.target_id IS NOT NULL)
ORDER BY g.group_id
