/* ---
title: Length of activation
question: Is the longest possible activation short enough?
type: point_in_time
criterion: the longest activation allowed is within the limit of the tier
criterion_source: rights limited in time; pimtrail default
population: PIM policies in force at the end of the period, one a role, group membership or group ownership
numerator: policies within the limit
denominator: policies of roles and groups that somebody holds or that are in a tier
counts: passing
needs: [role_policies, group_policies]
reads: [policy, assignment, tier]
params:
  tier0_hours: {type: number, default: 4, doc: longest activation of a tier 0 role or group, source: pimtrail default}
  other_hours: {type: number, default: 8, doc: longest activation of every other one, source: "pimtrail default; also Microsoft's default"}
blind_spots:
  - a setting shows what is demanded, not that it was met each time
tests:
  - name: tier 0 has the shorter limit and no limit is too long
    as_of: 2026-12-01T00:00:00Z
    given:
      policy:
        - {surface: entra_role, target_id: r1, max_activation: 28800, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: entra_role, target_id: r2, max_activation: 28800, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: group, target_id: g1, access: member, valid_from: 2026-11-01T00:00:00Z, basis: observed}
      tier: [{surface: entra_role, target_id: r1, tier: tier0, basis: list}, {surface: group, target_id: g1, tier: tier0, basis: holds_role}]
      assignment: [{assignment_id: a, surface: entra_role, target_id: r2, valid_from: 2026-11-01T00:00:00Z}]
    expect:
      - {row_id: "entra_role:r1", passes: false, longest_hours: 8, limit_hours: 4, reason: longer than the limit}
      - {row_id: "entra_role:r2", passes: true}
      - {row_id: "group:g1:member", passes: false, reason: no limit}
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
    max_activation / 3600.0 AS longest_hours,
    CASE WHEN tier = 'tier0' THEN $tier0_hours ELSE $other_hours END AS limit_hours,
    basis,
    valid_from AS in_force_since,
    CASE
        WHEN NOT held AND tier IS NULL THEN 'nobody holds it and it is in no tier'
        WHEN max_activation IS NULL THEN 'no limit'
        WHEN max_activation > 3600 * CASE WHEN tier = 'tier0' THEN $tier0_hours ELSE $other_hours END THEN 'longer than the limit'
    END AS reason,
    CASE
        WHEN NOT held AND tier IS NULL THEN NULL
        ELSE coalesce(max_activation <= 3600 * CASE WHEN tier = 'tier0' THEN $tier0_hours ELSE $other_hours END, false)
    END AS passes
FROM in_force
ORDER BY surface, target_name, target_id, access
