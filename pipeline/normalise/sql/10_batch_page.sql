-- Temp table `batch_page`: the answers the batch's lines came with.
CREATE OR REPLACE TEMP TABLE batch_page AS
SELECT answer.seq AS segment, answer.page, answer.server_time, answer.url, segment.source, segment.run_id
FROM segment_page answer
JOIN segment ON segment.tenant_id = answer.tenant_id AND segment.seq = answer.seq
WHERE answer.tenant_id = $tenant AND answer.seq IN (SELECT unnest($segments::BIGINT[]));

-- When they came, by segment and page: a join would load the batch's rows one thread at a time.
SET VARIABLE answered = (
    SELECT map(list(segment), list(times))
    FROM (SELECT segment, list(server_time ORDER BY page) AS times FROM batch_page GROUP BY segment));
