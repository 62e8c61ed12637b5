/* ---
title: Justification and ticket at activation
question: Does activation ask for a reason, and for a ticket where one is wanted?
type: point_in_time
criterion: a justification is demanded, and a ticket in the tiers where the configuration wants one
criterion_source: traceable use of privilege; the tiers come from [tickets] required_tiers
population: PIM policies in force at the end of the period, one a role, group membership or group ownership
numerator: policies that demand what their tier needs
denominator: policies of roles and groups that somebody holds or that are in a tier
counts: passing
needs: [role_policies, group_policies]
reads: [policy, assignment, tier, setting]
blind_spots:
  - a setting shows what is demanded, not that it was met each time
tests:
  - name: a ticket is wanted in tier 0 only
    as_of: 2026-12-01T00:00:00Z
    given:
      policy:
        - {surface: entra_role, target_id: r1, requires_justification: true, requires_ticket: false, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: entra_role, target_id: r2, requires_justification: true, requires_ticket: false, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: group, target_id: g1, access: member, requires_justification: true, requires_ticket: true, valid_from: 2026-11-01T00:00:00Z, basis: observed}
        - {surface: group, target_id: g1, access: owner, requires_justification: false, valid_from: 2026-11-01T00:00:00Z, basis: observed}
      tier: [{surface: entra_role, target_id: r1, tier: tier0, basis: list}, {surface: group, target_id: g1, tier: tier0, basis: holds_role}]
      assignment: [{assignment_id: a, surface: entra_role, target_id: r2, valid_from: 2026-11-01T00:00:00Z}]
      setting: [{name: tickets.required_tier, value: tier0}]
    expect:
      - {row_id: "entra_role:r1", passes: false, reason: no ticket is demanded}
      - {row_id: "entra_role:r2", passes: true}
      - {row_id: "group:g1:member", passes: true}
      - {row_id: "group:g1:owner", passes: false, reason: no justification is demanded}
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
    requires_justification,
    requires_ticket,
    tier IN (SELECT value FROM setting WHERE name = 'tickets.required_tier') AS ticket_wanted,
    basis,
    valid_from AS in_force_since,
    CASE
        WHEN NOT held AND tier IS NULL THEN 'nobody holds it and it is in no tier'
        WHEN NOT requires_justification THEN 'no justification is demanded'
        WHEN NOT requires_ticket AND tier IN (SELECT value FROM setting WHERE name = 'tickets.required_tier')
            THEN 'no ticket is demanded'
        WHEN requires_justification IS NULL THEN 'the policy does not tell'
    END AS reason,
    CASE
        WHEN NOT held AND tier IS NULL THEN NULL
        WHEN tier IN (SELECT value FROM setting WHERE name = 'tickets.required_tier') THEN requires_justification AND requires_ticket
        ELSE requires_justification
    END AS passes
FROM in_force
ORDER BY surface, target_name, target_id, access
