-- Register of activations that started in the period.
SELECT
    a.request_id AS row_id,
    a.starts_at,
    a.subject_name,
    a.subject_upn,
    a.subject_id,
    a.surface,
    a.target_name,
    a.target_id,
    a.access,
    a.scope,
    t.tier,
    a.requested_at,
    a.expires_at,
    a.ended_at,
    a.ended_by,
    a.duration_seconds,
    a.justification,
    a.ticket_state,
    a.ticket_number,
    a.ticket_system,
    a.ticket_source,
    a.decision,
    a.approver_name,
    a.approver_upn,
    a.actor_ip,
    a.correlation_id,
    array_to_string(a.event_ids, ' ') AS event_ids
FROM activation a
LEFT JOIN (SELECT surface, target_id, min(tier) AS tier FROM tier GROUP BY ALL) t
    ON t.surface = a.surface AND t.target_id = a.target_id
WHERE a.starts_at >= $since AND a.starts_at < $until
ORDER BY a.starts_at, a.request_id
