-- Who was touched holding what, and the other requests about the same: an activation's end and what it renews lie there.
CREATE OR REPLACE TEMP TABLE holding AS
SELECT DISTINCT subject_id, target_id FROM (
    SELECT subject_id, target_id FROM asked
    UNION ALL
    SELECT subject_id, target_id FROM pim_request
    WHERE tenant_id = $tenant AND request_id IN (SELECT request_id FROM touched)
    UNION ALL
    SELECT subject_id, target_id FROM pim_step
    WHERE tenant_id = $tenant AND (phase = 'ended' OR kind = 'deactivation')
        AND (segment >= $first OR ends_request_id IN (SELECT request_id FROM touched))
) WHERE subject_id IS NOT NULL AND target_id IS NOT NULL;

CREATE OR REPLACE TEMP TABLE touched AS
WITH beside AS (
    SELECT r.request_id FROM pim_request r JOIN holding USING (subject_id, target_id) WHERE r.tenant_id = $tenant
)
SELECT request_id FROM beside
UNION
SELECT request_id FROM pim_step
WHERE tenant_id = $tenant AND request_id IS NOT NULL AND ends_request_id IN (SELECT request_id FROM beside)
EXCEPT
SELECT request_id FROM asked;
