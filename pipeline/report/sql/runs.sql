-- Who and what collected: one row a combination of version, operator, host and configuration.
SELECT
    version,
    operator,
    host,
    config_sha256,
    count(*) AS runs,
    count(*) FILTER (WHERE coalesce(exit_code, 1) NOT IN (0, 8, 10)) AS not_clean,
    min(started_at) AS first_at,
    max(coalesce(finished_at, started_at)) AS last_at,
    max(abs(clock_drift_seconds)) AS worst_drift_seconds
FROM run
WHERE command IN ('run', 'collect', 'import')
    AND ((started_at >= $since AND started_at < $until)
        OR run_id IN (SELECT run_id FROM "window" WHERE until > $since AND since < $until))
GROUP BY ALL
ORDER BY first_at, version, operator, host
