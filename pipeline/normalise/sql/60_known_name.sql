-- Temp table `known_name`: the ids that the words in temp table `wanted` mean now. Of people the names are not looked at.
CREATE OR REPLACE TEMP TABLE known_name AS
WITH named AS (
    SELECT CASE kind WHEN 'user' THEN 'person' ELSE 'app' END AS kind, principal_id AS id,
        unnest([principal_id, lower(upn), CASE WHEN kind <> 'user' THEN lower(name) END]) AS word
    FROM principal_history WHERE tenant_id = $tenant AND valid_to IS NULL
    UNION ALL
    SELECT 'group', group_id, unnest([group_id, lower(name)])
    FROM entra_group_history WHERE tenant_id = $tenant AND valid_to IS NULL
    UNION ALL
    SELECT 'role', role_id, unnest([role_id, lower(name)])
    FROM role_history WHERE tenant_id = $tenant AND valid_to IS NULL
)
SELECT kind, word, list_sort(list_distinct(list(id))) AS ids
FROM named JOIN wanted USING (word)
GROUP BY kind, word;
