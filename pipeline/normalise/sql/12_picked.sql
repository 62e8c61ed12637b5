-- Temp table `picked`: of relevant rows, what stands among their details and changed properties.
CREATE OR REPLACE TEMP TABLE picked AS
WITH listed AS (
    SELECT
        rowid AS line,
        * EXCLUDE (kept_targets, kept_details),
        list_transform(kept_targets, lambda t: t.type) AS types,
        list_transform(kept_targets, lambda t: nullif(t.id, '')) AS ids,
        list_transform(kept_targets, lambda t: nullif(t.displayName, '')) AS names,
        list_transform(kept_details, lambda d: d.key) AS keys,
        list_transform(kept_details, lambda d: nullif(d.value, '')) AS "values",
        flatten(list_transform(kept_targets, lambda t: t.modifiedProperties)) AS changes,
        list_transform(changes, lambda c: c.displayName) AS properties,
        list_transform(
            changes, lambda c: coalesce(nullif(unquoted(c.newValue), ''), nullif(unquoted(c.oldValue), ''))) AS contents,
        "values"[list_position(keys, 'ResourceOriginId')] AS resource
    FROM batch
    WHERE is_kept
),
grouped AS (
    -- Of several groups in a row about a group, one is the group and another its member: PIM names the group among the
    -- details, Core Directory among the member's changed properties; else it stands after the member.
    SELECT
        *,
        CASE
            WHEN category IS DISTINCT FROM 'GroupManagement' OR NOT list_contains(types, 'Group') THEN target_group_id
            WHEN list_contains(ids, resource) THEN resource
            ELSE coalesce(
                contents[list_position(properties, 'Group.ObjectID')],
                ids[len(types) + 1 - list_position(list_reverse(types), 'Group')])
        END AS group_id
    FROM listed
)
SELECT
    line,
    CASE WHEN from_pim(event_id, service, activity) THEN "values"[list_position(keys, 'AuditType')] END AS operation,
    CASE WHEN from_pim(event_id, service, activity) THEN coalesce(
        ids[list_position(types, 'Request')],
        "values"[list_position(keys, 'RequestId')],
        "values"[list_position(keys, 'RoleAssignmentRequestId')])
    END AS request_id,
    "values"[list_position(keys, 'ipaddr')] AS actor_ip,
    group_id AS target_group_id,
    coalesce(
        names[list_position(ids, group_id)], contents[list_position(properties, 'Group.DisplayName')]) AS target_group_name,
    -- Members and owners of a group have a role of the group's own: its name tells the access, its id says nothing.
    CASE WHEN surface IS DISTINCT FROM 'group' THEN coalesce(
        "values"[list_position(keys, 'TemplateId')],
        contents[list_position(properties, 'TemplateId')],
        contents[list_position(properties, 'Role.TemplateId')],
        "values"[list_position(keys, 'RoleDefinitionOriginId')],
        contents[list_position(properties, 'RoleDefinitionOriginId')],
        target_role_id)
    END AS target_role_id,
    coalesce(target_role_name, contents[list_position(properties, 'Role.DisplayName')]) AS target_role_name
FROM grouped;

-- Temp view `flat`: the rows of the batch as audit_event has them.
CREATE OR REPLACE TEMP VIEW flat AS
SELECT
    batch.rowid AS line,
    batch.* EXCLUDE (fault, fault_detail, is_kept, kept_targets, kept_details, caller_ip)
        REPLACE (
            coalesce(known.activity, batch.activity) AS activity,
            coalesce(picked.operation, batch.operation) AS operation,
            coalesce(batch.actor_ip, picked.actor_ip, batch.caller_ip) AS actor_ip,
            CASE WHEN is_kept THEN picked.target_group_id ELSE batch.target_group_id END AS target_group_id,
            CASE WHEN is_kept THEN picked.target_group_name ELSE batch.target_group_name END AS target_group_name,
            CASE WHEN is_kept THEN picked.target_role_id ELSE batch.target_role_id END AS target_role_id,
            CASE WHEN is_kept THEN picked.target_role_name ELSE batch.target_role_name END AS target_role_name),
    picked.request_id,
    answer.server_time AS ingested_at
FROM batch
JOIN batch_page answer USING (segment, page)
LEFT JOIN picked ON picked.line = batch.rowid
LEFT JOIN vocabulary known ON known.activity_key = lower(batch.activity)
WHERE fault IS NULL;
