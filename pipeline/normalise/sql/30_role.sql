SELECT k, p, n, lower(coalesce(e.templateId, e.id)) AS role_id, e.displayName AS name,
    try_cast(e.isBuiltIn AS BOOLEAN) AS is_built_in, try_cast(e.isEnabled AS BOOLEAN) AS is_enabled
FROM item
