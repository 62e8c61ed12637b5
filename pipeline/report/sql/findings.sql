-- Findings of the period: what happened in it, and what stood at any time in it.
SELECT
    f.finding_id AS row_id,
    f.severity,
    f.rule_id,
    f.rule_version,
    f.kind,
    f.title,
    f.why,
    f.surface,
    f.subject_name,
    f.subject_id,
    f.target_name,
    f.target_id,
    f.occurred_at,
    f.first_seen_at,
    f.last_seen_at,
    f.status,
    f.resolved_at,
    f.resolved_reason,
    f.onboarding,
    f.suppressed,
    f.waived_by,
    w.reason AS waiver_reason,
    w.owner AS waiver_owner,
    w.ticket AS waiver_ticket,
    w.expires AS waiver_expires,
    (SELECT string_agg(o.sink || ' ' || o.state, ', ' ORDER BY o.sink) FROM outbox o
     WHERE o.alert_id = f.finding_id AND o.revision = f.revision) AS delivery,
    f.record
FROM finding f
LEFT JOIN waiver w ON w.waiver_id = f.waived_by
WHERE (f.kind = 'event' AND f.occurred_at >= $since AND f.occurred_at < $until)
    OR (f.kind = 'state' AND f.first_seen_at < $until AND (f.resolved_at IS NULL OR f.resolved_at >= $since))
ORDER BY CASE f.severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 ELSE 3 END,
    f.rule_id, f.occurred_at, f.finding_id
