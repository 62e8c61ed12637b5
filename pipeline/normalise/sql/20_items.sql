-- The items of the walks, each with the bytes of the line it refers to where it is a reference. The pages of an equal answer are
-- not written again: they stand under the segment that holds its lines.
CREATE OR REPLACE TEMP TABLE item AS
SELECT w.k, w.seq, w.seen_at, coalesce(own.parent, equal.parent) AS parent, l.p, l.n, coalesce(l.e, held.e) AS e
FROM walk w
JOIN line l ON l.seq = w.holder
LEFT JOIN line held ON held.seq = l.r[1] AND held.p = l.r[2] AND held.n = l.r[3]
LEFT JOIN segment_page own ON own.seq = w.seq AND own.page = l.p
LEFT JOIN segment_page equal ON equal.seq = w.holder AND equal.page = l.p;

DROP TABLE line;
