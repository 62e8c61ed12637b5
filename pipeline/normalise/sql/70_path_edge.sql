-- Temp table `path_edge`: who holds what now, one step. Memberships that are there only while somebody is activated are none.
CREATE OR REPLACE TEMP TABLE path_edge AS
WITH listed AS (
    SELECT CASE source WHEN 'group_members' THEN 'member' ELSE 'owner' END AS edge, max(finished_at) AS at
    FROM segment
    WHERE tenant_id = $tenant AND kind = 'snapshot' AND held IS NULL AND source IN ('group_members', 'group_owners')
    GROUP BY source
), activated AS (
    SELECT principal_id, target_id, access, starts_at, ends_at FROM assignment_history
    WHERE tenant_id = $tenant AND surface = 'group' AND assignment_type = 'activated'
    UNION ALL
    SELECT subject_id, target_id, access, coalesce(starts_at, completed_at), coalesce(ended_at, expires_at)
    FROM pim_request
    WHERE tenant_id = $tenant AND surface = 'group' AND request_kind = 'activation' AND outcome = 'completed'
), held AS (
    SELECT principal_id AS from_id, surface, target_id AS to_id, access, scope,
        CASE kind WHEN 'eligible' THEN 'eligible' ELSE 'standing' END AS how, ends_at
    FROM assignment
    WHERE tenant_id = $tenant AND valid_to IS NULL AND surface IN ('entra_role', 'group')
        AND assignment_type IS DISTINCT FROM 'activated' AND member_type IS DISTINCT FROM 'group'
    UNION ALL
    SELECT e.member_id, 'group', e.group_id, e.edge, NULL, 'standing', NULL
    FROM group_edge e LEFT JOIN listed l ON l.edge = e.edge
    WHERE e.tenant_id = $tenant AND e.valid_to IS NULL
        AND NOT EXISTS (FROM assignment_history a
            WHERE a.tenant_id = $tenant AND a.valid_to IS NULL AND a.surface = 'group' AND a.kind = 'active'
                AND a.principal_id = e.member_id AND a.target_id = e.group_id AND a.access = e.edge)
        -- The list may be older than the instances, and from a time at which an activation ran that is over by now.
        AND NOT EXISTS (FROM activated a
            WHERE a.principal_id = e.member_id AND a.target_id = e.group_id AND a.access = e.edge
                AND a.starts_at <= l.at + INTERVAL 5 MINUTE AND a.ends_at >= l.at - INTERVAL 5 MINUTE)
), asked AS (
    SELECT surface, target_id, access, bool_and(requires_approval) AS approval, bool_and(requires_mfa) AS mfa,
        bool_and(auth_context_id IS NOT NULL) AS context, list(auth_context_id) FILTER (auth_context_id IS NOT NULL) AS contexts,
        bool_and(requires_justification) AS justification, bool_and(requires_ticket) AS ticket
    FROM policy_history WHERE tenant_id = $tenant AND valid_to IS NULL GROUP BY ALL
), single AS (
    SELECT * FROM held
    QUALIFY row_number() OVER (PARTITION BY from_id, surface, to_id, access, scope, how ORDER BY ends_at DESC NULLS FIRST) = 1
)
SELECT h.*, p.approval, p.mfa, p.context, p.justification, p.ticket,
    CASE WHEN h.how = 'eligible' THEN coalesce(p.contexts, []) ELSE [] END AS contexts,
    CASE WHEN h.surface = 'group' THEN if(h.how = 'eligible', 'eligible ', '') || coalesce(h.access, 'member') || ' of '
        ELSE if(h.how = 'eligible', 'eligible for ', 'holds ') END
        || coalesce(t.name, h.to_id) || if(h.scope <> '/', ' over ' || h.scope, '') AS step,
    -- Only its administrators say who is in a dynamic or a synced group, not its owner.
    h.access IS DISTINCT FROM 'owner' OR (g.membership_rule IS NULL AND g.synced IS NOT TRUE) AS leads_on,
    h.from_id IN (SELECT group_id FROM entra_group_history WHERE tenant_id = $tenant AND valid_to IS NULL
        UNION ALL SELECT to_id FROM single WHERE surface = 'group') AS is_group
FROM single h
LEFT JOIN asked p ON p.surface = h.surface AND p.target_id = h.to_id AND p.access IS NOT DISTINCT FROM h.access
LEFT JOIN target t ON t.tenant_id = $tenant AND t.surface = h.surface AND t.target_id = h.to_id
LEFT JOIN entra_group_history g ON g.tenant_id = $tenant AND g.valid_to IS NULL AND g.group_id = h.to_id AND h.surface = 'group';
