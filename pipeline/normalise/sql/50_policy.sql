-- A policy's rules come in any order: each is looked up by its id. What a missing rule would say stays unknown.
WITH told AS (
    SELECT k, p, n, parent, e, $surface AS surface, e.policy.rules AS rules FROM item
), rule AS (
    SELECT *, rule_of(rules, 'expiration_enduser_assignment') AS activation,
        rule_of(rules, 'expiration_admin_eligibility') AS eligible,
        rule_of(rules, 'expiration_admin_assignment') AS active,
        rule_of(rules, 'enablement_enduser_assignment') AS enablement,
        rule_of(rules, 'approval_enduser_assignment') AS approval,
        rule_of(rules, 'authenticationcontext_enduser_assignment') AS context,
        rule_of(rules, 'enablement_admin_eligibility') AS to_make_eligible,
        rule_of(rules, 'enablement_admin_assignment') AS to_assign,
        rule_of(rules, 'notification_admin_admin_eligibility') AS told_eligible,
        rule_of(rules, 'notification_admin_admin_assignment') AS told_active,
        rule_of(rules, 'notification_admin_enduser_assignment') AS told_activation
    FROM told
)
SELECT k, p, n, coalesce(e.policyId, e.policy.id, e.id) AS policy_id, surface,
    lower(CASE WHEN surface = 'group' THEN coalesce(e.scopeId, parent) ELSE e.roleDefinitionId END) AS target_id,
    CASE WHEN surface = 'group' THEN lower(e.roleDefinitionId) END AS access,
    CASE WHEN is_true(activation.isExpirationRequired) THEN iso_seconds(activation.maximumDuration) END AS max_activation,
    list_contains(lowered(enablement.enabledRules), 'multifactorauthentication') AS requires_mfa,
    CASE WHEN is_true(context.isEnabled) THEN context.claimValue END AS auth_context_id,
    list_contains(lowered(enablement.enabledRules), 'justification') AS requires_justification,
    list_contains(lowered(enablement.enabledRules), 'ticketing') AS requires_ticket,
    is_true(approval.setting.isApprovalRequired) AS requires_approval,
    NOT is_true(eligible.isExpirationRequired) AS permanent_eligible_allowed,
    NOT is_true(active.isExpirationRequired) AS permanent_active_allowed,
    CASE WHEN is_true(eligible.isExpirationRequired) THEN iso_seconds(eligible.maximumDuration) END AS max_eligible,
    CASE WHEN is_true(active.isExpirationRequired) THEN iso_seconds(active.maximumDuration) END AS max_active,
    reaches(told_eligible) AS notify_on_eligible,
    reaches(told_active) AS notify_on_active,
    reaches(told_activation) AS notify_on_activation,
    list_sort(to_make_eligible.enabledRules) AS eligible_requires, list_sort(to_assign.enabledRules) AS active_requires,
    is_true(approval.setting.isApprovalRequiredForExtension) AS requires_approval_for_extension,
    is_true(approval.setting.approvalStages[1].isApproverJustificationRequired) AS requires_approver_justification,
    try_cast(approval.setting.approvalStages[1].approvalStageTimeOutInDays AS INTEGER) AS approval_timeout_days,
    reaches(rule_of(rules, 'notification_requestor_admin_eligibility')) AS notify_requestor_on_eligible,
    reaches(rule_of(rules, 'notification_requestor_admin_assignment')) AS notify_requestor_on_active,
    reaches(rule_of(rules, 'notification_requestor_enduser_assignment')) AS notify_requestor_on_activation,
    reaches(rule_of(rules, 'notification_approver_admin_eligibility')) AS notify_approver_on_eligible,
    reaches(rule_of(rules, 'notification_approver_admin_assignment')) AS notify_approver_on_active,
    reaches(rule_of(rules, 'notification_approver_enduser_assignment')) AS notify_approver_on_activation,
    try_cast(e.policy.lastModifiedDateTime AS TIMESTAMPTZ) AS modified_at,
    coalesce(e.policy.lastModifiedBy.displayName, e.policy.lastModifiedBy.id) AS modified_by,
    list_sort(list_distinct(flatten(list_transform(rules, lambda r: r.notificationRecipients)))) AS notification_recipients,
    'observed' AS basis
FROM rule
WHERE e.roleDefinitionId IS NOT NULL
