/* ---
title: Activation that asks for no reason
version: 1.0.0
severity: low
confidence: 0.95
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, policy, setting, tier]
keys: [surface, target_id, access]
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
message: "{% if access %}Becoming {{ access }} of {% endif %}{{ target_name or target_id }} asks for {{ lacking }}"
why: "{% if ticket_demanded %}The configuration demands a ticket for {{ tier }}, and the PIM settings do not ask for one{% else
  %}The PIM settings ask for neither{% endif %}; {{ eligible }} {% if eligible == 1 %}principal is{% else %}principals are{%
  endif %} eligible."
remediation: Switch on justification in the PIM settings, and ticket information too where the tier needs one.
controls: [iso27001:A.8.2, iso27001:A.8.15, nis2:21.2.i, finma:2023-1]
false_positives:
  - "the ticket is written into the justification: set [tickets] in_justification, and asking for a justification is enough"
blind_spots:
  - whether what people write makes sense is the matter of activation.weak_justification and activation.invalid_ticket
  - a target that nobody is eligible for is not told
tests:
  - name: a role that asks for neither
    given:
      assignment: &eligible [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      policy: [{surface: entra_role, target_id: t1, target_name: Billing Administrator, requires_justification: false, requires_ticket: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect:
      - target_id: t1
        access: null
        message: Billing Administrator asks for neither a justification nor a ticket
        why: The PIM settings ask for neither; 1 principal is eligible.
  - name: a group whose tier needs a ticket
    given: &ticketless
      assignment: [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}]
      policy: [{surface: group, target_id: g1, target_name: sg-tier0, access: member, requires_justification: true, requires_ticket: false, valid_from: "2026-10-17T06:15:00Z"}]
      tier: [{surface: group, target_id: g1, tier: tier0}]
      setting: [{name: tickets.required_tier, value: tier0}]
    expect:
      - access: member
        message: Becoming member of sg-tier0 asks for no ticket
        why: The configuration demands a ticket for tier0, and the PIM settings do not ask for one; 1 principal is eligible.
  - name: where the justification is the place for tickets, asking for one is enough
    near: true
    given:
      <<: *ticketless
      setting: [{name: tickets.required_tier, value: tier0}, {name: tickets.in_justification, value: "true"}]
    expect: []
  - name: another tier needs tickets
    near: true
    given:
      <<: *ticketless
      setting: [{name: tickets.required_tier, value: tier1}]
    expect: []
  - name: a ticket alone is a reason
    given:
      assignment: *eligible
      policy: [{surface: entra_role, target_id: t1, requires_justification: false, requires_ticket: true, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: what the policy asks for is not known
    near: true
    given:
      assignment: *eligible
      policy: [{surface: entra_role, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      tier: [{surface: entra_role, target_id: t1, tier: tier0}]
      setting: [{name: tickets.required_tier, value: tier0}]
    expect: []
  - name: nobody can activate it
    near: true
    given:
      policy: [{surface: entra_role, target_id: t1, requires_justification: false, requires_ticket: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
--- */
WITH held AS (
    SELECT surface, target_id, coalesce(access, '') AS access, count(DISTINCT principal_id) AS eligible
    FROM assignment
    WHERE kind = 'eligible' AND valid_to IS NULL AND surface IN ('entra_role', 'group')
    GROUP BY surface, target_id, coalesce(access, '')
),
place AS (
    SELECT count(*) AS justification_counts
    FROM setting
    WHERE name = 'tickets.in_justification' AND lower(value) = 'true'
),
judged AS (
    SELECT p.*, t.tier, h.eligible,
        NOT p.requires_justification AND NOT p.requires_ticket AS asks_nothing,
        s.value IS NOT NULL AND NOT p.requires_ticket AND (j.justification_counts = 0 OR NOT p.requires_justification)
            AS ticket_demanded
    FROM policy AS p
    CROSS JOIN place AS j
    JOIN held AS h ON h.surface = p.surface AND h.target_id = p.target_id AND h.access = coalesce(p.access, '')
    LEFT JOIN tier AS t ON t.surface = p.surface AND t.target_id = p.target_id
    LEFT JOIN setting AS s ON s.name = 'tickets.required_tier' AND s.value = t.tier
    WHERE p.valid_to IS NULL
)
SELECT surface, target_id, target_name, access, valid_from AS occurred_at, tier, eligible,
    coalesce(ticket_demanded, false) AS ticket_demanded,
    CASE WHEN asks_nothing THEN 'neither a justification nor a ticket' ELSE 'no ticket' END AS lacking
FROM judged
WHERE asks_nothing OR ticket_demanded
ORDER BY surface, target_id, access
