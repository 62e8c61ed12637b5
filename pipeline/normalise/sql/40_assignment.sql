-- Instances of roles and of groups, eligible and active. An end in the year 9999 is another way to say "without end".
SELECT k, p, n, e.id AS assignment_id, $surface AS surface, $kind AS kind,
    CASE WHEN $kind = 'active' THEN lower(e.assignmentType) END AS assignment_type,
    lower(e.principalId) AS principal_id,
    lower(CASE WHEN $surface = 'group' THEN coalesce(e.groupId, parent) ELSE e.roleDefinitionId END) AS target_id,
    CASE WHEN $surface = 'group' THEN lower(e.accessId) END AS access,
    CASE WHEN $surface = 'entra_role' THEN coalesce(e.directoryScopeId, e.appScopeId) END AS scope,
    lower(e.memberType) AS member_type,
    try_cast(e.startDateTime AS TIMESTAMPTZ) AS starts_at,
    CASE WHEN e.endDateTime NOT LIKE '9999-%' THEN try_cast(e.endDateTime AS TIMESTAMPTZ) END AS ends_at
FROM item
WHERE e.principalId IS NOT NULL AND coalesce(e.groupId, parent, e.roleDefinitionId) IS NOT NULL
