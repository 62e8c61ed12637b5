-- Temp table `asked`: the touched requests as audit events and schedule requests together tell them. What joins one request
-- to another comes after.
CREATE OR REPLACE TEMP TABLE asked AS
WITH schedule AS (
    SELECT *,
        CASE WHEN list = 'assignment' AND lower(action) = 'selfactivate' THEN 'activation'
            WHEN lower(action) = 'selfdeactivate' THEN 'deactivation'
            WHEN lower(action) LIKE '%remove' THEN 'removal'
            WHEN list = 'eligibility' THEN 'eligible' ELSE 'active' END AS kind,
        -- Revoked is what became of it later; a removal is done when something was revoked.
        CASE WHEN lower(status) IN ('provisioned', 'granted', 'revoked', 'schedulecreated') THEN 'completed'
            WHEN lower(status) IN ('denied', 'admindenied') THEN 'denied'
            WHEN lower(status) = 'canceled' THEN 'canceled'
            WHEN lower(status) = 'timedout' THEN 'expired'
            WHEN lower(status) LIKE 'failed%' OR lower(status) = 'invalid' THEN 'failed' END AS outcome
    FROM schedule_request
    WHERE tenant_id = $tenant AND request_id IN (SELECT request_id FROM touched)
), merged AS (
    SELECT coalesce(t.request_id, s.request_id) AS request_id,
        coalesce(t.surface, CASE WHEN s.request_id IS NOT NULL THEN 'group' END) AS surface,
        coalesce(nullif(t.kind, 'other'), s.kind, t.kind) AS request_kind,
        s.action AS told_action, t.move, s.requester_id, s.requester_name, s.requester_kind,
        CASE WHEN t.requester.kind IS DISTINCT FROM 'system' OR s.requester_id IS NULL THEN t.requester END AS requester,
        coalesce(s.principal_id, t.subject_id) AS subject_id,
        coalesce(s.principal_id = t.subject_id, true) AS is_subject, t.subject_name, t.subject_upn, t.subject_kind,
        coalesce(s.group_id, t.target_id) AS target_id,
        CASE WHEN coalesce(s.group_id = t.target_id, true) THEN t.target_name END AS target_name,
        coalesce(s.access, t.access) AS access, t.scope,
        coalesce(t.requested_at, s.created_at) AS requested_at,
        t.decision, coalesce(t.decision.phase, CASE lower(s.status)
            WHEN 'denied' THEN 'denied' WHEN 'admindenied' THEN 'denied' WHEN 'adminapproved' THEN 'approved' END) AS decided,
        CASE WHEN t.completed_at IS NOT NULL THEN 'completed'
            ELSE coalesce(t.refusal, s.outcome, CASE WHEN t.has_failed THEN 'failed' END, 'pending') END AS outcome,
        coalesce(t.completed_at, greatest(s.completed_at, t.decision.moment)) AS done_at,
        CASE WHEN t.decision.phase = 'approved' THEN t.decision.moment END AS approved_at,
        t.starts_at AS told_start, coalesce(t.asked_start, s.starts_at) AS asked_start, t.expires_at AS told_end,
        s.expiration, s.ends_at, s.duration_seconds, t.permanent,
        coalesce(nullif(t.justification, ''), s.justification, t.justification) AS justification,
        s.request_id IS NOT NULL AS has_schedule, s.ticket_number AS schedule_ticket, s.ticket_system AS schedule_system,
        t.ticket_number AS detail_ticket, t.ticket_system AS detail_system, t.actor_ip, t.correlation_id, t.ends_request_id,
        coalesce(t.event_ids, []) AS event_ids, greatest(t.ingested_at, s.ingested_at) AS ingested_at,
        greatest(t.segment, s.segment) AS segment
    FROM told t FULL JOIN schedule s ON s.request_id = t.request_id
), timed AS (
    SELECT * REPLACE (
            coalesce(subject_id, CASE WHEN request_kind IN ('activation', 'deactivation')
                THEN coalesce(requester.id, requester_id) END) AS subject_id),
        CASE WHEN outcome = 'completed' THEN done_at END AS completed_at,
        -- Nothing starts before it was approved; the row of the completion already knows.
        CASE WHEN outcome = 'completed' THEN coalesce(told_start, greatest(asked_start, approved_at), done_at) END AS starts_at
    FROM merged
)
SELECT request_id, surface, request_kind, told_action, move,
    coalesce(requester.id, requester_id) AS requester_id,
    coalesce(requester.name, CASE WHEN coalesce(requester.id = requester_id, true) THEN requester_name END) AS requester_name,
    requester.upn AS requester_upn,
    coalesce(requester.kind, requester_kind) AS requester_kind,
    subject_id,
    CASE WHEN is_subject THEN coalesce(subject_name, CASE WHEN subject_id = requester.id THEN requester.name END) END
        AS subject_name,
    CASE WHEN is_subject THEN coalesce(subject_upn, CASE WHEN subject_id = requester.id THEN requester.upn END) END
        AS subject_upn,
    coalesce(CASE WHEN is_subject THEN subject_kind END, CASE WHEN subject_id = requester.id THEN requester.kind END)
        AS subject_kind,
    target_id, target_name, access, scope, requested_at, decision.moment AS decided_at, decided AS decision,
    decision.id AS approver_id, decision.name AS approver_name, decision.upn AS approver_upn,
    starts_at, completed_at,
    CASE WHEN outcome = 'completed' AND request_kind IN ('activation', 'eligible', 'active') AND permanent IS DISTINCT FROM true
        THEN coalesce(told_end, CASE lower(expiration) WHEN 'afterdatetime' THEN ends_at
            WHEN 'afterduration' THEN starts_at + to_seconds(duration_seconds) END) END AS expires_at,
    CASE WHEN request_kind IN ('eligible', 'active') THEN coalesce(permanent, CASE lower(expiration)
        WHEN 'noexpiration' THEN true WHEN 'afterdatetime' THEN false WHEN 'afterduration' THEN false END) END AS permanent,
    outcome, justification, has_schedule, schedule_ticket, schedule_system, detail_ticket, detail_system, actor_ip,
    correlation_id, ends_request_id, event_ids, ingested_at, segment
FROM timed;
