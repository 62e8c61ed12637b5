-- Before its first snapshot a policy is taken to have held already, back to the last change of its settings that the log shows.
DELETE FROM policy_history WHERE tenant_id = $tenant AND basis = 'assumed';

INSERT INTO policy_history BY NAME
WITH earliest AS (
    SELECT * FROM policy_history WHERE tenant_id = $tenant
    QUALIFY row_number() OVER (PARTITION BY surface, target_id, access ORDER BY valid_from, policy_id) = 1
), change AS (
    SELECT surface, lower(coalesce(CASE WHEN surface = 'group' THEN target_group_id ELSE target_role_id END)) AS target_id,
        CASE WHEN lower(target_role_name) IN ('member', 'owner') THEN lower(target_role_name) END AS access, occurred_at
    FROM audit_event
    WHERE tenant_id = $tenant AND lower(trim(activity)) = 'update role setting in pim'
), since AS (
    SELECT e.surface, e.target_id, e.access, max(c.occurred_at) AS moment
    FROM earliest e
    JOIN change c ON c.surface = e.surface AND c.target_id = e.target_id AND c.occurred_at < e.valid_from
        AND (e.surface <> 'group' OR c.access IS NULL OR c.access = e.access)
    GROUP BY ALL
)
SELECT e.* REPLACE (
    coalesce(s.moment, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS valid_from, e.valid_from AS valid_to, 'assumed' AS basis,
    NULL AS modified_at, NULL AS modified_by)
FROM earliest e
LEFT JOIN since s ON s.surface = e.surface AND s.target_id = e.target_id AND s.access IS NOT DISTINCT FROM e.access;
