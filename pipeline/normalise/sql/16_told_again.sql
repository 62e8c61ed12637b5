-- Temp table `told_again`: the batch's repeated rows beside the event that is kept, with the columns in which they differ.
-- Another road may leave a column empty and cut a time; the same road says the same or contradicts itself.
INSERT INTO told_again BY NAME
SELECT
    repeated.line,
    kept.segment AS kept_segment,
    kept.page AS kept_page,
    kept.ordinal AS kept_ordinal,
    kept.source = $source AS same_road,
    list_filter([{differences}], lambda name: name IS NOT NULL) AS differing
FROM repeated
JOIN flat told ON told.line = repeated.line
JOIN audit_event kept
    ON kept.tenant_id = $tenant AND kept.event_id = told.event_id AND kept.occurred_at BETWEEN $since AND $until;
