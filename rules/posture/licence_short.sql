/* ---
title: Fewer licences than people who need one
version: 1.0.0
severity: low
confidence: 0.7
status: stable
surface: [tenant]
kind: state
reads: [assignment, group_edge, licence, policy_approver, principal]
needs: [subscribed_skus, users]
keys: [licence_kind]
tactics: [DefenseEvasion]
techniques: [T1562]
message: "{{ people | number }} people need Entra ID P2 or Governance, and {{ bought | number }} licences are bought"
why: "{{ people | number }} people are eligible, hold a time-bound or activated assignment, or approve. Where the licence ends PIM
  ends: eligible assignments are removed and settings no longer hold."
remediation: Buy the missing licences, or take eligibility from those who do not need it; then check that each of these people has
  one assigned.
controls: [iso27001:A.5.32, nis2:21.2.i, finma:2023-1]
false_positives:
  - licences that a bundle brings and Graph does not name as such
blind_spots:
  - whether the licences are assigned to just these people is not seen
  - people who only review access are not counted
tests:
  - name: three people and one of a group, two licences
    as_of: "2026-11-01T06:15:00Z"
    given: &short
      assignment:
        - {assignment_id: s1, surface: entra_role, kind: eligible, principal_id: p1, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s2, surface: group, kind: eligible, access: member, principal_id: p1, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s3, surface: group, kind: active, assignment_type: assigned, access: member, principal_id: p2, target_id: g1, ends_at: "2027-01-01T00:00:00Z", valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s4, surface: group, kind: eligible, access: member, principal_id: g2, target_id: g1, valid_from: "2026-10-17T06:15:00Z"}
        - {assignment_id: s5, surface: entra_role, kind: active, assignment_type: assigned, principal_id: p9, target_id: t1, valid_from: "2026-10-17T06:15:00Z"}
      group_edge: [{group_id: g2, member_id: p3, edge: member, valid_from: "2026-10-17T06:15:00Z"}]
      policy_approver: [{policy_id: x, target_id: t1, approver_kind: user, approver_id: p4, valid_from: "2026-10-17T06:15:00Z"}]
      principal: [{principal_id: p1, kind: user, valid_from: "2026-10-17T06:15:00Z"}, {principal_id: p2, kind: user, valid_from: "2026-10-17T06:15:00Z"}, {principal_id: p3, kind: user, valid_from: "2026-10-17T06:15:00Z"}, {principal_id: p4, kind: user, valid_from: "2026-10-17T06:15:00Z"}, {principal_id: p9, kind: user, valid_from: "2026-10-17T06:15:00Z"}]
      licence:
        - {sku_id: a, sku_name: SPE_E5, has_p2: true, has_governance: false, enabled_units: 2, valid_from: "2026-10-17T06:15:00Z"}
        - {sku_id: b, sku_name: SPE_E3, has_p2: false, has_governance: false, enabled_units: 900, valid_from: "2026-10-17T06:15:00Z"}
        - {sku_id: c, sku_name: AAD_PREMIUM_P2, has_p2: true, has_governance: false, enabled_units: 50, valid_from: "2026-10-17T06:15:00Z", valid_to: "2026-10-18T06:15:00Z"}
    expect:
      - surface: tenant
        licence_kind: P2 or Governance
        people: 4
        bought: 2
        message: 4 people need Entra ID P2 or Governance, and 2 licences are bought
  - name: exactly enough
    near: true
    given:
      <<: *short
      licence: [{sku_id: a, has_p2: false, has_governance: true, enabled_units: 4, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: nobody uses PIM
    given:
      licence: [{sku_id: b, has_p2: false, has_governance: false, enabled_units: 900, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
  - name: how many were bought is not known
    near: true
    given:
      <<: *short
      licence: [{sku_id: a, has_p2: true, has_governance: false, enabled_units: 2, valid_from: "2026-10-17T06:15:00Z"}, {sku_id: c, has_p2: true, has_governance: false, valid_from: "2026-10-17T06:15:00Z"}]
    expect: []
--- */
WITH named AS (
    SELECT principal_id
    FROM assignment
    WHERE valid_to IS NULL AND (kind = 'eligible' OR assignment_type = 'activated' OR ends_at IS NOT NULL)
    UNION
    SELECT approver_id FROM policy_approver WHERE valid_to IS NULL AND approver_id IS NOT NULL
),
everybody AS (
    SELECT principal_id FROM named
    UNION
    SELECT e.member_id
    FROM named AS n
    JOIN group_edge AS e ON e.group_id = n.principal_id AND e.valid_to IS NULL AND e.edge = 'member'
),
needing AS (
    SELECT count(DISTINCT p.principal_id) AS people, min(p.valid_from) AS since
    FROM everybody AS e
    JOIN principal AS p ON p.principal_id = e.principal_id
    WHERE p.valid_to IS NULL AND p.kind = 'user'
),
bought AS (
    SELECT coalesce(sum(enabled_units) FILTER (has_p2 OR has_governance), 0) AS units,
        coalesce(bool_or((has_p2 OR has_governance) AND enabled_units IS NULL), false) AS unknown,
        max(valid_from) AS since
    FROM licence
    WHERE valid_to IS NULL
)
SELECT 'tenant' AS surface, 'P2 or Governance' AS licence_kind, coalesce(b.since, n.since) AS occurred_at,
    n.people, CAST(b.units AS BIGINT) AS bought
FROM needing AS n
CROSS JOIN bought AS b
WHERE NOT b.unknown AND n.people > b.units
