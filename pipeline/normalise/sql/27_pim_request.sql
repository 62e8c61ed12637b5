-- The requests asked for, with their ends, their tickets and what they renew, in place of what stood there before.
DELETE FROM pim_request WHERE tenant_id = $tenant AND request_id IN (SELECT request_id FROM asked);

INSERT INTO pim_request BY NAME
WITH word AS (
    SELECT unnest(['selfActivate', 'selfDeactivate', 'selfExtend', 'selfRenew', 'selfRemove',
        'adminAssign', 'adminUpdate', 'adminRemove', 'adminExtend', 'adminRenew']) AS action
), whole AS (
    SELECT a.* EXCLUDE (event_ids, ingested_at, segment), e.ended_at, e.ended_by,
        list_concat(a.event_ids, coalesce(e.event_ids, [])) AS event_ids,
        greatest(a.ingested_at, e.ingested_at) AS ingested_at, greatest(a.segment, e.segment) AS segment,
        coalesce(word.action, a.told_action, CASE
            WHEN request_kind = 'activation' THEN 'selfActivate'
            WHEN request_kind = 'deactivation' AND requester_id = subject_id THEN 'selfDeactivate'
            WHEN request_kind IN ('removal', 'deactivation') THEN 'adminRemove'
            WHEN move IS NOT NULL THEN (CASE WHEN requester_id = subject_id THEN 'self' ELSE 'admin' END)
                || upper(move[1]) || move[2:]
            WHEN request_kind IN ('eligible', 'active') THEN 'adminAssign' END) AS action,
        -- A ticket number has at least one letter or digit: blanks of any kind are none.
        regexp_matches(schedule_ticket, '[\p{L}\p{N}]') AS has_schedule_ticket,
        regexp_matches(detail_ticket, '[\p{L}\p{N}]') AS has_detail_ticket,
        nullif(regexp_extract(justification, $pattern, 0), '') AS written_ticket
    FROM asked a
    LEFT JOIN ended e USING (request_id)
    LEFT JOIN word ON lower(word.action) = lower(a.told_action)
), former AS (
    SELECT request_id, lag(request_id) OVER held AS request_before,
        lag(coalesce(ended_at, expires_at)) OVER held AS end_before
    FROM whole
    WHERE outcome = 'completed' AND starts_at IS NOT NULL AND subject_id IS NOT NULL AND target_id IS NOT NULL
        AND request_kind IN ('activation', 'eligible', 'active')
    WINDOW held AS (PARTITION BY request_kind, surface, subject_id, target_id, access ORDER BY starts_at, request_id)
)
SELECT $tenant AS tenant_id,
    whole.* EXCLUDE (told_action, move, has_schedule, schedule_ticket, schedule_system, detail_ticket, detail_system,
        ends_request_id, has_schedule_ticket, has_detail_ticket, written_ticket),
    CASE WHEN has_schedule_ticket THEN 'request' WHEN has_detail_ticket THEN 'details'
        WHEN written_ticket IS NOT NULL THEN 'justification' END AS ticket_source,
    CASE ticket_source WHEN 'request' THEN schedule_ticket WHEN 'details' THEN detail_ticket
        WHEN 'justification' THEN written_ticket END AS ticket_number,
    CASE ticket_source WHEN 'request' THEN schedule_system WHEN 'details' THEN detail_system END AS ticket_system,
    -- Absent only where it is known that none was given.
    CASE WHEN ticket_source IS NOT NULL THEN 'present'
        WHEN has_schedule OR detail_ticket IS NOT NULL OR $in_justification THEN 'absent' ELSE 'unknown' END AS ticket_state,
    CASE WHEN lower(action) SIMILAR TO '.*(renew|extend)' OR (request_kind = 'activation'
        AND abs(epoch(coalesce(requested_at, starts_at)) - epoch(end_before)) <= 600) THEN request_before END AS renews
FROM whole LEFT JOIN former USING (request_id);
