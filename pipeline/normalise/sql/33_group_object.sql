-- isAssignableToRole and onPremisesSyncEnabled are null where they were never set; writeback is mostly told by a list of its own.
SELECT k, p, n, lower(e.id) AS group_id, e.displayName AS name,
    CASE WHEN list_contains(e.groupTypes, 'Unified') THEN 'm365'
        WHEN try_cast(e.securityEnabled AS BOOLEAN) IS NOT DISTINCT FROM false THEN 'distribution'
        ELSE 'security' END AS kind,
    coalesce(try_cast(e.isAssignableToRole AS BOOLEAN), false) AS is_role_assignable,
    CASE WHEN list_contains(e.groupTypes, 'DynamicMembership') THEN e.membershipRule END AS membership_rule,
    coalesce(try_cast(e.onPremisesSyncEnabled AS BOOLEAN), false) AS synced,
    try_cast(e.writebackConfiguration.isEnabled AS BOOLEAN) AS writeback,
    is_true(e.isManagementRestricted) AS management_restricted,
    try_cast(e.createdDateTime AS TIMESTAMPTZ) AS created_at
FROM item
