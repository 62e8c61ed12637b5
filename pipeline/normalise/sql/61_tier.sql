-- One tier a target: the strongest that anything says of it.
INSERT INTO tier BY NAME
WITH claim AS (
    SELECT 'entra_role' AS surface, role_id AS target_id, tier, 'list' AS basis FROM listed_tier
    UNION ALL
    SELECT 'group', a.principal_id, l.tier, 'holds_role'
    FROM assignment_history a
    JOIN listed_tier l ON l.role_id = a.target_id
    JOIN entra_group_history g ON g.tenant_id = a.tenant_id AND g.group_id = a.principal_id AND g.valid_to IS NULL
    WHERE a.tenant_id = $tenant AND a.surface = 'entra_role' AND a.valid_to IS NULL
    UNION ALL
    SELECT t.surface, h.target_id, 'tier0', 'high_impact'
    FROM high_impact h JOIN target t ON t.tenant_id = h.tenant_id AND t.target_id = h.target_id
    WHERE h.tenant_id = $tenant
)
SELECT DISTINCT ON (surface, target_id) $tenant AS tenant_id, surface, target_id, tier, basis
FROM claim ORDER BY tier, list_position(['high_impact', 'list', 'holds_role'], basis);
