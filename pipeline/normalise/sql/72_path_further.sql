-- One step further back: the groups that are in, or own, the group in which a way of `$hops` steps begins. Of ways alike the first stays.
INSERT INTO way BY NAME
WITH longer AS (
    FROM longer_way($hops, true)
), known AS (
    SELECT DISTINCT kind_of_way(way) AS kind FROM way
)
SELECT l.* FROM longer l
WHERE NOT EXISTS (FROM known k WHERE k.kind IS NOT DISTINCT FROM kind_of_way(l))
QUALIFY row_number() OVER (PARTITION BY kind_of_way(l) ORDER BY l.ends_at DESC NULLS FIRST, l.ids) = 1;
