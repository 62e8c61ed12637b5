-- Activations and findings by local day.
SELECT day, sum(activations) AS activations, sum(findings) AS findings FROM (
    SELECT CAST(starts_at AT TIME ZONE $zone AS DATE) AS day, 1 AS activations, 0 AS findings
    FROM activation WHERE starts_at >= $since AND starts_at < $until
    UNION ALL
    SELECT CAST(occurred_at AT TIME ZONE $zone AS DATE), 0, 1
    FROM finding WHERE kind = 'event' AND occurred_at >= $since AND occurred_at < $until)
GROUP BY day ORDER BY day
