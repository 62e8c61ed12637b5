/* ---
title: Top-tier head count
question: How many accounts can reach each of the most powerful roles, directly or through groups?
type: point_in_time
criterion: no tier 0 role is within reach of more accounts than the limit
criterion_source: the parameter below; the entity sets its own
population: tier 0 roles at the end of the period
numerator: tier 0 roles within reach of more accounts than the limit
denominator: tier 0 roles
counts: exceptions
measures:
  tier0_accounts: {label: accounts that reach any tier 0 role, unit: accounts}
needs: [role_assignment_instances, role_eligibility_instances, group_members]
reads: [role, assignment, group_edge, entra_group, principal, break_glass]
params:
  max_accounts: {type: integer, default: 5, doc: accounts that may reach one tier 0 role, source: pimtrail default}
blind_spots:
  - owners of a group can make themselves members; they are not counted unless PIM lists them as such
  - administrators who can reset such an account's credentials reach it too and are not counted
tests:
  - name: direct, through a PIM group, nested, and each account once
    as_of: 2026-12-01T00:00:00Z
    given:
      role:
        - {role_id: r1, name: Global Administrator, tier: tier0, valid_from: 2026-11-01T00:00:00Z}
        - {role_id: r2, name: Nobody, tier: tier0, valid_from: 2026-11-01T00:00:00Z}
        - {role_id: r3, name: Reader, tier: tier2, valid_from: 2026-11-01T00:00:00Z}
      assignment:
        - {assignment_id: 1, surface: entra_role, kind: eligible, principal_id: u1, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 2, surface: entra_role, kind: active, principal_id: u1, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 3, surface: entra_role, kind: active, principal_id: g1, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 4, surface: group, kind: eligible, principal_id: u2, target_id: g1, access: member, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 5, surface: group, kind: eligible, principal_id: u9, target_id: g1, access: owner, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 6, surface: entra_role, kind: active, principal_id: bg, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 8, surface: entra_role, kind: active, principal_id: u8, target_id: r1, ends_at: 2026-11-30T00:00:00Z, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 7, surface: entra_role, kind: active, principal_id: u4, target_id: r3, valid_from: 2026-11-01T00:00:00Z}
      group_edge:
        - {group_id: g1, member_id: g2, edge: member, valid_from: 2026-11-01T00:00:00Z}
        - {group_id: g2, member_id: u3, edge: member, valid_from: 2026-11-01T00:00:00Z}
        - {group_id: g2, member_id: s1, edge: member, valid_from: 2026-11-01T00:00:00Z}
        - {group_id: g2, member_id: g1, edge: member, valid_from: 2026-11-01T00:00:00Z}
        - {group_id: g2, member_id: u5, edge: member, valid_from: 2026-11-01T00:00:00Z, valid_to: 2026-11-09T00:00:00Z}
      entra_group:
        - {group_id: g1, valid_from: 2026-11-01T00:00:00Z}
        - {group_id: g2, valid_from: 2026-11-01T00:00:00Z}
      principal: [{principal_id: s1, kind: service_principal}]
      break_glass: [{member: bg, principal_id: bg}]
    expect:
      - {row_id: r1, accounts: 5, workloads: 1, emergency: 1, directly: 2, passes: true, tier0_accounts: 5}
      - {row_id: r2, accounts: 0, passes: true}
  - name: over the limit
    as_of: 2026-12-01T00:00:00Z
    given:
      role: [{role_id: r1, tier: tier0, valid_from: 2026-11-01T00:00:00Z}]
      assignment:
        - {assignment_id: 1, surface: entra_role, principal_id: u1, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 2, surface: entra_role, principal_id: u2, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 3, surface: entra_role, principal_id: u3, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 4, surface: entra_role, principal_id: u4, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 5, surface: entra_role, principal_id: u5, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
        - {assignment_id: 6, surface: entra_role, principal_id: u6, target_id: r1, valid_from: 2026-11-01T00:00:00Z}
    expect: [{row_id: r1, accounts: 6, passes: false, reason: more accounts than the limit}]
--- */
WITH RECURSIVE top_role AS (
    SELECT DISTINCT role_id, name FROM role
    WHERE tier = 'tier0' AND valid_from <= $as_of AND (valid_to IS NULL OR valid_to > $as_of)
),
held AS (
    SELECT surface, principal_id, target_id, access FROM assignment
    WHERE valid_from <= $as_of AND (valid_to IS NULL OR valid_to > $as_of) AND (ends_at IS NULL OR ends_at > $as_of)
),
inside AS (
    SELECT group_id, member_id FROM group_edge
    WHERE edge = 'member' AND valid_from <= $as_of AND (valid_to IS NULL OR valid_to > $as_of)
    UNION
    SELECT target_id, principal_id FROM held WHERE surface = 'group' AND access = 'member'
),
reach AS (
    SELECT r.role_id, h.principal_id
    FROM top_role r JOIN held h ON h.surface = 'entra_role' AND h.target_id = r.role_id
    UNION
    SELECT reach.role_id, inside.member_id FROM reach JOIN inside ON inside.group_id = reach.principal_id
),
account AS (
    SELECT reach.role_id, reach.principal_id,
        EXISTS (SELECT 1 FROM held h WHERE h.surface = 'entra_role'
            AND h.target_id = reach.role_id AND h.principal_id = reach.principal_id) AS direct,
        EXISTS (SELECT 1 FROM principal p
            WHERE p.principal_id = reach.principal_id AND p.kind = 'service_principal') AS workload,
        EXISTS (SELECT 1 FROM break_glass b WHERE b.principal_id = reach.principal_id) AS emergency
    FROM reach
    WHERE NOT EXISTS (SELECT 1 FROM entra_group g WHERE g.group_id = reach.principal_id)
)
SELECT
    r.role_id AS row_id,
    r.name AS role_name,
    count(a.principal_id) AS accounts,
    count(a.principal_id) FILTER (WHERE a.direct) AS directly,
    count(a.principal_id) FILTER (WHERE a.workload) AS workloads,
    count(a.principal_id) FILTER (WHERE a.emergency) AS emergency,
    $max_accounts AS limit_accounts,
    (SELECT count(DISTINCT principal_id) FROM account) AS tier0_accounts,
    CASE WHEN count(a.principal_id) > $max_accounts THEN 'more accounts than the limit' END AS reason,
    count(a.principal_id) <= $max_accounts AS passes
FROM top_role r LEFT JOIN account a ON a.role_id = r.role_id
GROUP BY r.role_id, r.name
ORDER BY r.name, r.role_id
