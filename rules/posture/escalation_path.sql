/* ---
title: A weak step on the way to a privileged role or group
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [group]
kind: state
reads: [assignment, entra_group, group_edge, policy, privileged_group]
needs: [role_assignment_instances, role_eligibility_instances, group_assignment_instances, group_eligibility_instances, groups,
  group_policies, role_policies]
keys: [way, principal_id, target_id, access]
tactics: [PrivilegeEscalation]
techniques: [T1098.007, T1078.004]
message: "{% if way == 'nested group' %}{{ principal_name or principal_id }}, {{ weakness }}, may become {{ access }} of {{ target_name
  or target_id }}{% else %}Becoming {{ access }} of {{ target_name or target_id }} asks for less than the role it holds{% endif %}"
why: "{% if way == 'nested group' %}{{ whoever }} can put themselves on the way{% if opens %} to {{ opens | listed }}{% endif %}{% if
  members %}; {{ members }} {% if members == 1 %}principal is{% else %}principals are{% endif %} in it today{% endif %}.{% else
  %}The group holds {{ opens | listed }}. That role's settings ask for {{ lacking | listed }}, the group's do not, and the
  role's are never asked: the group holds it all the time.{% endif %}"
remediation: Make people eligible in the PIM group themselves instead of a nested group, or nest only a role-assignable group. Give
  the group's settings everything the role's ask for.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - nested groups whose membership is guarded by something outside the directory
blind_spots:
  - who exactly may change a group depends on roles and administrative units that are not weighed here
  - groups within groups count as far as members of them are read
  - a target's approvers and their habits are other rules' matter
tests:
  - name: an ordinary group
    given: &ordinary
      assignment:
        - {assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: n1, principal_kind: group, target_id: g1, target_name: sg-exchange, starts_at: "2025-03-04T08:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: active, assignment_type: assigned, principal_id: g1, target_id: t1, target_name: Exchange Administrator, valid_from: "2026-10-17T06:15:00Z"}
      entra_group: [{group_id: n1, name: sg-partners, kind: security, is_role_assignable: false, synced: false, valid_from: "2026-10-17T06:15:00Z"}]
      group_edge: [{group_id: n1, member_id: p1, edge: member, valid_from: "2026-10-17T06:15:00Z"}]
    expect:
      - way: nested group
        principal_id: n1
        target_id: g1
        access: member
        occurred_at: "2025-03-04T08:00:00Z"
        message: sg-partners, an ordinary group, may become member of sg-exchange
        why: Its owners and everybody who may change ordinary groups can put themselves on the way to Exchange Administrator; 1 principal is in it today.
  - name: a group with a membership rule, two groups away from the role
    given:
      assignment:
        - {assignment_id: s1, surface: group, kind: eligible, access: owner, principal_id: n1, principal_kind: group, target_id: g1, target_name: sg-first, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: member, principal_id: g1, principal_kind: group, target_id: g2, target_name: sg-second, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s3, surface: entra_role, kind: eligible, principal_id: g2, target_id: t1, target_name: Global Administrator, valid_from: "2026-10-17T06:15:00Z"}
      entra_group: [{group_id: n1, name: dyn-it, kind: security, is_role_assignable: false, membership_rule: "user.department -eq it", valid_from: "2026-10-17T06:15:00Z"}, {group_id: g1, name: sg-first, kind: security, is_role_assignable: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{principal_id: n1, target_id: g1, access: owner, message: "dyn-it, a group with a membership rule, may become owner of sg-first", why: Whoever may write an attribute that the rule looks at can put themselves on the way.}]
  - name: a group synced from on-premises, towards one named high impact
    given:
      assignment: [{assignment_id: s1, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: n1, principal_kind: group, target_id: g1, target_name: sg-rdp, valid_from: "2026-10-17T06:15:00Z"}]
      entra_group: [{group_id: n1, name: ad-ops, kind: security, is_role_assignable: false, synced: true, management_restricted: true, valid_from: "2026-10-17T06:15:00Z"}]
      high_impact: [{named: sg-rdp, target_id: g1}]
    expect: [{principal_id: n1, why: Whoever rules the on-premises directory can put themselves on the way.}]
  - name: weaker settings in front of a role's
    given: &weaker
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: g1, target_id: t1, target_name: Privileged Role Administrator, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, target_name: sg-tier0, valid_from: "2026-10-17T06:15:00Z"}
      policy:
        - {surface: entra_role, target_id: t1, requires_approval: true, requires_mfa: true, auth_context_id: c1, requires_ticket: true, requires_justification: true, valid_from: "2026-10-17T06:15:00Z"}
        - {surface: group, target_id: g1, access: member, requires_approval: false, requires_mfa: true, requires_ticket: true, requires_justification: true, valid_from: "2026-10-16T06:15:00Z"}
        - {surface: group, target_id: g1, access: owner, requires_approval: false, requires_mfa: false, valid_from: "2026-10-16T06:15:00Z"}
    expect:
      - way: weaker settings
        principal_id: null
        target_id: g1
        access: member
        severity: high
        occurred_at: "2026-10-16T06:15:00Z"
        message: Becoming member of sg-tier0 asks for less than the role it holds
        why: "The group holds Privileged Role Administrator. That role's settings ask for an authentication context and approval, the group's do not, and the role's are never asked: the group holds it all the time."
  - name: a ticket less is less, and not as bad
    given:
      <<: *weaker
      policy:
        - {surface: entra_role, target_id: t1, requires_approval: false, requires_mfa: true, requires_ticket: true, requires_justification: true, valid_from: "2026-10-17T06:15:00Z"}
        - {surface: group, target_id: g1, access: member, requires_approval: false, requires_mfa: true, requires_ticket: false, requires_justification: true, valid_from: "2026-10-16T06:15:00Z"}
    expect: [{severity: medium, lacking: [a ticket]}]
  - name: equally strong, MFA by a context
    given:
      <<: *weaker
      policy:
        - {surface: entra_role, target_id: t1, requires_approval: false, requires_mfa: true, requires_ticket: false, requires_justification: true, valid_from: "2026-10-17T06:15:00Z"}
        - {surface: group, target_id: g1, access: member, requires_approval: true, requires_mfa: false, auth_context_id: c1, requires_ticket: true, requires_justification: true, valid_from: "2026-10-16T06:15:00Z"}
    expect: []
  - name: what the group's settings ask for is not known
    near: true
    given:
      <<: *weaker
      policy:
        - {surface: entra_role, target_id: t1, requires_approval: true, requires_mfa: true, requires_ticket: true, valid_from: "2026-10-17T06:15:00Z"}
        - {surface: group, target_id: g1, access: member, valid_from: "2026-10-16T06:15:00Z"}
    expect: []
  - name: the group is eligible for the role, so that the role's own settings are asked
    near: true
    given:
      <<: *weaker
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: g1, target_id: t1, target_name: Privileged Role Administrator, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, target_name: sg-tier0, valid_from: "2026-10-17T06:15:00Z"}
    expect: []
  - name: a role-assignable group, one whose management is restricted, and one of which that is not known
    near: true
    given:
      <<: *ordinary
      assignment:
        - {assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: n1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: member, principal_id: n2, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s3, surface: group, kind: eligible, access: member, principal_id: n3, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s4, surface: entra_role, kind: active, assignment_type: assigned, principal_id: g1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}
      entra_group:
        - {group_id: n1, kind: security, is_role_assignable: true, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: n2, kind: security, is_role_assignable: false, management_restricted: true, valid_from: "2026-10-17T06:15:00Z"}
        - {group_id: n3, valid_from: "2026-10-17T06:15:00Z"}
    expect: []
  - name: towards a group that opens nothing known
    near: true
    given:
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: n1, principal_kind: group, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}]
      entra_group: [{group_id: n1, name: sg-vienna, kind: security, is_role_assignable: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
--- */
WITH crew AS (
    SELECT group_id, count(DISTINCT member_id) AS members
    FROM group_edge
    WHERE valid_to IS NULL AND edge = 'member'
    GROUP BY group_id
),
nested AS (
    SELECT a.principal_id, g.name AS principal_name, a.target_id, max(a.target_name) AS target_name, a.access,
        min(coalesce(a.starts_at, a.valid_from)) AS since, g.membership_rule IS NOT NULL AS ruled, coalesce(g.synced, false) AS synced,
        list_sort(list(a.assignment_id)) AS event_ids
    FROM assignment AS a
    JOIN entra_group AS g ON g.group_id = a.principal_id AND g.valid_to IS NULL AND g.kind IS NOT NULL
    JOIN privileged_group AS r ON r.group_id = a.target_id
    WHERE a.surface = 'group' AND a.valid_to IS NULL AND coalesce(a.member_type, 'direct') = 'direct'
        AND (g.synced OR (NOT g.is_role_assignable AND g.management_restricted IS NOT true))
    GROUP BY a.principal_id, g.name, a.target_id, a.access, g.membership_rule, g.synced
),
settings AS (
    SELECT *, requires_mfa OR auth_context_id IS NOT NULL AS strong FROM policy WHERE valid_to IS NULL
),
compared AS (
    SELECT a.principal_id AS target_id, g.access, g.valid_from, coalesce(a.target_name, a.target_id) AS role,
        r.requires_approval AND NOT g.requires_approval AS approval, r.strong AND NOT g.strong AS mfa,
        r.auth_context_id IS NOT NULL AND g.auth_context_id IS NULL AND g.requires_mfa IS NOT NULL AS context,
        r.requires_ticket AND NOT g.requires_ticket AS ticket,
        r.requires_justification AND NOT g.requires_justification AS justification
    FROM assignment AS a
    JOIN settings AS r ON r.surface = 'entra_role' AND r.target_id = a.target_id
    JOIN settings AS g ON g.surface = 'group' AND g.target_id = a.principal_id
    WHERE a.surface = 'entra_role' AND a.kind = 'active' AND a.assignment_type = 'assigned' AND a.valid_to IS NULL
),
weaker AS (
    SELECT c.target_id, c.access, min(c.valid_from) AS since, list_sort(list(DISTINCT c.role)) AS roles,
        bool_or(c.approval) AS approval, bool_or(c.mfa) AS mfa, bool_or(c.context) AS context, bool_or(c.ticket) AS ticket,
        bool_or(c.justification) AS justification
    FROM compared AS c
    WHERE c.approval OR c.mfa OR c.context OR c.ticket OR c.justification
    GROUP BY c.target_id, c.access
),
eligible AS (
    SELECT target_id, access, max(target_name) AS target_name
    FROM assignment
    WHERE surface = 'group' AND kind = 'eligible' AND valid_to IS NULL
    GROUP BY target_id, access
)
SELECT 'group' AS surface, 'nested group' AS way, n.principal_id, n.principal_name, n.target_id, n.target_name, n.access,
    n.since AS occurred_at, 'high' AS severity,
    CASE WHEN n.synced THEN 'a group synced from on-premises' WHEN n.ruled THEN 'a group with a membership rule'
        ELSE 'an ordinary group' END AS weakness,
    CASE WHEN n.synced THEN 'Whoever rules the on-premises directory'
        WHEN n.ruled THEN 'Whoever may write an attribute that the rule looks at'
        ELSE 'Its owners and everybody who may change ordinary groups' END AS whoever,
    h.roles AS opens, CAST(NULL AS VARCHAR[]) AS lacking, c.members, n.event_ids
FROM nested AS n
LEFT JOIN privileged_group AS h ON h.group_id = n.target_id
LEFT JOIN crew AS c ON c.group_id = n.principal_id
UNION ALL
SELECT 'group', 'weaker settings', NULL, NULL, w.target_id, e.target_name, w.access, w.since,
    CASE WHEN w.approval OR w.mfa OR w.context THEN 'high' ELSE 'medium' END, NULL, NULL, w.roles,
    list_filter([CASE WHEN w.mfa AND NOT w.context THEN 'MFA' END, CASE WHEN w.context THEN 'an authentication context' END,
        CASE WHEN w.approval THEN 'approval' END, CASE WHEN w.ticket THEN 'a ticket' END,
        CASE WHEN w.justification THEN 'a justification' END], lambda what: what IS NOT NULL), NULL, NULL
FROM weaker AS w
JOIN eligible AS e ON e.target_id = w.target_id AND e.access = w.access
ORDER BY way, target_id, access, principal_id
