-- Lines that become no event, each with its place. What is written follows from the segments alone.
INSERT INTO quarantine BY NAME
WITH refused AS (
    SELECT segment, page, ordinal, fault AS reason, coalesce(fault_detail, '') AS detail FROM batch WHERE fault IS NOT NULL
    UNION ALL
    SELECT segment, page, ordinal, 'malformed', 'the line cannot be read' FROM unreadable
    UNION ALL
    SELECT
        segment, page, ordinal, 'id_conflict',
        format('{} differ from segment {}, page {}, item {}',
            array_to_string(differing, ', '), kept_segment, kept_page, kept_ordinal)
    FROM told_again
    JOIN batch ON batch.rowid = told_again.line
    WHERE len(differing) > 0
)
SELECT
    $tenant AS tenant_id,
    answer.source,
    refused.reason,
    left(refused.detail, 500) AS detail,
    answer.server_time AS noted_at,
    answer.run_id,
    answer.url AS origin,
    refused.segment,
    refused.page,
    refused.ordinal
FROM refused
JOIN batch_page answer USING (segment, page)
ORDER BY segment, page, ordinal;
