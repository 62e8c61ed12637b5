-- The items of the walks, each with the bytes of the line it refers to where it is a reference. The pages of an equal answer are
-- not written again: they stand under the segment that holds its lines.
CREATE OR REPLACE TEMP TABLE item AS
WITH paged AS (
    SELECT walk.*, CASE WHEN EXISTS (FROM segment_page own WHERE own.seq = walk.seq) THEN seq ELSE holder END AS pages_under
    FROM walk
)
SELECT w.k, w.seq, w.seen_at, page.parent, l.p, l.n, coalesce(l.e, held.e) AS e
FROM paged w
JOIN line l ON l.seq = w.holder
LEFT JOIN line held ON held.seq = l.r[1] AND held.p = l.r[2] AND held.n = l.r[3]
LEFT JOIN segment_page page ON page.seq = w.pages_under AND page.page = l.p;

DROP TABLE line;
