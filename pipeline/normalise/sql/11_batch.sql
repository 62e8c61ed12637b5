-- Temp table `batch`: one row a line, with the columns of audit_event, what is wrong with it (`fault`), and, only where the
-- vocabulary calls the activity relevant, targets and details for the tables beside it.
--
-- Nothing is taken by position: orders and counts of targets and details vary from row to row.
CREATE OR REPLACE TEMP TABLE batch AS
WITH line AS (
    {lines}
),
timed AS (
    SELECT
        *,
        CAST(regexp_extract(filename, '(\d+)\.ndjson\.zst$', 1) AS BIGINT) AS segment,
        from_pim(event_id, service, activity) AS is_pim,
        is_pim OR lower(trim(activity)) IN (SELECT activity_key FROM vocabulary WHERE relevant) AS relevant,
        suffix(written_at, 'Z') OR regexp_full_match(written_at, '.*[+-](0\d|1[0-4]):?[0-5]\d') AS zoned,
        CASE
            WHEN zoned THEN TRY_CAST(written_at AS TIMESTAMPTZ)
            WHEN may_lack_zone THEN TRY_CAST(written_at AS TIMESTAMP) AT TIME ZONE 'UTC'
        END AS occurred_at
    FROM line
),
opened AS (
    SELECT
        *,
        CASE WHEN relevant THEN targets END AS kept_targets,
        CASE WHEN relevant THEN details END AS kept_details,
        list_transform(targets, lambda t: t.type) AS types,
        list_transform(targets, lambda t: t.id) AS ids,
        list_transform(targets, lambda t: t.displayName) AS names,
        list_transform(targets, lambda t: t.userPrincipalName) AS upns
    FROM timed
),
listed AS (
    SELECT
        *,
        list_transform(kept_details, lambda d: d.key) AS keys,
        list_transform(kept_details, lambda d: d.value) AS "values",
        flatten(list_transform(kept_targets, lambda t: t.modifiedProperties)) AS changes,
        CASE
            WHEN NOT is_pim THEN NULL
            WHEN category = 'RoleManagement' THEN 'entra_role'
            WHEN category = 'GroupManagement' THEN 'group'
            WHEN category = 'ResourceManagement' THEN 'azure_resource'
        END AS surface
    FROM opened
),
keyed AS (
    SELECT
        *,
        list_transform(changes, lambda c: c.displayName) AS properties,
        list_transform(changes, lambda c: coalesce(nullif(unquoted(c.newValue), ''), unquoted(c.oldValue))) AS contents,
        "values"[list_position(keys, 'ResourceOriginId')] AS resource
    FROM listed
),
grouped AS (
    -- Of several groups in a row about a group, one is the group and another its member: PIM names the group among the
    -- details, Core Directory among the member's changed properties; else it stands after the member.
    SELECT
        *,
        CASE
            WHEN NOT list_contains(types, 'Group') THEN NULL
            WHEN category = 'GroupManagement' AND list_contains(ids, resource) THEN resource
            WHEN category = 'GroupManagement'
                THEN coalesce(
                    nullif(contents[list_position(properties, 'Group.ObjectID')], ''),
                    ids[len(types) + 1 - list_position(list_reverse(types), 'Group')])
            ELSE ids[list_position(types, 'Group')]
        END AS group_id
    FROM keyed
)
SELECT
    segment,
    page,
    ordinal,
    CASE
        WHEN malformed OR left(event_id, 1) IN ('{', '[') THEN 'malformed'
        WHEN coalesce(trim(event_id), '') = '' THEN 'no_id'
        WHEN tenant <> '' AND lower(tenant) <> lower($tenant) THEN 'foreign_tenant'
        WHEN coalesce(occurred_at NOT BETWEEN TIMESTAMPTZ '2000-01-01 00:00:00+00' AND TIMESTAMPTZ '2100-01-01 00:00:00+00', TRUE)
            THEN 'bad_time'
    END AS fault,
    CASE WHEN fault = 'bad_time' THEN written_at WHEN fault = 'foreign_tenant' THEN tenant END AS fault_detail,
    kept_targets,
    kept_details,
    event_id,
    occurred_at,
    nullif(trim(activity), '') AS activity,
    nullif(category, '') AS category,
    nullif(service, '') AS service,
    coalesce(CASE WHEN is_pim THEN nullif("values"[list_position(keys, 'AuditType')], '') END, nullif(operation, '')) AS operation,
    nullif(result, '') AS result,
    nullif(result_reason, '') AS result_reason,
    nullif(correlation_id, '') AS correlation_id,
    CASE WHEN is_pim THEN coalesce(
        nullif(ids[list_position(types, 'Request')], ''),
        nullif("values"[list_position(keys, 'RequestId')], ''),
        nullif("values"[list_position(keys, 'RoleAssignmentRequestId')], ''))
    END AS request_id,
    surface,
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
    coalesce(nullif("user".ipAddress, ''), nullif("values"[list_position(keys, 'ipaddr')], ''), nullif(caller_ip, '')) AS actor_ip,
    nullif(app.appId, '') AS actor_app_id,
    nullif(ids[list_position(types, 'User')], '') AS target_user_id,
    nullif(names[list_position(types, 'User')], '') AS target_user_name,
    nullif(upns[list_position(types, 'User')], '') AS target_user_upn,
    nullif(group_id, '') AS target_group_id,
    coalesce(
        nullif(names[list_position(ids, group_id)], ''),
        nullif(contents[list_position(properties, 'Group.DisplayName')], '')) AS target_group_name,
    -- Members and owners of a group have a role of the group's own: its name tells the access, its id says nothing.
    CASE WHEN surface IS DISTINCT FROM 'group' THEN coalesce(
        nullif("values"[list_position(keys, 'TemplateId')], ''),
        nullif(contents[list_position(properties, 'TemplateId')], ''),
        nullif(contents[list_position(properties, 'Role.TemplateId')], ''),
        nullif("values"[list_position(keys, 'RoleDefinitionOriginId')], ''),
        nullif(contents[list_position(properties, 'RoleDefinitionOriginId')], ''),
        nullif(ids[list_position(types, 'Role')], ''))
    END AS target_role_id,
    coalesce(
        nullif(names[list_position(types, 'Role')], ''),
        nullif(contents[list_position(properties, 'Role.DisplayName')], '')) AS target_role_name,
    coalesce(
        nullif(ids[list_position(types, 'ServicePrincipal')], ''),
        nullif(ids[list_position(types, 'Application')], '')) AS target_app_id,
    coalesce(
        nullif(names[list_position(types, 'ServicePrincipal')], ''),
        nullif(names[list_position(types, 'Application')], '')) AS target_app_name,
    CASE WHEN zoned THEN 'zoned' ELSE 'assumed_utc' END AS time_basis
FROM grouped
