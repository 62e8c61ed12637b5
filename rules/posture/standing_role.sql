/* ---
title: Role held all the time
version: 1.0.0
severity: high
confidence: 0.95
status: stable
surface: [entra_role]
kind: state
reads: [assignment, break_glass, tier]
needs: [role_assignment_instances]
keys: [principal_id, target_id, scope]
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098.003, T1078.004]
message: "{{ principal_name or principal_upn or principal_id }} holds {{ target_name or target_id }}{% if scope and scope != '/'
  %} over {{ scope }}{% endif %} all the time"
why: "The active assignment has no end and needs no activation{% if tier %}; the role is {{ tier }}{% endif %}.{% if
  principal_kind == 'service_principal' %} An application cannot activate: whoever can give it a credential has the role.{%
  endif %}{% if no_break_glass %} No emergency account is configured, so this may be one.{% endif %}"
remediation: Make the person eligible instead and remove the active assignment. Name emergency accounts under break_glass. Give an
  application a permission of its own in place of a role.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - emergency accounts that the configuration does not name
  - applications that need the role and whose credentials are guarded
blind_spots:
  - a role held through a group is told of the group, by posture.group_not_in_pim or posture.standing_group_member
  - an application that holds a role of tier2, as Microsoft's own do, is not told
  - an assignment whose end lies decades away counts as one with an end
tests:
  - name: a person
    given:
      assignment: &walter [{assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: p1, principal_kind: user, principal_name: Walter Wyss, target_id: t1, target_name: Exchange Administrator, scope: "/", member_type: direct, starts_at: "2026-09-01T08:00:00Z", valid_from: "2026-10-17T06:15:00Z"}]
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
      break_glass: &emergency [{member: bg1@contoso.example, principal_id: bg1}]
    expect:
      - principal_id: p1
        target_id: t1
        scope: "/"
        severity: high
        occurred_at: "2026-09-01T08:00:00Z"
        message: Walter Wyss holds Exchange Administrator all the time
        why: The active assignment has no end and needs no activation; the role is tier1.
  - name: where no emergency account is configured it may be one
    given:
      assignment: *walter
    expect: [{why: "The active assignment has no end and needs no activation. No emergency account is configured, so this may be one."}]
  - name: a role that only reads
    given:
      assignment: *walter
      tier: [{surface: entra_role, target_id: t1, tier: tier2}]
      break_glass: *emergency
    expect: [{severity: medium}]
  - name: an application
    given:
      assignment: &application
        - {assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: sp1, principal_kind: service_principal, principal_name: HR Connector, target_id: t1, target_name: User Administrator, scope: /administrativeUnits/5f11, valid_from: "2026-10-17T06:15:00Z"}
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
      break_glass: *emergency
    expect: [{message: HR Connector holds User Administrator over /administrativeUnits/5f11 all the time, why: "The active assignment has no end and needs no activation; the role is tier1. An application cannot activate: whoever can give it a credential has the role."}]
  - name: an application of which the directory itself is made
    near: true
    given:
      assignment: *application
      tier: [{surface: entra_role, target_id: t1, tier: tier2}]
    expect: []
  - name: an emergency account
    near: true
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: bg1, principal_kind: user, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      break_glass: [{member: nobody@contoso.example}, {member: bg1@contoso.example, principal_id: bg1}]
    expect: []
  - name: a group, which is another rule's
    near: true
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: g1, principal_kind: group, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: a member of such a group
    near: true
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: p1, principal_kind: user, member_type: group, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: with an end, activated, eligible, or gone
    given:
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: active, assignment_type: assigned, principal_id: p1, target_id: t1, ends_at: "2027-01-01T00:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: entra_role, kind: active, assignment_type: activated, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s3, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s4, surface: entra_role, kind: active, assignment_type: assigned, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
    expect: []
  - name: whether it was activated is not known
    near: true
    given:
      assignment: [{assignment_id: s1, surface: entra_role, kind: active, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
--- */
WITH named AS (
    SELECT count(*) AS accounts
    FROM break_glass
)
SELECT a.surface, a.principal_id, a.principal_kind, a.principal_name, a.principal_upn, a.target_id, a.target_name, a.scope,
    coalesce(a.starts_at, a.valid_from) AS occurred_at, t.tier, n.accounts = 0 AS no_break_glass,
    CASE WHEN t.tier = 'tier2' THEN 'medium' ELSE 'high' END AS severity, list_value(a.assignment_id) AS event_ids
FROM assignment AS a
CROSS JOIN named AS n
LEFT JOIN tier AS t ON t.surface = a.surface AND t.target_id = a.target_id
WHERE a.surface = 'entra_role' AND a.kind = 'active' AND a.assignment_type = 'assigned' AND a.ends_at IS NULL
    AND a.valid_to IS NULL AND coalesce(a.member_type, 'direct') = 'direct'
    AND a.principal_kind IS DISTINCT FROM 'group'
    AND NOT (a.principal_kind IS NOT DISTINCT FROM 'service_principal' AND t.tier IS NOT DISTINCT FROM 'tier2')
    AND NOT EXISTS (SELECT 1 FROM break_glass AS b WHERE b.principal_id = a.principal_id)
ORDER BY a.target_id, a.principal_id, a.scope
