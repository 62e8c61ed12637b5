-- What could not be taken as data, counted over the life of the store: an item without a time belongs to no period.
SELECT source, reason, count(*) AS items, min(noted_at) AS first_at, max(noted_at) AS last_at, min(detail) AS example
FROM quarantine GROUP BY source, reason ORDER BY source, reason
