-- Register of PIM policies that were in force at any time in the period, for targets somebody holds or that are in a tier.
-- What is only assumed for the time before the first snapshot joins the line that was then observed, where they are equal.
WITH held AS (
    SELECT DISTINCT surface, target_id, access FROM assignment
    WHERE valid_from < $until AND (valid_to IS NULL OR valid_to > $since)
),
state AS (
    SELECT p.*, t.tier,
        row(p.max_activation, p.requires_mfa, p.auth_context_id, p.requires_approval, p.requires_justification,
            p.requires_ticket, p.permanent_eligible_allowed, p.permanent_active_allowed) AS says
    FROM policy p
    LEFT JOIN (SELECT surface, target_id, min(tier) AS tier FROM tier GROUP BY ALL) t
        ON t.surface = p.surface AND t.target_id = p.target_id
    WHERE p.valid_from < $until AND (p.valid_to IS NULL OR p.valid_to > $since)
        AND (t.tier IS NOT NULL OR EXISTS (
            SELECT 1 FROM held h
            WHERE h.surface = p.surface AND h.target_id = p.target_id AND (p.access IS NULL OR h.access = p.access)))
),
placed AS (
    SELECT *,
        basis = 'assumed' AND coalesce(lead(says) OVER line = says, false) AS joins_next,
        lag(basis) OVER line = 'assumed' AND coalesce(lag(says) OVER line = says, false) AS joined
    FROM state
    WINDOW line AS (PARTITION BY surface, target_id, access ORDER BY valid_from)
)
SELECT
    p.surface || ':' || p.target_id || coalesce(':' || p.access, '')
        || '@' || strftime(p.valid_from AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS row_id,
    p.surface,
    p.target_name,
    p.target_id,
    p.access,
    p.tier,
    p.max_activation,
    p.requires_mfa,
    p.auth_context_id,
    p.requires_approval,
    (SELECT string_agg(coalesce(v.approver_name, v.approver_id, v.approver_kind), ', '
            ORDER BY coalesce(v.approver_name, v.approver_id, v.approver_kind))
     FROM policy_approver v
     WHERE v.policy_id = p.policy_id AND v.target_id = p.target_id AND v.access IS NOT DISTINCT FROM p.access
        AND v.valid_from <= p.valid_from AND (v.valid_to IS NULL OR v.valid_to > p.valid_from)) AS approvers,
    p.requires_justification,
    p.requires_ticket,
    p.permanent_eligible_allowed,
    p.permanent_active_allowed,
    p.valid_from,
    p.valid_to,
    CASE WHEN p.joined THEN 'observed, assumed before' ELSE p.basis END AS basis
FROM placed p
WHERE NOT p.joins_next
ORDER BY p.tier NULLS LAST, p.surface, p.target_name, p.target_id, p.access, p.valid_from
