/* ---
title: Guest with privileged access
version: 1.0.0
severity: high
confidence: 0.95
status: stable
surface: [entra_role, group]
kind: state
reads: [entitlement, principal]
needs: [role_assignment_instances, role_eligibility_instances, group_assignment_instances, group_eligibility_instances, users]
keys: [surface, principal_id, target_id, access]
tactics: [InitialAccess, Persistence, PrivilegeEscalation]
techniques: [T1078.004, T1199]
message: "The guest {{ principal_name or principal_upn or principal_id }} {{ how }} {% if access %}{{ access }} of {% endif %}{{ target_name or
  target_id }}"
why: "Another organisation decides how this account signs in, who uses it, and when it ends.{% if reach %} The group {{ reach }}.{% endif %}{% if
  endless %} The assignment has no end.{% endif %}"
remediation: Give the person an account of your own for this work, or limit it to a partner's group with an end, approval and reviews; remove the rest.
controls: [iso27001:A.5.18, iso27001:A.5.19, nis2:21.2.i, finma:2023-1]
false_positives:
  - partners who run a service for you under a contract that says so
blind_spots:
  - an outsider with an account of type Member is no guest here
  - membership of a group is read of groups in PIM, role-assignable ones and those named high impact
tests:
  - name: a role, eligible and active, once
    given: &role
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, target_name: Global Reader, ends_at: "2027-03-31T22:00:00Z", starts_at: "2026-04-01T07:30:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: active, assignment_type: activated, principal_id: p1, target_id: t1, target_name: Global Reader, ends_at: "2026-10-17T08:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
      principal: &person [{principal_id: p1, kind: user, name: Li Chen, user_type: Guest, valid_from: "2026-10-17T06:15:00Z"}, {principal_id: p2, kind: user, user_type: Member, valid_from: "2026-10-17T06:15:00Z"}]
    expect:
      - surface: entra_role
        principal_id: p1
        target_id: t1
        access: null
        severity: high
        endless: false
        message: The guest Li Chen may activate Global Reader
        why: "Another organisation decides how this account signs in, who uses it, and when it ends."
  - name: a PIM group that reaches no role, without end
    given:
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, target_name: sg-sap, valid_from: "2026-10-17T06:15:00Z"}]
      principal: *person
    expect: [{surface: group, access: member, severity: medium, message: The guest Li Chen may become member of sg-sap, why: "Another organisation decides how this account signs in, who uses it, and when it ends. The assignment has no end."}]
  - name: a plain member and owner of a group that holds a role
    given:
      assignment: &holding [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: g1, target_id: t1, target_name: User Administrator, valid_from: "2026-10-17T06:15:00Z"}]
      group_edge:
        - {group_id: g1, member_id: p1, edge: member, valid_from: "2026-10-18T06:15:00Z"}
        - {group_id: g1, member_id: p1, edge: owner, valid_from: "2026-10-18T06:15:00Z"}
        - {group_id: g1, member_id: p2, edge: member, valid_from: "2026-10-18T06:15:00Z"}
        - {group_id: g7, member_id: p1, edge: member, valid_from: "2026-10-18T06:15:00Z"}
      principal: *person
      target: [{surface: group, target_id: g1, name: sg-legacy}]
    expect:
      - {access: member, severity: high, occurred_at: "2026-10-18T06:15:00Z", message: The guest Li Chen is member of sg-legacy, why: "Another organisation decides how this account signs in, who uses it, and when it ends. The group holds directory roles. The assignment has no end."}
      - {access: owner, message: The guest Li Chen is owner of sg-legacy}
  - name: a member of a group that may become one that is named high impact
    given:
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: g1, target_id: g2, valid_from: "2026-10-17T06:15:00Z"}]
      group_edge: [{group_id: g1, member_id: p1, edge: member, valid_from: "2026-10-18T06:15:00Z"}]
      high_impact: [{named: sg-rdp, target_id: g2}]
      principal: *person
    expect: [{target_id: g1, access: member, severity: high, why: "Another organisation decides how this account signs in, who uses it, and when it ends. The group leads on to a group with more. The assignment has no end."}]
  - name: somebody else
    given:
      <<: *role
      principal: [{principal_id: p1, kind: user, user_type: Member, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: whether it is a guest is not known, whatever its name looks like
    near: true
    given:
      <<: *role
      principal: [{principal_id: p1, kind: user, name: Li Chen, upn: "x_y.example#EXT#@contoso.example", valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: gone, or not so any more
    near: true
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-18T06:15:00Z"}, {assignment_id: s2, surface: entra_role, kind: eligible, principal_id: p2, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      principal: [*person, [{principal_id: p2, kind: user, user_type: Guest, valid_from: "2026-10-01T06:15:00Z", valid_to: "2026-10-17T06:15:00Z"}]]
    expect: []
--- */
SELECT e.surface, e.principal_id, p.kind AS principal_kind, p.name AS principal_name, p.upn AS principal_upn,
    e.target_id, e.target_name, e.access, e.since AS occurred_at, e.endless, e.standing, e.assignment_ids AS event_ids,
    CASE WHEN e.surface = 'entra_role' OR e.matter IS NOT NULL THEN 'high' ELSE 'medium' END AS severity, e.how, e.matter AS reach
FROM entitlement AS e
JOIN principal AS p ON p.principal_id = e.principal_id AND p.valid_to IS NULL
WHERE p.user_type = 'Guest'
ORDER BY e.surface, e.target_id, e.access, e.principal_id
