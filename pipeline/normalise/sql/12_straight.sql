-- A large portion goes into audit_event in one pass over its files. Its nested columns go with it, for as long as the
-- transaction lasts.
INSERT INTO audit_event BY NAME
SELECT $tenant AS tenant_id, $source AS source, * EXCLUDE (fault, fault_detail)
FROM (
    {flat}
)
WHERE fault IS NULL;

-- Segments that came out short, since lines were faulty or unreadable, and those with an id that stands there twice or stood
-- there before: they are taken once more, line by line. Ids are compared by digest: one too many does no harm.
CREATE OR REPLACE TEMP TABLE doubtful AS
WITH mine AS (
    SELECT hash(event_id) AS digest, occurred_at, segment FROM audit_event
    WHERE tenant_id = $tenant AND segment IN (SELECT segment FROM batch_page)
),
came AS (
    SELECT segment, count(*) AS lines FROM mine GROUP BY segment
),
twice AS (
    SELECT digest FROM mine GROUP BY digest HAVING count(*) > 1
)
SELECT seq AS segment
FROM segment LEFT JOIN came ON came.segment = seq
WHERE tenant_id = $tenant AND seq IN (SELECT segment FROM batch_page) AND new_items <> coalesce(lines, 0)
UNION
SELECT segment FROM mine WHERE digest IN (SELECT digest FROM twice)
UNION
SELECT segment FROM mine WHERE digest IN (
    SELECT hash(event_id) FROM audit_event
    WHERE tenant_id = $tenant AND segment NOT IN (SELECT segment FROM batch_page)
        AND occurred_at BETWEEN (SELECT min(occurred_at) - $slack FROM mine) AND (SELECT max(occurred_at) + $slack FROM mine));

DELETE FROM audit_event WHERE tenant_id = $tenant AND segment IN (SELECT segment FROM doubtful);

CREATE OR REPLACE TEMP VIEW kept AS
SELECT event_id AS line, event_id, occurred_at, targets, details
FROM audit_event
WHERE targets IS NOT NULL OR details IS NOT NULL;
