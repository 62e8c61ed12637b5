-- Lists are put in order: Graph promises none. A client condition of "all" narrows nothing.
SELECT k, p, n, lower(e.id) AS policy_id, e.displayName AS name, e.state AS state,
    list_sort(e.conditions.users.includeUsers) AS include_users, list_sort(e.conditions.users.excludeUsers) AS exclude_users,
    list_sort(e.conditions.users.includeGroups) AS include_groups,
    list_sort(e.conditions.users.excludeGroups) AS exclude_groups,
    list_sort(e.conditions.users.includeRoles) AS include_roles, list_sort(e.conditions.users.excludeRoles) AS exclude_roles,
    list_sort(e.conditions.applications.includeApplications) AS include_applications,
    list_sort(e.conditions.applications.excludeApplications) AS exclude_applications,
    list_sort(lowered(e.conditions.applications.includeAuthenticationContextClassReferences)) AS include_auth_contexts,
    list_filter([
        CASE WHEN len(list_filter(e.conditions.clientAppTypes, lambda t: lower(t) <> 'all')) > 0 THEN 'client_apps' END,
        CASE WHEN e.conditions.devices IS NOT NULL THEN 'devices' END,
        CASE WHEN e.conditions.locations IS NOT NULL THEN 'locations' END,
        CASE WHEN e.conditions.platforms IS NOT NULL THEN 'platforms' END,
        CASE WHEN len(e.conditions.servicePrincipalRiskLevels) > 0 THEN 'service_principal_risk' END,
        CASE WHEN len(e.conditions.signInRiskLevels) > 0 THEN 'sign_in_risk' END,
        CASE WHEN len(e.conditions.userRiskLevels) > 0 THEN 'user_risk' END
    ], lambda name: name IS NOT NULL) AS narrowed_by,
    upper(e.grantControls.operator) AS grant_operator, list_sort(e.grantControls.builtInControls) AS grant_controls,
    lower(e.grantControls.authenticationStrength.id) AS strength_id,
    e.grantControls.authenticationStrength.displayName AS strength_name,
    list_sort(e.grantControls.authenticationStrength.allowedCombinations) AS strength_combinations,
    CASE WHEN is_true(frequency.isEnabled) AND lower(frequency.frequencyInterval) IS DISTINCT FROM 'everytime' THEN
        try_cast(frequency.value AS BIGINT) * CASE lower(frequency.type) WHEN 'hours' THEN 3600 WHEN 'days' THEN 86400 END
    END AS sign_in_frequency,
    coalesce(is_true(frequency.isEnabled) AND lower(frequency.frequencyInterval) = 'everytime', false) AS sign_in_every_time,
    try_cast(e.createdDateTime AS TIMESTAMPTZ) AS created_at, try_cast(e.modifiedDateTime AS TIMESTAMPTZ) AS modified_at
FROM (SELECT *, e.sessionControls.signInFrequency AS frequency FROM item)
