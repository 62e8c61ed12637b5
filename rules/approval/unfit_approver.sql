/* ---
title: Approver who cannot or should not approve
version: 1.0.0
severity: high
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: state
reads: [group_edge, policy, policy_approver, principal]
needs: [role_policies, group_policies, users]
keys: [surface, target_id, access, approver_id]
tactics: [PrivilegeEscalation, DefenseEvasion]
techniques: [T1078.004, T1098]
message: "{% if approver_id %}{{ approver_name or approver_upn or approver_id }}, who approves {% if access %}{{ access }} of {% endif %}{{
  target_name or target_id }}, is {{ fault }}{% else %}Nobody is named to approve {% if access %}{{ access }} of {% endif %}{{ target_name or
  target_id }}{% endif %}"
why: "The policy asks for approval. {% if approver_id %}{% if fit > 0 %}{{ fit | number }} other{% if fit != 1 %}s{% endif %} can still
  approve.{% else %}Nobody else who is named can approve, so requests expire after a day{% if surface == 'entra_role' %} or somebody takes
  the approval away{% endif %}.{% endif %}{% if fault == 'a guest' %} A guest's account is in another organisation's hands.{% endif %}{%
  elif surface == 'entra_role' %}With nobody named the service asks those who hold Global Administrator or Privileged Role Administrator:
  nobody who knows the work.{% else %}Requests expire after a day.{% endif %}"
remediation: Name two or more people in the policy who know the work and whose accounts are alive, and take the others out.
controls: [iso27001:A.5.3, iso27001:A.8.2, iso27001:A.5.18, nis2:21.2.i]
false_positives:
  - a person whose account was disabled for a leave
blind_spots:
  - managers named as approvers are not looked up
  - of a group named as approver only the members that were collected are judged, and not groups inside it
  - people who are there and never look at requests
tests:
  - name: disabled beside one who is fine, a guest, and one who is gone
    given:
      policy: &asks
        - {policy_id: x1, surface: entra_role, target_id: t1, target_name: Global Administrator, requires_approval: true, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: x2, surface: group, target_id: g1, target_name: sg-sap, access: owner, requires_approval: true, valid_from: "2026-10-17T06:15:00Z"}
      policy_approver:
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: P1, approver_name: Old Name, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: p2, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: x2, target_id: g1, access: owner, approver_kind: user, approver_id: p3, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: x2, target_id: g1, access: owner, approver_kind: user, approver_id: p4, approver_name: Gone, valid_from: "2026-10-17T06:15:00Z"}
      principal: &people
        - {principal_id: p1, kind: user, name: Anna, enabled: false, user_type: Member, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p2, kind: user, name: Beat, enabled: true, user_type: Member, valid_from: "2026-10-17T06:15:00Z"}
        - {principal_id: p3, kind: user, name: Li Chen, enabled: true, user_type: Guest, valid_from: "2026-10-17T06:15:00Z"}
    expect:
      - {surface: entra_role, approver_id: P1, severity: medium, fit: 1, message: "Anna, who approves Global Administrator, is disabled", why: The policy asks for approval. 1 other can still approve.}
      - {surface: group, access: owner, approver_id: p3, severity: null, fault: a guest}
      - {approver_id: p4, fault: no longer in the directory, severity: null, message: "Gone, who approves owner of sg-sap, is no longer in the directory"}
  - name: nobody is named, for a role and for a group
    given:
      policy: *asks
      principal: *people
    expect:
      - {surface: entra_role, approver_id: null, severity: medium, message: Nobody is named to approve Global Administrator}
      - {surface: group, approver_id: null, severity: null, message: Nobody is named to approve owner of sg-sap, why: The policy asks for approval. Requests expire after a day.}
  - name: alive and well
    given:
      policy: [{policy_id: x1, surface: entra_role, target_id: t1, requires_approval: true, valid_from: "2026-10-17T06:15:00Z"}]
      policy_approver: [{policy_id: x1, target_id: t1, approver_kind: user, approver_id: p2, valid_from: "2026-10-17T06:15:00Z"}]
      principal: *people
    expect: []
  - name: the policy asks for no approval, or it is not known, or did in the past
    near: true
    given:
      policy:
        - {policy_id: x1, surface: entra_role, target_id: t1, requires_approval: false, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: x2, surface: entra_role, target_id: t2, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: x3, surface: entra_role, target_id: t3, requires_approval: true, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
      principal: *people
    expect: []
  - name: a manager, a group nobody has looked into, a state that is not told, and one who was taken out
    near: true
    given:
      policy:
        - {policy_id: x1, surface: entra_role, target_id: t1, requires_approval: true, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: x2, surface: group, target_id: g1, access: member, requires_approval: true, valid_from: "2026-10-17T06:15:00Z"}
      policy_approver:
        - {policy_id: x1, target_id: t1, approver_kind: manager, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: p1, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-11-01T06:15:00Z"}
        - {policy_id: x1, target_id: t1, approver_kind: user, approver_id: p5, valid_from: "2026-10-17T06:15:00Z"}
        - {policy_id: x2, target_id: g1, access: member, approver_kind: group, approver_id: crew, valid_from: "2026-10-17T06:15:00Z"}
      principal: [*people, {principal_id: p5, kind: user, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: a group of approvers, all of whom are disabled
    given:
      policy: [{policy_id: x2, surface: group, target_id: g1, access: member, requires_approval: true, valid_from: "2026-10-17T06:15:00Z"}]
      policy_approver: [{policy_id: x2, target_id: g1, access: member, approver_kind: group, approver_id: crew, approver_name: sg-approvers, valid_from: "2026-10-17T06:15:00Z"}]
      group_edge: [{group_id: crew, member_id: p1, member_kind: user, edge: member, valid_from: "2026-10-17T06:15:00Z"}]
      principal: *people
    expect: [{approver_id: crew, fault: a group in which nobody can approve, severity: null}]
--- */
WITH asking AS (
    SELECT policy_id, surface, target_id, target_name, access, valid_from
    FROM policy
    WHERE requires_approval AND valid_to IS NULL AND surface IN ('entra_role', 'group')
),
people AS (
    SELECT lower(principal_id) AS person_id, name, upn, enabled, user_type
    FROM principal
    WHERE valid_to IS NULL AND kind = 'user'
),
crews AS (
    SELECT lower(e.group_id) AS crew_id,
        bool_or(coalesce(e.member_kind, 'user') <> 'user' OR (p.person_id IS NOT NULL AND p.enabled IS DISTINCT FROM false))
            AS able
    FROM group_edge AS e
    LEFT JOIN people AS p ON p.person_id = lower(e.member_id)
    WHERE e.edge = 'member' AND e.valid_to IS NULL
    GROUP BY lower(e.group_id)
),
named AS (
    SELECT a.policy_id, a.surface, a.target_id, a.target_name, a.access, r.approver_kind, r.approver_id,
        coalesce(p.name, r.approver_name) AS approver_name, p.upn AS approver_upn,
        greatest(a.valid_from, r.valid_from) AS seen_at,
        CASE WHEN r.approver_kind = 'user' AND r.approver_id IS NOT NULL AND p.person_id IS NULL
                THEN 'no longer in the directory'
            WHEN r.approver_kind = 'user' AND p.enabled = false THEN 'disabled'
            WHEN r.approver_kind = 'user' AND lower(p.user_type) = 'guest' THEN 'a guest'
            WHEN r.approver_kind = 'group' AND c.able = false THEN 'a group in which nobody can approve' END AS fault
    FROM asking AS a
    JOIN policy_approver AS r ON r.policy_id = a.policy_id AND r.valid_to IS NULL
    LEFT JOIN people AS p ON p.person_id = lower(r.approver_id)
    LEFT JOIN crews AS c ON c.crew_id = lower(r.approver_id)
),
able AS (
    SELECT policy_id, count(*) FILTER (WHERE fault IS NULL) AS fit
    FROM named
    GROUP BY policy_id
)
SELECT n.surface, n.target_id, n.access, n.approver_id, n.seen_at AS occurred_at,
    CASE WHEN b.fit > 0 AND n.fault <> 'a guest' THEN 'medium' END AS severity, n.target_name, n.approver_kind,
    n.approver_name, n.approver_upn, n.fault, b.fit, CASE WHEN n.approver_kind = 'user' THEN n.approver_id END AS principal_id
FROM named AS n
JOIN able AS b ON b.policy_id = n.policy_id
WHERE n.fault IS NOT NULL
UNION ALL
SELECT a.surface, a.target_id, a.access, NULL, a.valid_from, CASE WHEN a.surface = 'entra_role' THEN 'medium' END, a.target_name,
    NULL, NULL, NULL, 'nobody', 0, NULL
FROM asking AS a
WHERE NOT EXISTS (SELECT 1 FROM policy_approver AS r WHERE r.policy_id = a.policy_id AND r.valid_to IS NULL)
ORDER BY 1, 2, 3, 4
