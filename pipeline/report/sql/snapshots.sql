-- When snapshots of assignments were taken in the period.
SELECT DISTINCT date_trunc('minute', finished_at) AS taken_at FROM segment
WHERE kind = 'snapshot' AND held IS NULL AND source LIKE '%_instances' AND finished_at >= $since AND finished_at < $until ORDER BY taken_at
