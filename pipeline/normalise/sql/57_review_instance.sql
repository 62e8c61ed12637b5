WITH told AS (
    SELECT k, p, n, parent, e, list_filter(list_concat([e.scope.query],
        coalesce(list_transform(e.scope.resourceScopes, lambda s: s.query), [])), lambda q: q IS NOT NULL) AS queries
    FROM item
), named AS (
    SELECT *, list_distinct(flatten(list_transform(queries, lambda q: reviewed_roles(q)))) AS roles,
        list_distinct(flatten(list_transform(queries, lambda q: reviewed_groups(q)))) AS groups
    FROM told
)
SELECT k, p, n, lower(parent) AS review_id, lower(e.id) AS instance_id,
    CASE WHEN len(roles) > 0 THEN 'entra_role' WHEN len(groups) > 0 THEN 'group' END AS surface,
    CASE WHEN len(roles) + len(groups) = 1 THEN list_concat(roles, groups)[1] END AS target_id,
    e.status AS status, try_cast(e.startDateTime AS TIMESTAMPTZ) AS starts_at,
    try_cast(e.endDateTime AS TIMESTAMPTZ) AS ends_at
FROM named WHERE parent IS NOT NULL
