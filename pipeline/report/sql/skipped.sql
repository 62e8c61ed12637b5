-- Endpoints that were not asked or refused for want of a permission, licence or group.
SELECT source, reason, count(*) AS times, min(noted_at) AS first_at, max(noted_at) AS last_at
FROM skipped GROUP BY source, reason ORDER BY source, reason
