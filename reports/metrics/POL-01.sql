/* ---
title: Strong authentication at activation
question: Does activation demand multifactor authentication or an authentication context?
type: point_in_time
criterion: multifactor authentication or an authentication context is demanded
criterion_source: strong authentication for privileged access; pimtrail default
population: PIM policies in force at the end of the period, one a role, group membership or group ownership
numerator: policies that demand one of the two
denominator: policies of roles and groups that somebody holds or that are in a tier
counts: passing
needs: [role_policies, group_policies]
reads: [policy, assignment, tier]
blind_spots:
  - a setting shows what is demanded, not that it was met each time
  - an authentication context demands what Conditional Access makes of it, which is not read here
tests:
  - name: either of the two, neither, unknown and out of scope
    as_of: 2026-12-01T00:00:00Z
    given:
      policy:
        - {surface: entra_role, target_id: r1, requires_mfa: true, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: entra_role, target_id: r2, requires_mfa: false, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: group, target_id: g1, access: member, requires_mfa: false, auth_context_id: c1, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: group, target_id: g1, access: owner, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: entra_role, target_id: r9, requires_mfa: false, valid_from: 2026-11-01T00:00:00Z, basis: observed}
      tier: [{surface: entra_role, target_id: r1, tier: tier0, basis: list}, {surface: group, target_id: g1, tier: tier0, basis: holds_role}]
      assignment: [{assignment_id: a, surface: entra_role, target_id: r2, valid_from: 2026-11-01T00:00:00Z}]
    expect:
      - {row_id: "entra_role:r1", passes: true}
      - {row_id: "entra_role:r2", passes: false, reason: neither is demanded}
      - {row_id: "group:g1:member", passes: true}
      - {row_id: "group:g1:owner", passes: null, reason: the policy does not tell}
      - {row_id: "entra_role:r9", passes: null, reason: nobody holds it and it is in no tier}
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
    requires_mfa,
    auth_context_id,
    basis,
    valid_from AS in_force_since,
    CASE
        WHEN NOT held AND tier IS NULL THEN 'nobody holds it and it is in no tier'
        WHEN requires_mfa IS NULL AND auth_context_id IS NULL THEN 'the policy does not tell'
        WHEN NOT coalesce(requires_mfa, false) AND auth_context_id IS NULL THEN 'neither is demanded'
    END AS reason,
    CASE
        WHEN NOT held AND tier IS NULL THEN NULL
        ELSE auth_context_id IS NOT NULL OR requires_mfa
    END AS passes
FROM in_force
ORDER BY surface, target_name, target_id, access
