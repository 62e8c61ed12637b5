-- onPremisesSyncEnabled is null for an account that was never synced.
SELECT k, p, n, lower(e.id) AS principal_id, 'user' AS kind, e.displayName AS name, e.userPrincipalName AS upn,
    NULL::VARCHAR AS app_id, try_cast(e.accountEnabled AS BOOLEAN) AS enabled, e.userType AS user_type,
    coalesce(try_cast(e.onPremisesSyncEnabled AS BOOLEAN), false) AS synced,
    try_cast(e.createdDateTime AS TIMESTAMPTZ) AS created_at,
    greatest(try_cast(e.signInActivity.lastSignInDateTime AS TIMESTAMPTZ),
        try_cast(e.signInActivity.lastNonInteractiveSignInDateTime AS TIMESTAMPTZ),
        try_cast(e.signInActivity.lastSuccessfulSignInDateTime AS TIMESTAMPTZ)) AS last_sign_in_at
FROM item
