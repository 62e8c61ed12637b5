-- Spans that could no longer be read when they were asked for.
SELECT DISTINCT source, since, until, reason, noted_at FROM gap
WHERE until > $since AND since < $until ORDER BY source, since, until, noted_at
