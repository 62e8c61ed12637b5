/* ---
title: No permanent rights by policy
question: Does the policy itself forbid assignments without an end?
type: point_in_time
criterion: neither eligible nor active assignments may be permanent
criterion_source: rights limited in time; pimtrail default
population: PIM policies in force at the end of the period, one a role, group membership or group ownership
numerator: policies that forbid both
denominator: policies of roles and groups that somebody holds or that are in a tier
counts: passing
needs: [role_policies, group_policies]
reads: [policy, assignment, tier]
blind_spots:
  - a setting shows what is demanded, not that it was met each time
tests:
  - name: both, one and unknown
    as_of: 2026-12-01T00:00:00Z
    given:
      policy:
        - {surface: entra_role, target_id: r1, permanent_eligible_allowed: false, permanent_active_allowed: false, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: entra_role, target_id: r2, permanent_eligible_allowed: true, permanent_active_allowed: false, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: group, target_id: g1, access: member, permanent_eligible_allowed: false, valid_from: 2026-11-01T00:00:00Z, basis: observed}
      tier: [{surface: entra_role, target_id: r1, tier: tier0, basis: list}, {surface: group, target_id: g1, tier: tier0, basis: holds_role}]
      assignment: [{assignment_id: a, surface: entra_role, target_id: r2, valid_from: 2026-11-01T00:00:00Z}]
    expect:
      - {row_id: "entra_role:r1", passes: true}
      - {row_id: "entra_role:r2", passes: false, reason: eligible may be permanent}
      - {row_id: "group:g1:member", passes: null, reason: the policy does not tell}
--- */
WITH in_force AS (
    SELECT p.*,
        t.tier,
        EXISTS (
            SELECT 1 FROM assignment a
            WHERE a.surface = p.surface AND a.target_id = p.target_id
                AND (p.access IS NULL OR a.access = p.access)
                AND a.valid_from <= $as_of AND (a.valid_to IS NULL OR a.valid_to > $as_of)
                AND (a.ends_at IS NULL OR a.ends_at > $as_of)) AS held
    FROM policy p
    LEFT JOIN (SELECT surface, target_id, min(tier) AS tier FROM tier GROUP BY ALL) t
        ON t.surface = p.surface AND t.target_id = p.target_id
    WHERE p.valid_from <= $as_of AND (p.valid_to IS NULL OR p.valid_to > $as_of)
)
SELECT
    surface || ':' || target_id || coalesce(':' || access, '') AS row_id,
    surface,
    target_name,
    target_id,
    access,
    tier,
    held,
    permanent_eligible_allowed,
    permanent_active_allowed,
    basis,
    valid_from AS in_force_since,
    CASE
        WHEN NOT held AND tier IS NULL THEN 'nobody holds it and it is in no tier'
        WHEN permanent_eligible_allowed AND permanent_active_allowed THEN 'both may be permanent'
        WHEN permanent_eligible_allowed THEN 'eligible may be permanent'
        WHEN permanent_active_allowed THEN 'active may be permanent'
        WHEN permanent_eligible_allowed IS NULL OR permanent_active_allowed IS NULL THEN 'the policy does not tell'
    END AS reason,
    CASE
        WHEN NOT held AND tier IS NULL THEN NULL
        ELSE NOT permanent_eligible_allowed AND NOT permanent_active_allowed
    END AS passes
FROM in_force
ORDER BY surface, target_name, target_id, access
