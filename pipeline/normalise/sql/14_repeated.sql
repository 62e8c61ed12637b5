-- Temp table `repeated`: rows of the batch whose id stands earlier in the batch or is in audit_event already.
CREATE OR REPLACE TEMP TABLE repeated AS
WITH suspect AS (
    SELECT hash(event_id) AS digest FROM batch WHERE fault IS NULL GROUP BY digest HAVING count(*) > 1
),
ranked AS (
    SELECT rowid AS line, row_number() OVER (PARTITION BY event_id ORDER BY segment, page, ordinal) AS place
    FROM batch
    WHERE fault IS NULL AND hash(event_id) IN (SELECT digest FROM suspect)
)
SELECT line FROM ranked WHERE place > 1;

INSERT INTO repeated
SELECT batch.rowid AS line
FROM batch
WHERE fault IS NULL
    AND event_id IN (
        SELECT event_id FROM audit_event WHERE tenant_id = $tenant AND occurred_at BETWEEN $since AND $until)
    AND NOT EXISTS (FROM repeated r WHERE r.line = batch.rowid);

-- Rows repeated, beside what is kept of them: filled only where there are any.
CREATE OR REPLACE TEMP TABLE told_again (
    line BIGINT, kept_segment BIGINT, kept_page INTEGER, kept_ordinal INTEGER, same_road BOOLEAN, differing VARCHAR[]);
