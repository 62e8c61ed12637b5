/* ---
title: Nobody is told of grants or activations
version: 1.0.0
severity: low
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, policy, tier]
keys: [surface, target_id, access]
tactics: [DefenseEvasion]
techniques: [T1562]
message: "No administrator is told when {% if access %}somebody becomes {{ access }} of {% else %}somebody gets {% endif %}{{
  target_name or target_id }}"
why: "No mail goes out about {{ untold | listed }}: the default recipients are switched off and nobody else is named."
remediation: Switch the default recipients on again in the PIM settings, or name a mailbox that a team reads.
controls: [iso27001:A.8.15, iso27001:A.8.16, nis2:21.2.i, finma:2023-1]
false_positives:
  - organisations that watch PIM with something else than its mails and have switched them off on purpose
blind_spots:
  - a mailbox that is named and that nobody reads counts as somebody
  - mails to the requester and to approvers do not count here
tests:
  - name: a role, nothing at all
    given:
      assignment: &eligible [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      policy: [{surface: entra_role, target_id: t1, target_name: Billing Administrator, notify_on_eligible: false, notify_on_active: false, notify_on_activation: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect:
      - target_id: t1
        untold: [eligible assignments, active assignments, activations]
        message: No administrator is told when somebody gets Billing Administrator
        why: "No mail goes out about eligible assignments, active assignments and activations: the default recipients are switched off and nobody else is named."
  - name: a group's members, activations alone
    given:
      assignment: [{assignment_id: s1, surface: group, kind: active, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}]
      policy: [{surface: group, target_id: g1, target_name: sg-sap, access: member, notify_on_eligible: true, notify_on_activation: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: [{access: member, untold: [activations], message: No administrator is told when somebody becomes member of sg-sap}]
  - name: somebody is told
    given:
      assignment: *eligible
      policy: [{surface: entra_role, target_id: t1, notify_on_eligible: true, notify_on_active: true, notify_on_activation: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: whether somebody is told is not known
    near: true
    given:
      assignment: *eligible
      policy: [{surface: entra_role, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: nobody holds it, and it is not tier0
    near: true
    given:
      policy: &off [{surface: entra_role, target_id: t1, notify_on_activation: false, valid_from: "2026-10-17T06:15:00Z"}]
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
    expect: []
  - name: nobody holds it, but it is tier0
    given:
      policy: *off
      tier: [{surface: entra_role, target_id: t1, tier: tier0}]
    expect: [{target_id: t1, tier: tier0}]
--- */
WITH held AS (
    SELECT DISTINCT surface, target_id, coalesce(access, '') AS access
    FROM assignment
    WHERE valid_to IS NULL AND surface IN ('entra_role', 'group')
)
SELECT p.surface, p.target_id, p.target_name, p.access, p.valid_from AS occurred_at, t.tier,
    list_filter([CASE WHEN NOT p.notify_on_eligible THEN 'eligible assignments' END,
        CASE WHEN NOT p.notify_on_active THEN 'active assignments' END,
        CASE WHEN NOT p.notify_on_activation THEN 'activations' END], lambda what: what IS NOT NULL) AS untold
FROM policy AS p
LEFT JOIN held AS h ON h.surface = p.surface AND h.target_id = p.target_id AND h.access = coalesce(p.access, '')
LEFT JOIN tier AS t ON t.surface = p.surface AND t.target_id = p.target_id
WHERE p.valid_to IS NULL AND NOT (p.notify_on_eligible AND p.notify_on_active AND p.notify_on_activation)
    AND (h.target_id IS NOT NULL OR t.tier = 'tier0')
ORDER BY p.surface, p.target_id, p.access
