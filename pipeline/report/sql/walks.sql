-- What was asked of each source and what came, up to the end of the period and, for the log, over it.
SELECT
    s.source,
    s.kind,
    count(*) AS walks,
    sum(s.answers) AS pages,
    sum(s.items) AS items,
    sum(s.new_items) AS new_items,
    min(s.since) AS asked_from,
    max(s.until) AS asked_to,
    min(s.started_at) AS extraction_began,
    max(s.finished_at) AS extraction_ended,
    any_value(p.url ORDER BY s.seq) AS example_url
FROM segment s
LEFT JOIN (SELECT seq, min(url ORDER BY page) AS url FROM segment_page GROUP BY seq) p ON p.seq = coalesce(s.same_as, s.seq)
WHERE (s.since IS NOT NULL AND s.until > $since AND s.since < $until)
    OR (s.since IS NULL AND s.finished_at >= $since AND s.finished_at < $until)
    OR s.kind = 'import'
GROUP BY s.source, s.kind
ORDER BY CASE s.kind WHEN 'stream' THEN 0 WHEN 'import' THEN 1 ELSE 2 END, s.source
