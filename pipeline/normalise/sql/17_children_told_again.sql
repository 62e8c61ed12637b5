-- Where the same road tells a relevant event again in the same words, its targets and details must be the same as well.
UPDATE told_again SET differing = differing || ['targets']
WHERE same_road AND line IN (
    SELECT told.line
    FROM (
        SELECT again.line, list_sort(list(row(t.type, t.id, t.name, t.upn, t.property, t.old, t.new)) FILTER (t.line IS NOT NULL)) AS rows
        FROM told_again again LEFT JOIN kept_target t ON t.line = again.line GROUP BY again.line
    ) told
    JOIN (
        SELECT again.line, list_sort(list(row(t.type, t.id, t.name, t.upn, t.property, t.old, t.new)) FILTER (t.event_id IS NOT NULL)) AS rows
        FROM told_again again
        JOIN batch ON batch.rowid = again.line
        LEFT JOIN audit_target t
            ON t.tenant_id = $tenant AND t.event_id = batch.event_id AND t.occurred_at BETWEEN $since AND $until
        GROUP BY again.line
    ) kept ON kept.line = told.line
    WHERE told.rows <> kept.rows);

UPDATE told_again SET differing = differing || ['details']
WHERE same_road AND line IN (
    SELECT told.line
    FROM (
        SELECT again.line, list_sort(list(row(d.key, d.value)) FILTER (d.line IS NOT NULL)) AS rows
        FROM told_again again LEFT JOIN kept_detail d ON d.line = again.line GROUP BY again.line
    ) told
    JOIN (
        SELECT again.line, list_sort(list(row(d.key, d.value)) FILTER (d.event_id IS NOT NULL)) AS rows
        FROM told_again again
        JOIN batch ON batch.rowid = again.line
        LEFT JOIN audit_detail d
            ON d.tenant_id = $tenant AND d.event_id = batch.event_id AND d.occurred_at BETWEEN $since AND $until
        GROUP BY again.line
    ) kept ON kept.line = told.line
    WHERE told.rows <> kept.rows);
