-- Register of assignments as they stood at the end of the period.
SELECT
    a.assignment_id AS row_id,
    a.surface,
    a.target_name,
    a.target_id,
    a.access,
    a.scope,
    t.tier,
    a.principal_name,
    a.principal_upn,
    a.principal_id,
    a.principal_kind,
    a.kind,
    a.assignment_type,
    a.member_type,
    a.starts_at,
    a.ends_at,
    EXISTS (SELECT 1 FROM break_glass b WHERE b.principal_id = a.principal_id) AS break_glass,
    a.valid_from AS first_seen_at,
    (SELECT max(x.starts_at) FROM activation x
     WHERE x.subject_id = a.principal_id AND x.target_id = a.target_id
        AND x.access IS NOT DISTINCT FROM a.access AND x.starts_at < $until) AS last_activated_at
FROM assignment a
LEFT JOIN (SELECT surface, target_id, min(tier) AS tier FROM tier GROUP BY ALL) t
    ON t.surface = a.surface AND t.target_id = a.target_id
WHERE a.valid_from <= $as_of AND (a.valid_to IS NULL OR a.valid_to > $as_of)
    AND (a.ends_at IS NULL OR a.ends_at > $as_of)
ORDER BY t.tier NULLS LAST, a.surface, a.target_name, a.target_id, a.access, a.kind, a.principal_name, a.principal_id, row_id
