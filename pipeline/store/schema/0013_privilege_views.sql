-- What several rules ask alike, said once.

-- Groups that matter: they hold a role, active or eligible, or are named high impact, or whoever is in them gets into such a group.
CREATE VIEW privileged_group AS
WITH RECURSIVE opened AS (
    SELECT tenant_id, principal_id AS group_id FROM assignment WHERE surface = 'entra_role' AND valid_to IS NULL
    UNION
    SELECT tenant_id, target_id FROM high_impact WHERE target_id IS NOT NULL
), step AS (
    SELECT tenant_id, principal_id AS inner_id, target_id AS outer_id FROM assignment
    WHERE surface = 'group' AND valid_to IS NULL
    UNION
    SELECT tenant_id, member_id, group_id FROM group_edge WHERE valid_to IS NULL
), reach AS (
    SELECT tenant_id, group_id FROM opened
    UNION
    SELECT s.tenant_id, s.inner_id FROM reach r JOIN step s ON s.tenant_id = r.tenant_id AND s.outer_id = r.group_id
), holding AS (
    SELECT tenant_id, principal_id AS group_id, list_sort(list(DISTINCT coalesce(target_name, target_id))) AS roles
    FROM assignment
    WHERE surface = 'entra_role' AND valid_to IS NULL
    GROUP BY tenant_id, principal_id
)
SELECT r.tenant_id, r.group_id, h.roles,        -- roles it holds or is eligible for itself; null: none
    CASE WHEN h.roles IS NOT NULL THEN 'holds directory roles' WHEN o.group_id IS NOT NULL THEN 'is named high impact'
        ELSE 'leads on to a group with more' END AS matter
FROM reach r
LEFT JOIN holding h ON h.tenant_id = r.tenant_id AND h.group_id = r.group_id
LEFT JOIN opened o ON o.tenant_id = r.tenant_id AND o.group_id = r.group_id;

-- What anybody holds or may activate themselves, by the newest snapshots: one row a principal, target and access. Plain members and owners
-- of groups that matter are among them, also where PIM does not list them.
CREATE VIEW entitlement AS
WITH held AS (
    SELECT tenant_id, surface, principal_id, target_id, access, target_name, kind = 'active' AND assignment_type = 'assigned' AS standing,
        ends_at IS NULL AS endless, coalesce(starts_at, valid_from) AS since, assignment_id
    FROM assignment
    WHERE valid_to IS NULL AND surface IN ('entra_role', 'group') AND coalesce(member_type, 'direct') = 'direct'
    UNION ALL
    SELECT e.tenant_id, 'group', e.member_id, e.group_id, e.edge, NULL, true, true, e.valid_from, NULL
    FROM group_edge e
    JOIN privileged_group g ON g.tenant_id = e.tenant_id AND g.group_id = e.group_id
    WHERE e.valid_to IS NULL AND NOT EXISTS (FROM assignment a
        WHERE a.tenant_id = e.tenant_id AND a.surface = 'group' AND a.valid_to IS NULL AND a.principal_id = e.member_id
            AND a.target_id = e.group_id AND a.access = e.edge)
), summed AS (
    SELECT tenant_id, surface, principal_id, target_id, access, coalesce(bool_or(standing), false) AS standing,
        bool_or(endless) AS endless, min(since) AS since, max(target_name) AS target_name,
        list(assignment_id ORDER BY assignment_id) FILTER (assignment_id IS NOT NULL) AS assignment_ids
    FROM held
    GROUP BY ALL
)
SELECT s.tenant_id, s.surface, s.principal_id, s.target_id, coalesce(t.name, s.target_name) AS target_name, s.access, s.since,
    s.standing,                         -- false: it has to be activated
    s.endless,                          -- at least one of the assignments has no end
    s.assignment_ids,
    CASE WHEN s.surface = 'group' THEN g.matter END AS matter,      -- as in privileged_group; null: a role, or a group that opens nothing
    CASE WHEN s.standing AND s.surface = 'group' THEN 'is' WHEN s.standing THEN 'holds'
        WHEN s.surface = 'group' THEN 'may become' ELSE 'may activate' END AS how
FROM summed s
LEFT JOIN privileged_group g ON g.tenant_id = s.tenant_id AND g.group_id = s.target_id
LEFT JOIN target t ON t.tenant_id = s.tenant_id AND t.surface = s.surface AND t.target_id = s.target_id;

-- Grants without an end, and whether the settings in force permitted them: false where any forbade it, null where they are not known.
CREATE VIEW permanent_grant AS
SELECT g.*, (SELECT bool_and(CASE g.request_kind WHEN 'active' THEN p.permanent_active_allowed ELSE p.permanent_eligible_allowed END)
    FROM policy p
    WHERE p.tenant_id = g.tenant_id AND p.surface = g.surface AND p.target_id = g.target_id
        AND coalesce(p.access, '') = coalesce(g.access, '')
        AND p.valid_from <= g.occurred_at AND (p.valid_to IS NULL OR p.valid_to > g.occurred_at)) AS permitted
FROM (
    SELECT *, coalesce(completed_at, requested_at, starts_at) AS occurred_at
    FROM pim_request
    WHERE request_kind IN ('active', 'eligible') AND outcome = 'completed' AND permanent AND surface IN ('entra_role', 'group')
) g;
