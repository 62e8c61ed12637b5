-- How the activations among the requests asked for ended: by the row that names them, else by the latest activation before it that
-- was still open. Rows of the end come some time after it.
CREATE OR REPLACE TEMP TABLE ended AS
WITH activation AS (
    SELECT request_id, surface, subject_id, target_id, coalesce(access, '') AS access, starts_at, expires_at
    FROM asked WHERE request_kind = 'activation' AND outcome = 'completed' AND starts_at IS NOT NULL
), expiry AS (
    SELECT s.* FROM pim_step s SEMI JOIN asked ON asked.request_id = s.ends_request_id
    WHERE s.tenant_id = $tenant AND s.phase = 'ended'
    UNION
    SELECT s.* FROM pim_step s SEMI JOIN holding USING (subject_id, target_id)
    WHERE s.tenant_id = $tenant AND s.phase = 'ended'
), ending AS (
    SELECT event_id AS ending_id, event_id, ends_request_id AS request_id, surface, subject_id, target_id,
        coalesce(access, '') AS access, occurred_at AS ended_at, 'expiry' AS ended_by, ingested_at, segment
    FROM expiry
    UNION ALL
    SELECT s.event_id, NULL, s.request_id, s.surface, s.subject_id, s.target_id, coalesce(s.access, ''), s.occurred_at,
        CASE WHEN s.actor_id = s.subject_id THEN 'self' ELSE 'admin' END, s.ingested_at, s.segment
    FROM pim_step s JOIN activation a USING (request_id)
    WHERE s.tenant_id = $tenant AND s.kind = 'deactivation' AND s.phase = 'completed' AND s.result IS DISTINCT FROM 'failure'
    UNION ALL
    SELECT request_id, NULL, ends_request_id, surface, subject_id, target_id, coalesce(access, ''), completed_at,
        CASE WHEN requester_id = subject_id THEN 'self' ELSE 'admin' END, ingested_at, segment
    FROM asked WHERE request_kind = 'deactivation' AND outcome = 'completed' AND completed_at IS NOT NULL
), elsewhere AS (
    SELECT request_id FROM pim_request SEMI JOIN ending USING (request_id)
    WHERE tenant_id = $tenant AND request_kind = 'activation' AND outcome = 'completed' AND starts_at IS NOT NULL
        AND request_id NOT IN (SELECT request_id FROM asked)
), loose AS (
    SELECT * FROM ending
    WHERE request_id IS NULL OR (request_id NOT IN (SELECT request_id FROM activation)
        AND request_id NOT IN (SELECT request_id FROM elsewhere))
), started AS (
    SELECT DISTINCT ON (surface, subject_id, target_id, access, starts_at) * FROM activation ORDER BY request_id DESC
), matched AS (
    SELECT e.ending_id, e.event_id, a.request_id, e.ended_at, e.ended_by, e.ingested_at, e.segment
    FROM ending e JOIN activation a USING (request_id)
    UNION ALL
    SELECT e.ending_id, e.event_id, a.request_id, e.ended_at, e.ended_by, e.ingested_at, e.segment
    FROM loose e ASOF JOIN started a ON a.surface = e.surface AND a.subject_id = e.subject_id AND a.target_id = e.target_id
        AND a.access = e.access AND a.starts_at <= e.ended_at
    WHERE a.expires_at IS NULL OR e.ended_at <= a.expires_at + INTERVAL 1 HOUR
)
SELECT request_id, min(ended_at) AS ended_at, arg_min(ended_by, (ended_at, ending_id)) AS ended_by,
    list(event_id ORDER BY ended_at, event_id) FILTER (event_id IS NOT NULL) AS event_ids,
    max(ingested_at) AS ingested_at, max(segment) AS segment
FROM matched GROUP BY request_id;
