-- Rights held at each of the given moments (local midnights).
SELECT
    m.at,
    count(a.assignment_id) FILTER (WHERE a.kind = 'eligible') AS eligible,
    count(a.assignment_id) FILTER (
        WHERE a.kind = 'active' AND coalesce(a.assignment_type, '') <> 'activated' AND a.ends_at IS NULL) AS standing,
    (SELECT min(finished_at) FROM segment WHERE kind = 'snapshot' AND source LIKE '%_instances') <= m.at AS observed
FROM (SELECT unnest(CAST($moments AS TIMESTAMPTZ[])) AS at) m
LEFT JOIN assignment_history a ON a.valid_from <= m.at AND (a.valid_to IS NULL OR a.valid_to > m.at)
    AND (a.ends_at IS NULL OR a.ends_at > m.at)
GROUP BY m.at ORDER BY m.at
