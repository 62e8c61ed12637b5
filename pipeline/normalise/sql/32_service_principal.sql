SELECT k, p, n, lower(e.id) AS principal_id, 'service_principal' AS kind, e.displayName AS name, NULL::VARCHAR AS upn,
    lower(e.appId) AS app_id, try_cast(e.accountEnabled AS BOOLEAN) AS enabled, NULL::VARCHAR AS user_type,
    NULL::BOOLEAN AS synced, try_cast(e.createdDateTime AS TIMESTAMPTZ) AS created_at,
    NULL::TIMESTAMPTZ AS last_sign_in_at
FROM item
