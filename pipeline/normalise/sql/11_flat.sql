-- One row a line, as audit_event has it, beside what is wrong with it (`fault`) and, where the vocabulary calls the activity
-- relevant, its targets and details. Only of those is more picked than the columns any activity has. Nothing is taken by
-- position: orders and counts vary.
WITH line AS (
    {lines}
),
timed AS (
    SELECT
        * EXCLUDE (activity),
        CAST(regexp_extract(filename, '(\d+)\.ndjson\.zst$', 1) AS BIGINT) AS segment,
        getvariable('vocabulary')[lower(trimmed(line.activity))] AS known,
        coalesce(known['activity'], nullif(trimmed(line.activity), '')) AS activity,
        from_pim(event_id, service, line.activity) AS is_pim,
        CASE  -- where OR would match all rows against both
            WHEN suffix(written_at, 'Z') THEN TRUE
            ELSE regexp_full_match(written_at, '.*[+-](0\d|1[0-4]):?[0-5]\d')
        END AS zoned,
        CASE
            WHEN zoned THEN TRY_CAST(written_at AS TIMESTAMPTZ)
            WHEN may_lack_zone THEN TRY_CAST(written_at AS TIMESTAMP) AT TIME ZONE 'UTC'
        END AS occurred_at,
        occurred_at BETWEEN TIMESTAMPTZ '2000-01-01 00:00:00+00' AND TIMESTAMPTZ '2100-01-01 00:00:00+00' AS in_time,
        CASE
            WHEN event_id >= 'A' AND event_id < '[' AND in_time AND tenant IS NULL THEN NULL  -- nearly every row
            WHEN malformed OR starts_with(event_id, '{') OR starts_with(event_id, '[') THEN 'malformed'
            WHEN coalesce(trim(event_id), '') = '' THEN 'no_id'
            WHEN tenant <> '' AND lower(tenant) <> lower($own) THEN 'foreign_tenant'
            WHEN NOT coalesce(in_time, FALSE) THEN 'bad_time'
        END AS fault,
        fault IS NULL AND (is_pim OR coalesce(known['relevant'], FALSE)) AS is_kept,
        list_transform(targets, lambda t: t.type) AS types,
        list_transform(targets, lambda t: nullif(t.id, '')) AS ids,
        list_transform(targets, lambda t: nullif(t.displayName, '')) AS names,
        list_transform(targets, lambda t: nullif(t.userPrincipalName, '')) AS upns,
        list_position(types, 'User') AS user_place,
        list_position(types, 'Group') AS group_place,
        list_position(types, 'Role') AS role_place,
        coalesce(list_position(types, 'ServicePrincipal'), list_position(types, 'Application')) AS app_place,
        CASE WHEN is_kept THEN list_transform(details, lambda d: d.key) END AS keys,
        CASE WHEN is_kept THEN list_transform(details, lambda d: nullif(d.value, '')) END AS "values",
        CASE WHEN is_kept THEN flatten(list_transform(targets, lambda t: t.modifiedProperties)) END AS changes,
        CASE WHEN is_kept THEN list_transform(changes, lambda c: c.displayName) END AS properties,
        CASE WHEN is_kept THEN list_transform(
            changes, lambda c: coalesce(nullif(unquoted(c.newValue), ''), nullif(unquoted(c.oldValue), '')))
        END AS contents,
        -- Of several groups in a row about a group, one is the group and another its member: PIM names the group among the
        -- details, Core Directory among the member's changed properties; else it stands after the member.
        CASE
            WHEN NOT is_kept OR category IS DISTINCT FROM 'GroupManagement' OR group_place IS NULL THEN ids[group_place]
            WHEN list_contains(ids, "values"[list_position(keys, 'ResourceOriginId')])
                THEN "values"[list_position(keys, 'ResourceOriginId')]
            ELSE coalesce(
                contents[list_position(properties, 'Group.ObjectID')],
                ids[len(types) + 1 - list_position(list_reverse(types), 'Group')])
        END AS group_id
    FROM line
)
SELECT
    segment,
    page,
    ordinal,
    fault,
    CASE WHEN fault = 'bad_time' THEN written_at WHEN fault = 'foreign_tenant' THEN tenant END AS fault_detail,
    -- Filtered, since CASE alone would copy the targets and details of every row, kept or not.
    CASE WHEN is_kept THEN list_filter(targets, lambda t: t IS NOT NULL) END AS targets,
    CASE WHEN is_kept THEN list_filter(details, lambda d: d.key IS NOT NULL) END AS details,
    event_id,
    occurred_at,
    getvariable('answered')[getvariable('answered_before')[segment] + page + 1] AS ingested_at,
    activity,
    nullif(category, '') AS category,
    nullif(service, '') AS service,
    coalesce(
        CASE WHEN is_kept AND is_pim THEN "values"[list_position(keys, 'AuditType')] END, nullif(operation, '')) AS operation,
    nullif(result, '') AS result,
    nullif(result_reason, '') AS result_reason,
    nullif(correlation_id, '') AS correlation_id,
    CASE WHEN is_kept AND is_pim THEN coalesce(
        ids[list_position(types, 'Request')],
        "values"[list_position(keys, 'RequestId')],
        "values"[list_position(keys, 'RoleAssignmentRequestId')])
    END AS request_id,
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
    coalesce(
        nullif("user".ipAddress, ''),
        CASE WHEN is_kept THEN "values"[list_position(keys, 'ipaddr')] END,
        nullif(caller_ip, '')) AS actor_ip,
    nullif(app.appId, '') AS actor_app_id,
    ids[user_place] AS target_user_id,
    names[user_place] AS target_user_name,
    upns[user_place] AS target_user_upn,
    group_id AS target_group_id,
    CASE WHEN is_kept
        THEN coalesce(names[list_position(ids, group_id)], contents[list_position(properties, 'Group.DisplayName')])
        ELSE names[group_place]
    END AS target_group_name,
    -- Members and owners of a group have a role of the group's own: its name tells the access, its id says nothing.
    CASE
        WHEN NOT is_kept THEN ids[role_place]
        WHEN surface IS DISTINCT FROM 'group' THEN coalesce(
            "values"[list_position(keys, 'TemplateId')],
            contents[list_position(properties, 'TemplateId')],
            contents[list_position(properties, 'Role.TemplateId')],
            "values"[list_position(keys, 'RoleDefinitionOriginId')],
            contents[list_position(properties, 'RoleDefinitionOriginId')],
            ids[role_place])
    END AS target_role_id,
    coalesce(
        names[role_place],
        CASE WHEN is_kept THEN contents[list_position(properties, 'Role.DisplayName')] END) AS target_role_name,
    ids[app_place] AS target_app_id,
    names[app_place] AS target_app_name,
    CASE WHEN zoned THEN 'zoned' ELSE 'assumed_utc' END AS time_basis
FROM timed
