-- What the steps of the touched requests tell, a row a request.
CREATE OR REPLACE TEMP TABLE told AS
WITH own AS (
    -- A deactivation under the id of its activation only ends it.
    SELECT *, bool_or(kind <> 'deactivation') OVER (PARTITION BY request_id) AS is_more,
        list_position(['requested', 'approval_requested', 'completed'], phase) AS nth_asked,
        list_position(['completed', 'requested', 'approval_requested'], phase) AS nth_done
    FROM pim_step
    WHERE tenant_id = $tenant AND request_id IN (SELECT request_id FROM touched)
), step AS (
    SELECT *, coalesce(nth_asked, 9) AS asked_rank, coalesce(nth_done, 9) AS done_rank,
        nth_asked IS NOT NULL AS is_own, result IS DISTINCT FROM 'failure' AS is_good
    FROM own WHERE NOT (is_more AND kind = 'deactivation')
)
SELECT request_id,
    first(surface ORDER BY asked_rank, occurred_at, event_id) FILTER (surface IS NOT NULL) AS surface,
    first(kind ORDER BY kind = 'other', asked_rank, occurred_at, event_id) AS kind,
    first(move ORDER BY asked_rank, occurred_at, event_id) FILTER (move IS NOT NULL) AS move,
    first(permanent ORDER BY done_rank, occurred_at, event_id) FILTER (permanent IS NOT NULL) AS permanent,
    first({id: actor_id, name: actor_name, upn: actor_upn, kind: actor_kind}
        ORDER BY NOT is_own, actor_kind = 'system', asked_rank, occurred_at, event_id)
        FILTER (coalesce(actor_id, actor_upn, actor_name) IS NOT NULL AND phase NOT IN ('approved', 'denied')) AS requester,
    first(subject_id ORDER BY asked_rank, occurred_at, event_id) FILTER (subject_id IS NOT NULL) AS subject_id,
    first(subject_name ORDER BY asked_rank, occurred_at, event_id) FILTER (subject_name IS NOT NULL) AS subject_name,
    first(subject_upn ORDER BY asked_rank, occurred_at, event_id) FILTER (subject_upn IS NOT NULL) AS subject_upn,
    first(subject_kind ORDER BY asked_rank, occurred_at, event_id) FILTER (subject_kind IS NOT NULL) AS subject_kind,
    first(target_id ORDER BY asked_rank, occurred_at, event_id) FILTER (target_id IS NOT NULL) AS target_id,
    first(target_name ORDER BY asked_rank, occurred_at, event_id) FILTER (target_name IS NOT NULL) AS target_name,
    first(access ORDER BY asked_rank, occurred_at, event_id) FILTER (access IS NOT NULL) AS access,
    first(scope ORDER BY asked_rank, occurred_at, event_id) FILTER (scope IS NOT NULL) AS scope,
    min(occurred_at) FILTER (phase = 'requested') AS requested_at,
    first({phase: phase, moment: occurred_at, id: actor_id, name: actor_name, upn: actor_upn}
        ORDER BY occurred_at, event_id) FILTER (phase IN ('approved', 'denied')) AS decision,
    -- An administrator's yes to an extension or renewal is all there is of its completion.
    coalesce(min(occurred_at) FILTER (phase = 'completed' AND is_good),
        min(occurred_at) FILTER (phase = 'approved' AND kind = 'other' AND is_good)) AS completed_at,
    CASE WHEN bool_or(phase = 'denied') THEN 'denied' WHEN bool_or(phase = 'canceled') THEN 'canceled'
        WHEN bool_or(phase = 'expired') THEN 'expired' END AS refusal,
    bool_or(is_own AND NOT is_good) AS has_failed,
    first(starts_at ORDER BY occurred_at, event_id) FILTER (phase = 'completed' AND starts_at IS NOT NULL) AS starts_at,
    first(starts_at ORDER BY asked_rank, occurred_at, event_id) FILTER (is_own AND starts_at IS NOT NULL) AS asked_start,
    first(ends_at ORDER BY done_rank, occurred_at, event_id) FILTER (is_own AND ends_at IS NOT NULL) AS expires_at,
    first(justification ORDER BY trim(justification) = '', asked_rank, occurred_at, event_id)
        FILTER (is_own AND justification IS NOT NULL) AS justification,
    max(ticket_number) AS ticket_number,
    max(ticket_system) FILTER (ticket_number <> '') AS ticket_system,
    first(actor_ip ORDER BY asked_rank, occurred_at, event_id) FILTER (is_own AND actor_ip IS NOT NULL) AS actor_ip,
    first(correlation_id ORDER BY asked_rank, occurred_at, event_id) FILTER (correlation_id IS NOT NULL) AS correlation_id,
    first(ends_request_id ORDER BY occurred_at, event_id) FILTER (ends_request_id IS NOT NULL) AS ends_request_id,
    list(event_id ORDER BY occurred_at, event_id) AS event_ids,
    max(ingested_at) AS ingested_at, max(segment) AS segment
FROM step GROUP BY request_id;
