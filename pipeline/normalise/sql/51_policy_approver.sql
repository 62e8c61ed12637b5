WITH approval AS (
    SELECT k, p, n, parent, e, rule_of(e.policy.rules, 'approval_enduser_assignment').setting AS setting
    FROM item
), stage AS (
    SELECT * EXCLUDE (setting), unnest(setting.approvalStages) AS stage FROM approval
), approver AS (
    SELECT * EXCLUDE (stage),
        unnest(list_concat(coalesce(stage.primaryApprovers, []), coalesce(stage.escalationApprovers, []))) AS who
    FROM stage
)
SELECT k, p, n, coalesce(e.policyId, e.policy.id, e.id) AS policy_id,
    lower(CASE WHEN $surface = 'group' THEN coalesce(e.scopeId, parent) ELSE e.roleDefinitionId END) AS target_id,
    CASE WHEN $surface = 'group' THEN lower(e.roleDefinitionId) END AS access,
    CASE WHEN lower(who."@odata.type") LIKE '%groupmembers' THEN 'group'
        WHEN lower(who."@odata.type") LIKE '%manager' THEN 'manager'
        ELSE 'user' END AS approver_kind,
    lower(coalesce(who.userId, who.groupId, who.id)) AS approver_id,
    coalesce(who.description, who.displayName) AS approver_name
FROM approver
WHERE e.roleDefinitionId IS NOT NULL AND who IS NOT NULL
