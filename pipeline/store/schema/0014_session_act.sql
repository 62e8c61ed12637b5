-- The same rows, found in time: the sensitive ones among all events first. Left to itself the planner may pair every activation with
-- every sensitive operation, since both belong to the tenant, and meet the events last.
CREATE OR REPLACE VIEW session_act AS
WITH sensitive AS MATERIALIZED (
    SELECT e.*, s.category AS sort_of_operation
    FROM audit_event e
    JOIN sensitive_operation s ON s.tenant_id = e.tenant_id AND s.activity = e.activity
)
SELECT a.tenant_id, a.request_id, a.surface, a.subject_id, a.subject_name, a.subject_upn, a.target_id, a.target_name, a.access, a.scope,
    a.starts_at, coalesce(a.ended_at, a.expires_at, a.starts_at + INTERVAL 24 HOUR) AS ends_at, a.actor_ip AS activation_ip,
    e.event_id, e.occurred_at, e.activity, e.sort_of_operation AS category, e.result, e.actor_ip, e.correlation_id,
    coalesce(e.target_role_name, e.target_group_name, e.target_app_name, e.target_user_upn, e.target_user_name) AS object_name,
    coalesce(e.target_role_id, e.target_group_id, e.target_app_id, e.target_user_id) AS object_id,
    e.target_user_id AS object_user_id, e.target_group_id AS object_group_id, e.target_role_id AS object_role_id,
    e.target_app_id AS object_app_id
FROM sensitive e
JOIN activation a ON a.tenant_id = e.tenant_id AND a.subject_id = e.actor_id
    AND e.occurred_at >= a.starts_at AND e.occurred_at < coalesce(a.ended_at, a.expires_at, a.starts_at + INTERVAL 24 HOUR);
