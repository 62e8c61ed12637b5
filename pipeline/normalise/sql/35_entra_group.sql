-- A group as its directory object, as a resource of PIM and as something written back, over intervals in which none of them changes.
-- Whether it is in PIM is unknown before the first list of such groups.
DELETE FROM entra_group_history WHERE tenant_id = $tenant;

INSERT INTO entra_group_history BY NAME
WITH listed AS (
    SELECT min(finished_at) AS since FROM segment
    WHERE tenant_id = $tenant AND source = 'group_resources' AND kind = 'snapshot' AND held IS NULL
), turn AS (
    SELECT group_id, valid_from AS moment FROM group_object WHERE tenant_id = $tenant
    UNION SELECT group_id, valid_to FROM group_object WHERE tenant_id = $tenant AND valid_to IS NOT NULL
    UNION SELECT group_id, valid_from FROM group_onboarding WHERE tenant_id = $tenant
    UNION SELECT group_id, valid_to FROM group_onboarding WHERE tenant_id = $tenant AND valid_to IS NOT NULL
    UNION SELECT group_id, valid_from FROM group_writeback WHERE tenant_id = $tenant
    UNION SELECT group_id, valid_to FROM group_writeback WHERE tenant_id = $tenant AND valid_to IS NOT NULL
    UNION SELECT group_id, since FROM group_object, listed WHERE tenant_id = $tenant AND since IS NOT NULL
), span AS (
    SELECT group_id, moment AS valid_from, lead(moment) OVER (PARTITION BY group_id ORDER BY moment) AS valid_to FROM turn
)
SELECT $tenant AS tenant_id, span.group_id, o.name, o.kind, o.is_role_assignable,
    CASE WHEN b.group_id IS NOT NULL THEN true WHEN span.valid_from >= listed.since THEN false END AS is_onboarded,
    o.membership_rule, o.synced, coalesce(w.is_enabled, o.writeback) AS writeback, w.on_premises_type,
    o.management_restricted, o.created_at, span.valid_from, span.valid_to
FROM span
CROSS JOIN listed
LEFT JOIN group_object o ON o.tenant_id = $tenant AND o.group_id = span.group_id
    AND o.valid_from <= span.valid_from AND (o.valid_to IS NULL OR o.valid_to > span.valid_from)
LEFT JOIN group_onboarding b ON b.tenant_id = $tenant AND b.group_id = span.group_id
    AND b.valid_from <= span.valid_from AND (b.valid_to IS NULL OR b.valid_to > span.valid_from)
LEFT JOIN group_writeback w ON w.tenant_id = $tenant AND w.group_id = span.group_id
    AND w.valid_from <= span.valid_from AND (w.valid_to IS NULL OR w.valid_to > span.valid_from)
WHERE o.group_id IS NOT NULL OR b.group_id IS NOT NULL;
