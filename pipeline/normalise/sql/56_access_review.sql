-- A review names its roles or groups in the text of queries, its own, those of its resources, or that of what it enumerates.
WITH told AS (
    SELECT k, p, n, e, list_filter(list_concat([e.scope.query, e.instanceEnumerationScope.query],
        coalesce(list_transform(e.scope.resourceScopes, lambda s: s.query), [])), lambda q: q IS NOT NULL) AS queries
    FROM item
), named AS (
    SELECT *, list_sort(list_distinct(flatten(list_transform(queries, lambda q: reviewed_roles(q))))) AS roles,
        list_sort(list_distinct(flatten(list_transform(queries, lambda q: reviewed_groups(q))))) AS groups
    FROM told
)
SELECT k, p, n, lower(e.id) AS review_id, e.displayName AS name, e.status AS status,
    CASE WHEN len(roles) > 0 THEN 'entra_role' WHEN len(groups) > 0 THEN 'group'
        WHEN len(list_filter(queries, lambda q: lower(q) LIKE '%rolemanagement/directory%')) > 0 THEN 'entra_role'
        WHEN len(list_filter(queries, lambda q: starts_with(lower(q), '/groups'))) > 0 THEN 'group' END AS surface,
    list_concat(roles, groups) AS target_ids, queries,
    e.settings.recurrence.pattern.type AS recurrence,
    try_cast(e.settings.recurrence.pattern.interval AS INTEGER) AS recurrence_interval,
    try_cast(e.settings.instanceDurationInDays AS INTEGER) AS duration_days,
    is_true(e.settings.autoApplyDecisionsEnabled) AS auto_apply,
    CASE WHEN is_true(e.settings.defaultDecisionEnabled) THEN e.settings.defaultDecision END AS default_decision,
    is_true(e.settings.justificationRequiredOnApproval) AS requires_justification,
    try_cast(e.createdDateTime AS TIMESTAMPTZ) AS created_at
FROM named
