-- Temp table `batch`: one row a line, with what can be said of any activity, what is wrong with it (`fault`), and targets and
-- details only where the vocabulary calls the activity relevant. Nothing is taken by position: orders and counts vary.
CREATE OR REPLACE TEMP TABLE batch AS
WITH line AS (
    {lines}
),
timed AS (
    SELECT
        *,
        CAST(regexp_extract(filename, '(\d+)\.ndjson\.zst$', 1) AS BIGINT) AS segment,
        from_pim(event_id, service, activity) AS is_pim,
        is_pim OR lower(trimmed(activity)) IN (SELECT activity_key FROM vocabulary WHERE relevant) AS relevant,
        suffix(written_at, 'Z') OR regexp_full_match(written_at, '.*[+-](0\d|1[0-4]):?[0-5]\d') AS zoned,
        CASE
            WHEN zoned THEN TRY_CAST(written_at AS TIMESTAMPTZ)
            WHEN may_lack_zone THEN TRY_CAST(written_at AS TIMESTAMP) AT TIME ZONE 'UTC'
        END AS occurred_at,
        occurred_at BETWEEN TIMESTAMPTZ '2000-01-01 00:00:00+00' AND TIMESTAMPTZ '2100-01-01 00:00:00+00' AS in_time,
        list_transform(targets, lambda t: t.type) AS types,
        list_transform(targets, lambda t: nullif(t.id, '')) AS ids,
        list_transform(targets, lambda t: nullif(t.displayName, '')) AS names,
        list_transform(targets, lambda t: nullif(t.userPrincipalName, '')) AS upns,
        list_position(types, 'User') AS user_place,
        list_position(types, 'Group') AS group_place,
        list_position(types, 'Role') AS role_place,
        coalesce(list_position(types, 'ServicePrincipal'), list_position(types, 'Application')) AS app_place
    FROM line
)
SELECT
    segment,
    page,
    ordinal,
    CASE
        WHEN event_id >= 'A' AND event_id < '[' AND in_time AND tenant IS NULL THEN NULL  -- nearly every row
        WHEN malformed OR starts_with(event_id, '{') OR starts_with(event_id, '[') THEN 'malformed'
        WHEN coalesce(trim(event_id), '') = '' THEN 'no_id'
        WHEN tenant <> '' AND lower(tenant) <> lower($tenant) THEN 'foreign_tenant'
        WHEN NOT coalesce(in_time, FALSE) THEN 'bad_time'
    END AS fault,
    CASE WHEN fault = 'bad_time' THEN written_at WHEN fault = 'foreign_tenant' THEN tenant END AS fault_detail,
    relevant AND fault IS NULL AS is_kept,
    CASE WHEN is_kept THEN targets END AS kept_targets,
    CASE WHEN is_kept THEN details END AS kept_details,
    event_id,
    occurred_at,
    nullif(trimmed(activity), '') AS activity,
    nullif(category, '') AS category,
    nullif(service, '') AS service,
    nullif(operation, '') AS operation,
    nullif(result, '') AS result,
    nullif(result_reason, '') AS result_reason,
    nullif(correlation_id, '') AS correlation_id,
    CASE WHEN is_pim THEN
        CASE category
            WHEN 'RoleManagement' THEN 'entra_role'
            WHEN 'GroupManagement' THEN 'group'
            WHEN 'ResourceManagement' THEN 'azure_resource'
        END
    END AS surface,
    -- Not every user is a person: PIM acts as a user without a name to sign in with, or as an application.
    CASE
        WHEN "user".displayName = 'Azure AD PIM' AND coalesce("user".userPrincipalName, '') = '' THEN 'system'
        WHEN coalesce("user".id, "user".userPrincipalName, "user".displayName, '') <> '' THEN 'user'
        WHEN app.displayName = 'MS-PIM' THEN 'system'
        WHEN coalesce(app.servicePrincipalId, app.appId, app.displayName, '') <> '' THEN 'service_principal'
    END AS actor_kind,
    coalesce(nullif("user".id, ''), nullif(app.servicePrincipalId, '')) AS actor_id,
    coalesce(nullif("user".displayName, ''), nullif(app.displayName, '')) AS actor_name,
    nullif("user".userPrincipalName, '') AS actor_upn,
    nullif("user".ipAddress, '') AS actor_ip,
    nullif(caller_ip, '') AS caller_ip,
    nullif(app.appId, '') AS actor_app_id,
    ids[user_place] AS target_user_id,
    names[user_place] AS target_user_name,
    upns[user_place] AS target_user_upn,
    ids[group_place] AS target_group_id,
    names[group_place] AS target_group_name,
    ids[role_place] AS target_role_id,
    names[role_place] AS target_role_name,
    ids[app_place] AS target_app_id,
    names[app_place] AS target_app_name,
    CASE WHEN zoned THEN 'zoned' ELSE 'assumed_utc' END AS time_basis
FROM timed
