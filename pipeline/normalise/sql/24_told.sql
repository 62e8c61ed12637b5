-- What the steps of the touched requests tell, a row a request.
CREATE OR REPLACE TEMP TABLE told AS
WITH more AS (
    SELECT DISTINCT request_id FROM pim_step SEMI JOIN touched USING (request_id)
    WHERE tenant_id = $tenant AND kind <> 'deactivation'
), step AS (
    SELECT *,
        list_position(['requested', 'approval_requested', 'completed'], phase) AS nth_asked,
        list_position(['completed', 'requested', 'approval_requested'], phase) AS nth_done,
        nth_asked IS NOT NULL AS is_own, result IS DISTINCT FROM 'failure' AS is_good,
        -- The asking speaks first, or the completion.
        row(coalesce(nth_asked, 9), occurred_at, event_id) AS as_asked,
        row(coalesce(nth_done, 9), occurred_at, event_id) AS as_done,
        row(occurred_at, event_id) AS as_told
    FROM pim_step SEMI JOIN touched USING (request_id)
    -- A deactivation under the id of its activation only ends it.
    WHERE tenant_id = $tenant AND NOT (kind = 'deactivation' AND request_id IN (SELECT request_id FROM more))
)
SELECT request_id,
    arg_min(surface, as_asked) AS surface,
    arg_min(kind, row(kind = 'other', as_asked)) AS kind,
    arg_min(move, as_asked) AS move,
    arg_min(permanent, as_done) AS permanent,
    arg_min({id: actor_id, name: actor_name, upn: actor_upn, kind: actor_kind},
        row(NOT is_own, coalesce(actor_kind = 'system', false), as_asked))
        FILTER (coalesce(actor_id, actor_upn, actor_name) IS NOT NULL AND phase NOT IN ('approved', 'denied')) AS requester,
    arg_min(subject_id, as_asked) AS subject_id,
    arg_min(subject_name, as_asked) AS subject_name,
    arg_min(subject_upn, as_asked) AS subject_upn,
    arg_min(subject_kind, as_asked) AS subject_kind,
    arg_min(target_id, as_asked) AS target_id,
    arg_min(target_name, as_asked) AS target_name,
    arg_min(access, as_asked) AS access,
    arg_min(scope, as_asked) AS scope,
    min(occurred_at) FILTER (phase = 'requested') AS requested_at,
    arg_min({phase: phase, moment: occurred_at, id: actor_id, name: actor_name, upn: actor_upn}, as_told)
        FILTER (phase IN ('approved', 'denied')) AS decision,
    -- An administrator's yes to an extension or renewal is all there is of its completion.
    coalesce(min(occurred_at) FILTER (phase = 'completed' AND is_good),
        min(occurred_at) FILTER (phase = 'approved' AND kind = 'other' AND is_good)) AS completed_at,
    CASE WHEN bool_or(phase = 'denied') THEN 'denied' WHEN bool_or(phase = 'canceled') THEN 'canceled'
        WHEN bool_or(phase = 'expired') THEN 'expired' END AS refusal,
    bool_or(is_own AND NOT is_good) AS has_failed,
    arg_min(starts_at, as_told) FILTER (phase = 'completed') AS starts_at,
    arg_min(starts_at, as_asked) FILTER (is_own) AS asked_start,
    arg_min(ends_at, as_done) FILTER (is_own) AS expires_at,
    arg_min(justification, row(trim(justification) = '', as_asked)) FILTER (is_own) AS justification,
    max(ticket_number) AS ticket_number,
    max(ticket_system) FILTER (ticket_number <> '') AS ticket_system,
    arg_min(actor_ip, as_asked) FILTER (is_own) AS actor_ip,
    arg_min(correlation_id, as_asked) AS correlation_id,
    arg_min(ends_request_id, as_told) AS ends_request_id,
    list(event_id ORDER BY occurred_at, event_id) AS event_ids,
    max(ingested_at) AS ingested_at, max(segment) AS segment
FROM step GROUP BY request_id;
