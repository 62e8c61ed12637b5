-- Temp table `batch_page`: the answers the batch's lines came with.
CREATE OR REPLACE TEMP TABLE batch_page AS
SELECT
    file.filename,
    answer.seq AS segment,
    answer.page,
    answer.server_time,
    segment.source,
    segment.run_id,
    answer.url,
    segment.kind = 'import' AND contains(answer.url, 'assume_tenant=1') AS assume_tenant
FROM (SELECT unnest($names::VARCHAR[]) AS filename, unnest($seqs::BIGINT[]) AS seq) file
JOIN segment ON segment.tenant_id = $tenant AND segment.seq = file.seq
JOIN segment_page answer ON answer.tenant_id = $tenant AND answer.seq = file.seq;
