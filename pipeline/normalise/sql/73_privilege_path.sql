INSERT INTO privilege_path BY NAME
WITH everybody AS (
    SELECT * EXCLUDE (is_group) FROM last_step WHERE NOT is_group
    UNION ALL BY NAME
    FROM longer_way(NULL, false)
), shortest AS (
    SELECT p.* FROM everybody p
    QUALIFY row_number() OVER (PARTITION BY kind_of_way(p) ORDER BY p.hops, p.ends_at DESC NULLS FIRST, p.ids) = 1
    UNION ALL BY NAME
    FROM way
)
SELECT $tenant AS tenant_id, w.from_id AS principal_id, h.kind AS principal_kind, h.name AS principal_name, h.upn AS principal_upn,
    w.surface, w.target_id, t.name AS target_name, r.tier AS target_tier, w.access, w.scope, w.how, w.hops, w.activations,
    array_to_string(list_prepend(coalesce(h.name, h.upn, w.from_id), w.steps), ' → ') AS path,
    w.ids AS path_ids, w.ids[2:-2] AS group_ids, w.entry_id, w.entry_access, w.entry_how, w.entry_ends_at,
    w.holder_id, w.holder_how, w.by_ownership, w.ends_at,
    CASE WHEN w.how = 'eligible' THEN w_approval END AS weakest_requires_approval,
    CASE WHEN w.how = 'eligible' THEN w_mfa END AS weakest_requires_mfa,
    CASE WHEN w.how = 'eligible' THEN w_context END AS weakest_requires_auth_context,
    CASE WHEN w.how = 'eligible' THEN w_justification END AS weakest_requires_justification,
    CASE WHEN w.how = 'eligible' THEN w_ticket END AS weakest_requires_ticket,
    d_approval AS demands_approval, d_mfa AS demands_mfa, d_context AS demands_auth_context, contexts AS auth_context_ids
FROM shortest w
LEFT JOIN holder h ON h.tenant_id = $tenant AND h.principal_id = w.from_id
LEFT JOIN target t ON t.tenant_id = $tenant AND t.surface = w.surface AND t.target_id = w.target_id
LEFT JOIN tier r ON r.tenant_id = $tenant AND r.surface = w.surface AND r.target_id = w.target_id;
