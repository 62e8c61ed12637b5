SELECT k, p, n, e.id AS assignment_id, lower(e.principalId) AS principal_id, lower(e.roleDefinitionId) AS role_id,
    coalesce(e.directoryScopeId, e.appScopeId) AS scope
FROM item
WHERE e.principalId IS NOT NULL AND e.roleDefinitionId IS NOT NULL
