-- What people do and change, made ready for rules.

CREATE TABLE sensitive_operation (
    tenant_id VARCHAR NOT NULL,
    activity VARCHAR NOT NULL,          -- as in audit_event.activity
    category VARCHAR NOT NULL           -- conditional_access | policy | federation | credential | consent | role | password | method
);

CREATE TABLE ticket (
    tenant_id VARCHAR NOT NULL,
    number VARCHAR NOT NULL,            -- in capitals, without blanks at the ends
    state VARCHAR,                      -- as the register has it
    opened_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,              -- null: still open
    line INTEGER NOT NULL               -- of the register
);

CREATE TABLE named_range (
    tenant_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    network VARCHAR NOT NULL            -- CIDR
);

-- Every address from which somebody asked PIM for something.
CREATE TABLE source_address (
    tenant_id VARCHAR NOT NULL,
    ip VARCHAR NOT NULL,                -- as in pim_request.actor_ip
    network VARCHAR,                    -- its /24, of an IPv6 address its /64; null: no address
    named_range VARCHAR                 -- the smallest named range it lies in; null: in none
);

-- Sensitive operations that the person of an activation did while it ran: one row an activation and operation. An end nobody knows is
-- taken to be a day after the start, which is the longest PIM allows.
CREATE VIEW session_act AS
SELECT a.tenant_id, a.request_id, a.surface, a.subject_id, a.subject_name, a.subject_upn, a.target_id, a.target_name, a.access, a.scope,
    a.starts_at, coalesce(a.ended_at, a.expires_at, a.starts_at + INTERVAL 24 HOUR) AS ends_at, a.actor_ip AS activation_ip,
    e.event_id, e.occurred_at, e.activity, s.category, e.result, e.actor_ip, e.correlation_id,
    coalesce(e.target_role_name, e.target_group_name, e.target_app_name, e.target_user_upn, e.target_user_name) AS object_name,
    coalesce(e.target_role_id, e.target_group_id, e.target_app_id, e.target_user_id) AS object_id,
    e.target_user_id AS object_user_id, e.target_group_id AS object_group_id, e.target_role_id AS object_role_id,
    e.target_app_id AS object_app_id
FROM audit_event e
JOIN sensitive_operation s ON s.tenant_id = e.tenant_id AND s.activity = e.activity
JOIN activation a ON a.tenant_id = e.tenant_id AND a.subject_id = e.actor_id
    AND e.occurred_at >= a.starts_at AND e.occurred_at < coalesce(a.ended_at, a.expires_at, a.starts_at + INTERVAL 24 HOUR);

-- What became different in a target's PIM settings between two snapshots: one row a property. `weaker` is null where neither is weaker.
-- The event is the newest change of its settings on record between the two; without one nobody knows who it was.
CREATE VIEW policy_change AS
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
        {'property': 'permanent_eligible_allowed', 'old': was.permanent_eligible_allowed::VARCHAR,
            'new': p.permanent_eligible_allowed::VARCHAR, 'weaker': p.permanent_eligible_allowed},
        {'property': 'permanent_active_allowed', 'old': was.permanent_active_allowed::VARCHAR,
            'new': p.permanent_active_allowed::VARCHAR, 'weaker': p.permanent_active_allowed},
        {'property': 'max_activation', 'old': was.max_activation::VARCHAR, 'new': p.max_activation::VARCHAR,
            'weaker': p.max_activation > was.max_activation},
        {'property': 'max_eligible', 'old': was.max_eligible::VARCHAR, 'new': p.max_eligible::VARCHAR,
            'weaker': p.max_eligible > was.max_eligible},
        {'property': 'max_active', 'old': was.max_active::VARCHAR, 'new': p.max_active::VARCHAR,
            'weaker': p.max_active > was.max_active},
        {'property': 'notify_on_eligible', 'old': was.notify_on_eligible::VARCHAR, 'new': p.notify_on_eligible::VARCHAR,
            'weaker': was.notify_on_eligible},
        {'property': 'notify_on_active', 'old': was.notify_on_active::VARCHAR, 'new': p.notify_on_active::VARCHAR,
            'weaker': was.notify_on_active},
        {'property': 'notify_on_activation', 'old': was.notify_on_activation::VARCHAR, 'new': p.notify_on_activation::VARCHAR,
            'weaker': was.notify_on_activation},
        {'property': 'notification_recipients', 'old': array_to_string(was.notification_recipients, ', '),
            'new': array_to_string(p.notification_recipients, ', '),
            'weaker': CASE WHEN list_has_all(was.notification_recipients, p.notification_recipients) THEN true
                WHEN list_has_all(p.notification_recipients, was.notification_recipients) THEN false END}
    ], recursive := true)
    FROM version WHERE was IS NOT NULL
), change AS (
    -- What is not known of one of the two has not changed.
    SELECT t.*, max(s.finished_at) AS seen_before
    FROM told t
    LEFT JOIN segment s ON s.tenant_id = t.tenant_id AND s.kind = 'snapshot' AND s.finished_at < t.valid_from
        AND s.source = CASE t.surface WHEN 'group' THEN 'group_policies' ELSE 'role_policies' END
    WHERE t.old <> t.new
    GROUP BY ALL
), setting_event AS (
    SELECT tenant_id, event_id, occurred_at, surface, actor_kind, actor_id, actor_name, actor_upn, actor_ip,
        lower(CASE WHEN surface = 'group' THEN target_group_id ELSE target_role_id END) AS target_id,
        CASE WHEN lower(target_role_name) IN ('member', 'owner') THEN lower(target_role_name) END AS access
    FROM audit_event WHERE activity = 'Update role setting in PIM'
)
SELECT c.tenant_id, c.surface, c.policy_id, c.target_id, t.name AS target_name, c.access, c.property, c.old AS old_value,
    c.new AS new_value, c.weaker, coalesce(c.seen_before, c.old_from) AS changed_after, c.valid_from, e.event_id, e.occurred_at AS changed_at, e.actor_kind, e.actor_id,
    e.actor_name, e.actor_upn, e.actor_ip
FROM change c
LEFT JOIN target t ON t.tenant_id = c.tenant_id AND t.surface = c.surface AND t.target_id = c.target_id
LEFT JOIN setting_event e ON e.tenant_id = c.tenant_id AND e.surface = c.surface AND e.target_id = c.target_id
    AND (c.surface <> 'group' OR e.access IS NULL OR e.access = c.access)
    AND e.occurred_at BETWEEN coalesce(c.seen_before, c.old_from) AND c.valid_from
QUALIFY row_number() OVER (PARTITION BY c.tenant_id, c.policy_id, c.target_id, c.access, c.property, c.valid_from
    ORDER BY e.occurred_at DESC NULLS LAST, e.event_id) = 1;
