-- Temp table `batch_page`: the answers the batch's lines came with.
CREATE OR REPLACE TEMP TABLE batch_page AS
SELECT answer.seq AS segment, answer.page, answer.server_time, answer.url, segment.source, segment.run_id
FROM segment_page answer
JOIN segment ON segment.tenant_id = answer.tenant_id AND segment.seq = answer.seq
WHERE answer.tenant_id = $tenant AND answer.seq IN (SELECT unnest($segments::BIGINT[]));

-- When they came, page after page, and how many pages lie before each segment's: a join would load the batch's rows one
-- thread at a time, and of lists by segment each row would be handed a whole one.
SET VARIABLE answered = (SELECT list(server_time ORDER BY segment, page) FROM batch_page);

SET VARIABLE answered_before = (
    SELECT map(list(segment), list(pages))
    FROM (
        SELECT segment, CAST(sum(count(*)) OVER (ORDER BY segment) - count(*) AS BIGINT) AS pages
        FROM batch_page
        GROUP BY segment
    ));
