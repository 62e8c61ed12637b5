-- What the period covers, counted at its end.
SELECT surface, coalesce(tier, 'in no tier') AS tier, count(DISTINCT target_id) AS targets,
    count(DISTINCT principal_id) AS holders,
    count(DISTINCT principal_id) FILTER (WHERE principal_kind = 'user') AS people,
    count(DISTINCT principal_id) FILTER (WHERE principal_kind = 'service_principal') AS workloads,
    count(DISTINCT principal_id) FILTER (WHERE principal_kind = 'group') AS groups,
    count(*) FILTER (WHERE kind = 'eligible') AS eligible,
    count(*) FILTER (WHERE kind = 'active' AND coalesce(assignment_type, '') <> 'activated') AS active,
    count(*) FILTER (WHERE assignment_type = 'activated') AS activated
FROM (
    SELECT a.*, t.tier FROM assignment a
    LEFT JOIN (SELECT surface, target_id, min(tier) AS tier FROM tier GROUP BY ALL) t
        ON t.surface = a.surface AND t.target_id = a.target_id
    WHERE a.valid_from <= $as_of AND (a.valid_to IS NULL OR a.valid_to > $as_of)
        AND (a.ends_at IS NULL OR a.ends_at > $as_of))
GROUP BY surface, tier ORDER BY surface, tier
