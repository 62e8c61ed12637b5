-- `policy_change` tells every setting there is: what grants must bring along, approval in detail, who is told, and who approves. The
-- events are all changes of the target's settings on record between the last snapshot with the old and the first with the new value.

-- Lists as a text that compares; none is a value, unknown is null.
CREATE MACRO told_list(items) AS CASE WHEN items IS NOT NULL THEN coalesce(nullif(array_to_string(items, ', '), ''), 'none') END;

-- Of a list of demands: fewer are weaker, more are not, others are neither.
CREATE MACRO asks_less(was, now) AS CASE WHEN list_has_all(was, now) THEN true WHEN list_has_all(now, was) THEN false END;

CREATE OR REPLACE VIEW policy_change AS
WITH version AS (
    SELECT p, lag(p) OVER (PARTITION BY tenant_id, policy_id, target_id, access ORDER BY valid_from) AS was
    FROM policy_history p WHERE basis = 'observed'
), told AS (
    SELECT p.tenant_id, p.surface, p.policy_id, p.target_id, p.access, p.valid_from, was.valid_from AS old_from, unnest([
        {'property': 'requires_mfa', 'old': was.requires_mfa::VARCHAR, 'new': p.requires_mfa::VARCHAR,
            'weaker': was.requires_mfa AND p.auth_context_id IS NULL},
        {'property': 'auth_context', 'old': coalesce(was.auth_context_id, 'none'), 'new': coalesce(p.auth_context_id, 'none'),
            'weaker': CASE WHEN p.auth_context_id IS NULL THEN true WHEN was.auth_context_id IS NULL THEN false END},
        {'property': 'requires_justification', 'old': was.requires_justification::VARCHAR,
            'new': p.requires_justification::VARCHAR, 'weaker': was.requires_justification},
        {'property': 'requires_ticket', 'old': was.requires_ticket::VARCHAR, 'new': p.requires_ticket::VARCHAR,
            'weaker': was.requires_ticket},
        {'property': 'requires_approval', 'old': was.requires_approval::VARCHAR, 'new': p.requires_approval::VARCHAR,
            'weaker': was.requires_approval},
        {'property': 'requires_approval_for_extension', 'old': was.requires_approval_for_extension::VARCHAR,
            'new': p.requires_approval_for_extension::VARCHAR, 'weaker': was.requires_approval_for_extension},
        {'property': 'requires_approver_justification', 'old': was.requires_approver_justification::VARCHAR,
            'new': p.requires_approver_justification::VARCHAR, 'weaker': was.requires_approver_justification},
        {'property': 'approval_timeout_days', 'old': was.approval_timeout_days::VARCHAR,
            'new': p.approval_timeout_days::VARCHAR, 'weaker': NULL::BOOLEAN},
        {'property': 'permanent_eligible_allowed', 'old': was.permanent_eligible_allowed::VARCHAR,
            'new': p.permanent_eligible_allowed::VARCHAR, 'weaker': p.permanent_eligible_allowed},
        {'property': 'permanent_active_allowed', 'old': was.permanent_active_allowed::VARCHAR,
            'new': p.permanent_active_allowed::VARCHAR, 'weaker': p.permanent_active_allowed},
        -- An activation without a limit is known to have none.
        {'property': 'max_activation', 'old': coalesce(was.max_activation::VARCHAR, 'none'),
            'new': coalesce(p.max_activation::VARCHAR, 'none'),
            'weaker': p.max_activation IS NULL OR coalesce(p.max_activation > was.max_activation, false)},
        {'property': 'max_eligible', 'old': was.max_eligible::VARCHAR, 'new': p.max_eligible::VARCHAR,
            'weaker': p.max_eligible > was.max_eligible},
        {'property': 'max_active', 'old': was.max_active::VARCHAR, 'new': p.max_active::VARCHAR,
            'weaker': p.max_active > was.max_active},
        {'property': 'eligible_requires', 'old': told_list(was.eligible_requires), 'new': told_list(p.eligible_requires),
            'weaker': asks_less(was.eligible_requires, p.eligible_requires)},
        {'property': 'active_requires', 'old': told_list(was.active_requires), 'new': told_list(p.active_requires),
            'weaker': asks_less(was.active_requires, p.active_requires)},
        {'property': 'notify_on_eligible', 'old': was.notify_on_eligible::VARCHAR, 'new': p.notify_on_eligible::VARCHAR,
            'weaker': was.notify_on_eligible},
        {'property': 'notify_on_active', 'old': was.notify_on_active::VARCHAR, 'new': p.notify_on_active::VARCHAR,
            'weaker': was.notify_on_active},
        {'property': 'notify_on_activation', 'old': was.notify_on_activation::VARCHAR, 'new': p.notify_on_activation::VARCHAR,
            'weaker': was.notify_on_activation},
        {'property': 'notify_requestor_on_eligible', 'old': was.notify_requestor_on_eligible::VARCHAR,
            'new': p.notify_requestor_on_eligible::VARCHAR, 'weaker': was.notify_requestor_on_eligible},
        {'property': 'notify_requestor_on_active', 'old': was.notify_requestor_on_active::VARCHAR,
            'new': p.notify_requestor_on_active::VARCHAR, 'weaker': was.notify_requestor_on_active},
        {'property': 'notify_requestor_on_activation', 'old': was.notify_requestor_on_activation::VARCHAR,
            'new': p.notify_requestor_on_activation::VARCHAR, 'weaker': was.notify_requestor_on_activation},
        {'property': 'notify_approver_on_eligible', 'old': was.notify_approver_on_eligible::VARCHAR,
            'new': p.notify_approver_on_eligible::VARCHAR, 'weaker': was.notify_approver_on_eligible},
        {'property': 'notify_approver_on_active', 'old': was.notify_approver_on_active::VARCHAR,
            'new': p.notify_approver_on_active::VARCHAR, 'weaker': was.notify_approver_on_active},
        {'property': 'notify_approver_on_activation', 'old': was.notify_approver_on_activation::VARCHAR,
            'new': p.notify_approver_on_activation::VARCHAR, 'weaker': was.notify_approver_on_activation},
        {'property': 'notification_recipients', 'old': told_list(was.notification_recipients),
            'new': told_list(p.notification_recipients),
            'weaker': asks_less(was.notification_recipients, p.notification_recipients)}
    ], recursive := true)
    FROM version WHERE was IS NOT NULL
), moved AS (
    -- Who approves is kept apart: when somebody came or went while the policy itself was there.
    SELECT tenant_id, policy_id, target_id, access, valid_from AS at FROM policy_approver
    UNION
    SELECT tenant_id, policy_id, target_id, access, valid_to FROM policy_approver WHERE valid_to IS NOT NULL
), approving AS (
    SELECT p.tenant_id, p.surface, p.policy_id, p.target_id, p.access, m.at AS valid_from, min(p.valid_from) AS old_from,
        list_sort(list(DISTINCT coalesce(a.approver_name, a.approver_id, a.approver_kind)) FILTER (a.valid_from < m.at)) AS was,
        list_sort(list(DISTINCT coalesce(a.approver_name, a.approver_id, a.approver_kind)) FILTER (a.valid_to IS NULL OR a.valid_to > m.at))
            AS now,
        count(*) FILTER (a.valid_to = m.at) AS gone, count(*) FILTER (a.valid_from = m.at) AS come
    FROM moved m
    JOIN policy_history p ON p.tenant_id = m.tenant_id AND p.policy_id = m.policy_id AND p.target_id = m.target_id
        AND p.access IS NOT DISTINCT FROM m.access AND p.basis = 'observed' AND p.valid_from < m.at
        AND (p.valid_to IS NULL OR p.valid_to >= m.at)
    JOIN policy_approver a ON a.tenant_id = m.tenant_id AND a.policy_id = m.policy_id AND a.target_id = m.target_id
        AND a.access IS NOT DISTINCT FROM m.access AND a.valid_from <= m.at AND (a.valid_to IS NULL OR a.valid_to >= m.at)
    WHERE EXISTS (FROM policy_history s
        WHERE s.tenant_id = m.tenant_id AND s.policy_id = m.policy_id AND s.target_id = m.target_id
            AND s.access IS NOT DISTINCT FROM m.access AND s.valid_from <= m.at AND (s.valid_to IS NULL OR s.valid_to > m.at))
    GROUP BY p.tenant_id, p.surface, p.policy_id, p.target_id, p.access, m.at
), different AS (
    -- What is not known of one of the two has not changed.
    FROM told WHERE old <> new
    UNION ALL BY NAME
    SELECT tenant_id, surface, policy_id, target_id, access, valid_from, old_from, 'approvers' AS property,
        told_list(coalesce(was, [])) AS old, told_list(coalesce(now, [])) AS new,
        CASE WHEN come = 0 AND gone > 0 THEN true END AS weaker
    FROM approving WHERE told_list(coalesce(was, [])) <> told_list(coalesce(now, []))
), change AS (
    SELECT t.*, max(s.finished_at) AS seen_before
    FROM different t
    LEFT JOIN segment s ON s.tenant_id = t.tenant_id AND s.kind = 'snapshot' AND s.finished_at < t.valid_from
        AND s.source = CASE t.surface WHEN 'group' THEN 'group_policies' ELSE 'role_policies' END
    GROUP BY ALL
), setting_event AS (
    SELECT tenant_id, event_id, occurred_at, surface, actor_kind, actor_id, actor_name, actor_upn, actor_ip,
        lower(CASE WHEN surface = 'group' THEN target_group_id ELSE target_role_id END) AS target_id,
        CASE WHEN lower(target_role_name) IN ('member', 'owner') THEN lower(target_role_name) END AS access
    FROM audit_event
    WHERE activity = 'Update role setting in PIM' AND lower(coalesce(result, 'success')) = 'success'
)
SELECT c.tenant_id, c.surface, c.policy_id, c.target_id, t.name AS target_name, c.access, c.property, c.old AS old_value,
    c.new AS new_value, c.weaker, coalesce(c.seen_before, c.old_from) AS changed_after, c.valid_from, e.event_id, e.occurred_at AS changed_at, e.actor_kind, e.actor_id,
    e.actor_name, e.actor_upn, e.actor_ip,
    coalesce(list_sort(list(e.event_id) FILTER (e.event_id IS NOT NULL)
        OVER (PARTITION BY c.tenant_id, c.policy_id, c.target_id, c.access, c.property, c.valid_from)), []) AS event_ids
FROM change c
LEFT JOIN target t ON t.tenant_id = c.tenant_id AND t.surface = c.surface AND t.target_id = c.target_id
LEFT JOIN setting_event e ON e.tenant_id = c.tenant_id AND e.surface = c.surface AND e.target_id = c.target_id
    AND (c.surface <> 'group' OR e.access IS NULL OR e.access = c.access)
    AND e.occurred_at BETWEEN coalesce(c.seen_before, c.old_from) AND c.valid_from
QUALIFY row_number() OVER (PARTITION BY c.tenant_id, c.policy_id, c.target_id, c.access, c.property, c.valid_from
    ORDER BY e.occurred_at DESC NULLS LAST, e.event_id) = 1;
