-- Temp table `batch_page`: the answers the batch's lines came with.
CREATE OR REPLACE TEMP TABLE batch_page AS
SELECT answer.seq AS segment, answer.page, answer.server_time, answer.url, segment.source, segment.run_id
FROM segment_page answer
JOIN segment ON segment.tenant_id = answer.tenant_id AND segment.seq = answer.seq
WHERE answer.tenant_id = $tenant AND answer.seq IN (SELECT unnest($segments::BIGINT[]));
