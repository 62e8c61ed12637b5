-- Who was touched holding what, or may have been: the end of an activation and what it renews lie among the other requests about
-- the same.
CREATE OR REPLACE TEMP TABLE holding AS
WITH said AS (
    SELECT coalesce(request_id, event_id) AS told_of, subject_id, actor_id, target_id FROM pim_step
    WHERE tenant_id = $tenant AND (request_id IN (SELECT request_id FROM touched)
        OR ends_request_id IN (SELECT request_id FROM touched) OR (phase = 'ended' AND segment >= $first))
    UNION ALL
    SELECT request_id, principal_id, requester_id, group_id FROM schedule_request
    WHERE tenant_id = $tenant AND request_id IN (SELECT request_id FROM touched)
), subject AS (
    SELECT told_of, subject_id FROM said UNION SELECT told_of, actor_id FROM said
)
SELECT DISTINCT subject.subject_id, said.target_id
FROM said JOIN subject USING (told_of)
WHERE subject.subject_id IS NOT NULL AND said.target_id IS NOT NULL
UNION
SELECT subject_id, target_id FROM pim_request
WHERE tenant_id = $tenant AND request_id IN (SELECT request_id FROM touched)
    AND subject_id IS NOT NULL AND target_id IS NOT NULL;

INSERT INTO touched
WITH beside AS (
    SELECT request_id FROM pim_request SEMI JOIN holding USING (subject_id, target_id) WHERE tenant_id = $tenant
    UNION SELECT request_id FROM touched
)
SELECT request_id FROM beside
UNION
SELECT request_id FROM pim_step
WHERE tenant_id = $tenant AND request_id IS NOT NULL AND ends_request_id IN (SELECT request_id FROM beside)
EXCEPT SELECT request_id FROM touched;
