-- Register of PIM policies that were in force at any time in the period, for targets somebody holds or that are in a tier.
SELECT
    p.surface || ':' || p.target_id || coalesce(':' || p.access, '')
        || '@' || strftime(p.valid_from AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS row_id,
    p.surface,
    p.target_name,
    p.target_id,
    p.access,
    t.tier,
    p.max_activation,
    p.requires_mfa,
    p.auth_context_id,
    p.requires_approval,
    (SELECT string_agg(coalesce(v.approver_name, v.approver_id, v.approver_kind), ', '
            ORDER BY coalesce(v.approver_name, v.approver_id, v.approver_kind))
     FROM policy_approver v
     WHERE v.policy_id = p.policy_id AND v.target_id = p.target_id AND v.access IS NOT DISTINCT FROM p.access
        AND v.valid_from < $until AND (v.valid_to IS NULL OR v.valid_to > $since)
        AND v.valid_from <= p.valid_from AND (v.valid_to IS NULL OR v.valid_to > p.valid_from)) AS approvers,
    p.requires_justification,
    p.requires_ticket,
    p.permanent_eligible_allowed,
    p.permanent_active_allowed,
    p.valid_from,
    p.valid_to,
    p.basis
FROM policy p
LEFT JOIN (SELECT surface, target_id, min(tier) AS tier FROM tier GROUP BY ALL) t
    ON t.surface = p.surface AND t.target_id = p.target_id
WHERE p.valid_from < $until AND (p.valid_to IS NULL OR p.valid_to > $since)
    AND (t.tier IS NOT NULL OR EXISTS (
        SELECT 1 FROM assignment a
        WHERE a.surface = p.surface AND a.target_id = p.target_id AND (p.access IS NULL OR a.access = p.access)
            AND a.valid_from < $until AND (a.valid_to IS NULL OR a.valid_to > $since)))
ORDER BY t.tier NULLS LAST, p.surface, p.target_name, p.target_id, p.access, p.valid_from
