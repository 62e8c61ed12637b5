-- The requests of the walks in temp table `item`, each as it was last seen. What it comes to say dates from the walk that said
-- it first.
CREATE OR REPLACE TEMP TABLE request_seen AS
SELECT k, p, n, lower(e.id) AS request_id, $list AS list, lower(coalesce(e.groupId, parent)) AS group_id,
    lower(e.accessId) AS access, lower(e.principalId) AS principal_id, e.action, e.status,
    lower(coalesce(e.createdBy."user".id, e.createdBy.application.id)) AS requester_id,
    coalesce(e.createdBy."user".displayName, e.createdBy.application.displayName) AS requester_name,
    CASE WHEN e.createdBy."user".id IS NOT NULL THEN 'user'
        WHEN e.createdBy.application.id IS NOT NULL THEN 'service_principal' END AS requester_kind,
    try_cast(e.createdDateTime AS TIMESTAMPTZ) AS created_at, try_cast(e.completedDateTime AS TIMESTAMPTZ) AS completed_at,
    try_cast(e.scheduleInfo.startDateTime AS TIMESTAMPTZ) AS starts_at, e.scheduleInfo.expiration.type AS expiration,
    try_cast(e.scheduleInfo.expiration.endDateTime AS TIMESTAMPTZ) AS ends_at,
    iso_seconds(e.scheduleInfo.expiration.duration) AS duration_seconds, e.justification,
    e.ticketInfo.ticketNumber AS ticket_number, e.ticketInfo.ticketSystem AS ticket_system
FROM item
WHERE is_true(e.isValidationOnly) IS DISTINCT FROM true;

CREATE OR REPLACE TEMP TABLE request_now AS
WITH told AS (
    SELECT 0 AS k, * EXCLUDE (tenant_id, ingested_at, segment) FROM schedule_request WHERE tenant_id = $tenant AND list = $list
    UNION ALL BY NAME
    SELECT * FROM (SELECT DISTINCT ON (k, request_id) * EXCLUDE (p, n) FROM request_seen ORDER BY p DESC, n DESC)
), marked AS (
    SELECT *, lag(row(*COLUMNS(* EXCLUDE (k)))) OVER (PARTITION BY request_id ORDER BY k)
        IS DISTINCT FROM row(*COLUMNS(* EXCLUDE (k))) AS begins
    FROM told
)
SELECT DISTINCT ON (request_id) * FROM marked WHERE begins ORDER BY k DESC;

DELETE FROM schedule_request WHERE tenant_id = $tenant AND request_id IN (SELECT request_id FROM request_now WHERE k > 0);

INSERT INTO schedule_request BY NAME
SELECT $tenant AS tenant_id, r.* EXCLUDE (k, begins), w.seen_at AS ingested_at, w.seq AS segment
FROM request_now r JOIN walk w USING (k);
