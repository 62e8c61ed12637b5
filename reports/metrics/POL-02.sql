/* ---
title: Approval at activation
question: Does somebody else have to approve the activation of the most powerful roles and groups?
type: point_in_time
criterion: activation of targets in the tiers named below needs an approval
criterion_source: four eyes for the highest privilege; pimtrail default
population: PIM policies in force at the end of the period, one a role, group membership or group ownership
numerator: policies that demand an approval
denominator: policies of targets in those tiers
counts: passing
needs: [role_policies, group_policies]
reads: [policy, assignment, tier]
params:
  tiers: {type: list, default: [tier0], doc: tiers whose activation must be approved, source: pimtrail default}
blind_spots:
  - a setting shows what is demanded, not that it was met each time
tests:
  - name: tier 0 is judged, the rest counted apart
    as_of: 2026-12-01T00:00:00Z
    given:
      policy:
        - {surface: entra_role, target_id: r1, requires_approval: true, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: entra_role, target_id: r2, requires_approval: false, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: group, target_id: g1, access: member, requires_approval: false, valid_from: 2026-11-01T00:00:00Z, basis: observed}
      tier: [{surface: entra_role, target_id: r1, tier: tier0, basis: list}, {surface: group, target_id: g1, tier: tier0, basis: holds_role}]
      assignment: [{assignment_id: a, surface: entra_role, target_id: r2, valid_from: 2026-11-01T00:00:00Z}]
    expect:
      - {row_id: "entra_role:r1", passes: true}
      - {row_id: "entra_role:r2", passes: null}
      - {row_id: "group:g1:member", passes: false, reason: no approval is demanded}
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
    requires_approval,
    basis,
    valid_from AS in_force_since,
    CASE
        WHEN tier IS NULL OR NOT list_contains($tiers, tier) THEN 'in none of the tiers that need an approval'
        WHEN requires_approval IS NULL THEN 'the policy does not tell'
        WHEN NOT requires_approval THEN 'no approval is demanded'
    END AS reason,
    CASE
        WHEN tier IS NULL OR NOT list_contains($tiers, tier) THEN NULL
        ELSE requires_approval
    END AS passes
FROM in_force
ORDER BY surface, target_name, target_id, access
