-- Activations by local weekday (1 Monday … 7 Sunday) and hour.
SELECT isodow(starts_at AT TIME ZONE $zone) AS weekday, hour(starts_at AT TIME ZONE $zone) AS hour, count(*) AS activations
FROM activation WHERE starts_at >= $since AND starts_at < $until GROUP BY ALL ORDER BY weekday, hour
