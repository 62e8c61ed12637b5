/* ---
title: Activations may last too long
version: 1.0.0
severity: low
confidence: 0.9
status: stable
surface: [entra_role, group]
kind: state
reads: [assignment, policy, tier]
keys: [surface, target_id, access]
tactics: [PrivilegeEscalation]
techniques: [T1078.004]
params:
  tier0_hours: {type: number, default: 4, min: 0.5, max: 24, doc: longest activation of tier0}
  tier1_hours: {type: number, default: 8, min: 0.5, max: 24, doc: longest activation of tier1}
  other_hours: {type: number, default: 10, min: 0.5, max: 24, doc: longest activation of everything else}
message: "{% if access %}Access as {{ access }} of {% endif %}{{ target_name or target_id }} may be active for {{ hours | number
  }} hours at a time"
why: "The limit for {{ tier or 'targets without a tier' }} is {{ allowed | number }} hours; {{ eligible }} {% if eligible == 1
  %}principal is{% else %}principals are{% endif %} eligible."
remediation: Lower the maximum activation in the PIM settings to what a piece of work takes; it can be activated again.
controls: [iso27001:A.5.18, iso27001:A.8.2, nis2:21.2.i, finma:2023-1]
false_positives:
  - teams that work long shifts with it; raise the limit of the tier
blind_spots:
  - how long people do stay active is another matter; a short limit is renewed
  - a maximum that is missing or cannot be read is unknown and makes no finding
tests:
  - name: a role of tier0
    given:
      assignment: &eligible [{assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      policy: &eight [{surface: entra_role, target_id: t1, target_name: Application Administrator, max_activation: 28800, valid_from: "2026-10-17T06:15:00Z"}]
      tier: &top [{surface: entra_role, target_id: t1, tier: tier0}]
    expect:
      - target_id: t1
        message: Application Administrator may be active for 8 hours at a time
        why: The limit for tier0 is 4 hours; 1 principal is eligible.
  - name: the same length in tier1
    near: true
    given:
      assignment: *eligible
      policy: *eight
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
    expect: []
  - name: the limit of tier1 is lowered by configuration
    params: {tier1_hours: 7.5}
    given:
      assignment: *eligible
      policy: *eight
      tier: [{surface: entra_role, target_id: t1, tier: tier1}]
    expect: [{allowed: 7.5, why: The limit for tier1 is 7.5 hours; 1 principal is eligible.}]
  - name: a group without a tier, one second over
    given:
      assignment: &member [{assignment_id: s1, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}]
      policy:
        - {surface: group, target_id: g1, target_name: sg-sap, access: member, max_activation: 36001, valid_from: "2026-10-17T06:15:00Z"}
        - {surface: group, target_id: g1, target_name: sg-sap, access: owner, max_activation: 86400, valid_from: "2026-10-17T06:15:00Z"}
    expect: [{surface: group, access: member, allowed: 10}]
  - name: exactly the limit
    given:
      assignment: *member
      policy: [{surface: group, target_id: g1, access: member, max_activation: 36000, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: the maximum is not known
    near: true
    given:
      assignment: *eligible
      policy: [{surface: entra_role, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}]
      tier: *top
    expect: []
--- */
WITH held AS (
    SELECT surface, target_id, coalesce(access, '') AS access, count(DISTINCT principal_id) AS eligible
    FROM assignment
    WHERE kind = 'eligible' AND valid_to IS NULL AND surface IN ('entra_role', 'group')
    GROUP BY surface, target_id, coalesce(access, '')
),
judged AS (
    SELECT p.*, t.tier, h.eligible, p.max_activation / 3600.0 AS hours,
        CAST(CASE t.tier WHEN 'tier0' THEN $tier0_hours WHEN 'tier1' THEN $tier1_hours ELSE $other_hours END AS DOUBLE) AS allowed
    FROM policy AS p
    JOIN held AS h ON h.surface = p.surface AND h.target_id = p.target_id AND h.access = coalesce(p.access, '')
    LEFT JOIN tier AS t ON t.surface = p.surface AND t.target_id = p.target_id
    WHERE p.valid_to IS NULL
)
SELECT surface, target_id, target_name, access, valid_from AS occurred_at, tier, eligible,
    round(CAST(hours AS DOUBLE), 2) AS hours, allowed
FROM judged
WHERE hours > allowed
ORDER BY surface, target_id, access
