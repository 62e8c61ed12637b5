/* ---
title: Guest with privileged access
version: 1.0.0
severity: high
confidence: 0.95
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, group_edge, high_impact, principal, target]
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
WITH RECURSIVE opened AS (
    SELECT principal_id AS group_id FROM assignment WHERE surface = 'entra_role' AND valid_to IS NULL
    UNION
    SELECT target_id FROM high_impact WHERE target_id IS NOT NULL
),
step AS (
    SELECT principal_id AS inner_id, target_id AS outer_id FROM assignment WHERE surface = 'group' AND valid_to IS NULL
    UNION
    SELECT member_id, group_id FROM group_edge WHERE valid_to IS NULL
),
reachable AS (
    SELECT group_id FROM opened
    UNION
    SELECT s.inner_id FROM reachable AS r JOIN step AS s ON s.outer_id = r.group_id
),
person AS (
    SELECT principal_id, kind, name, upn
    FROM principal
    WHERE valid_to IS NULL AND user_type = 'Guest'
),
entitled AS (
    SELECT surface, principal_id, target_id, access, kind = 'active' AND assignment_type = 'assigned' AS standing,
        ends_at IS NULL AS endless, coalesce(starts_at, valid_from) AS since, assignment_id,
        target_name
    FROM assignment
    WHERE valid_to IS NULL AND surface IN ('entra_role', 'group') AND coalesce(member_type, 'direct') = 'direct'
    UNION ALL
    SELECT 'group', e.member_id, e.group_id, e.edge, true, true, e.valid_from, NULL, NULL
    FROM group_edge AS e
    JOIN reachable AS r ON r.group_id = e.group_id
    WHERE e.valid_to IS NULL AND NOT EXISTS (
        SELECT 1 FROM assignment AS a
        WHERE a.surface = 'group' AND a.valid_to IS NULL AND a.principal_id = e.member_id
            AND a.target_id = e.group_id AND a.access = e.edge)
),
summed AS (
    SELECT surface, principal_id, target_id, access, coalesce(bool_or(standing), false) AS standing, bool_or(endless) AS endless,
        min(since) AS since, max(target_name) AS target_name,
        list(assignment_id) FILTER (assignment_id IS NOT NULL) AS event_ids
    FROM entitled
    GROUP BY surface, principal_id, target_id, access
)
SELECT s.surface, s.principal_id, p.kind AS principal_kind, p.name AS principal_name, p.upn AS principal_upn,
    s.target_id, coalesce(t.name, s.target_name) AS target_name, s.access, s.since AS occurred_at, s.endless, s.standing, s.event_ids,
    CASE WHEN s.surface = 'entra_role' OR r.group_id IS NOT NULL THEN 'high' ELSE 'medium' END AS severity,
    CASE WHEN s.standing AND s.surface = 'group' THEN 'is' WHEN s.standing THEN 'holds'
        WHEN s.surface = 'group' THEN 'may become' ELSE 'may activate' END AS how,
    CASE WHEN s.surface = 'entra_role' OR r.group_id IS NULL THEN NULL
        WHEN h.principal_id IS NOT NULL THEN 'holds directory roles'
        WHEN o.group_id IS NOT NULL THEN 'is named high impact' ELSE 'leads on to a group with more' END AS reach
FROM summed AS s
JOIN person AS p ON p.principal_id = s.principal_id
LEFT JOIN reachable AS r ON r.group_id = s.target_id
LEFT JOIN opened AS o ON o.group_id = s.target_id
LEFT JOIN (SELECT DISTINCT principal_id FROM assignment WHERE surface = 'entra_role' AND valid_to IS NULL) AS h
    ON h.principal_id = s.target_id
LEFT JOIN target AS t ON t.surface = s.surface AND t.target_id = s.target_id
ORDER BY s.surface, s.target_id, s.access, s.principal_id
