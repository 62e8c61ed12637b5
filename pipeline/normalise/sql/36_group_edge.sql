-- A member does not say whose it is: the page belongs to its group.
SELECT k, p, n, lower(parent) AS group_id, lower(e.id) AS member_id, $edge AS edge,
    CASE lower(e."@odata.type")
        WHEN '#microsoft.graph.user' THEN 'user'
        WHEN '#microsoft.graph.group' THEN 'group'
        WHEN '#microsoft.graph.serviceprincipal' THEN 'service_principal'
        WHEN '#microsoft.graph.device' THEN 'device'
    END AS member_kind
FROM item WHERE parent IS NOT NULL
