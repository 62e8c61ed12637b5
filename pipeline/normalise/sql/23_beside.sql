-- Who was touched holding what, or may have been: the end of an activation and what it renews lie among the other requests about
-- the same.
CREATE OR REPLACE TEMP TABLE holding AS
WITH said AS (
    SELECT request_id AS told_of, subject_id, actor_id, target_id FROM pim_step SEMI JOIN touched USING (request_id)
    WHERE tenant_id = $tenant
    UNION ALL
    SELECT event_id, subject_id, actor_id, target_id
    FROM pim_step SEMI JOIN touched ON touched.request_id = pim_step.ends_request_id WHERE tenant_id = $tenant
    UNION ALL
    SELECT event_id, subject_id, actor_id, target_id FROM pim_step
    WHERE tenant_id = $tenant AND segment >= $first AND phase = 'ended'
    UNION ALL
    SELECT request_id, principal_id, requester_id, group_id FROM schedule_request SEMI JOIN touched USING (request_id)
    WHERE tenant_id = $tenant
), subject AS (
    SELECT told_of, subject_id FROM said UNION SELECT told_of, actor_id FROM said
)
SELECT DISTINCT subject.subject_id, said.target_id
FROM said JOIN subject USING (told_of)
WHERE subject.subject_id IS NOT NULL AND said.target_id IS NOT NULL
UNION
SELECT subject_id, target_id FROM pim_request SEMI JOIN touched USING (request_id)
WHERE tenant_id = $tenant AND subject_id IS NOT NULL AND target_id IS NOT NULL;

-- With a deactivation it is enough to know what it says: only what it ends has others beside it.
INSERT INTO touched
WITH beside AS (
    SELECT request_id FROM pim_request SEMI JOIN holding USING (subject_id, target_id) WHERE tenant_id = $tenant
    UNION SELECT request_id FROM touched
), deactivation AS (
    SELECT request_id FROM pim_step SEMI JOIN beside ON beside.request_id = pim_step.ends_request_id
    WHERE tenant_id = $tenant AND pim_step.request_id IS NOT NULL
)
SELECT request_id FROM beside
UNION
SELECT request_id FROM deactivation JOIN pim_request r USING (request_id) WHERE r.request_kind = 'deactivation'
EXCEPT SELECT request_id FROM touched;
