-- From pages to activations, each step with what fell away between it and the one before.
WITH read_here AS (
    SELECT seq, items, answers FROM segment
    WHERE (kind = 'stream' AND until > $since AND since < $until) OR kind = 'import'
)
SELECT
    (SELECT coalesce(sum(answers), 0) FROM read_here) AS pages,
    (SELECT coalesce(sum(items), 0) FROM read_here) AS items,
    (SELECT count(*) FROM audit_event WHERE segment IN (SELECT seq FROM read_here)) AS events,
    (SELECT count(*) FROM audit_event WHERE occurred_at >= $since AND occurred_at < $until) AS in_period,
    (SELECT count(*) FROM audit_event WHERE occurred_at >= $since AND occurred_at < $until AND surface IS NOT NULL) AS pim,
    (SELECT count(*) FROM pim_request WHERE coalesce(starts_at, completed_at, requested_at) >= $since
        AND coalesce(starts_at, completed_at, requested_at) < $until) AS requests,
    (SELECT count(*) FROM activation WHERE starts_at >= $since AND starts_at < $until) AS activations
