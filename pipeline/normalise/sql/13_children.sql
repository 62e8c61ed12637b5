-- Temp views `kept_target` and `kept_detail`: what the rows of temp view `kept` carry, a row each.
CREATE OR REPLACE TEMP VIEW kept_target AS
WITH target AS (
    SELECT line, event_id, occurred_at, unnest(targets) AS t FROM kept
),
change AS (  -- the fields by themselves: t as a whole would be copied, with all its changes, for each of them
    SELECT line, event_id, occurred_at, t.type, t.id, t.displayName AS name, t.userPrincipalName AS upn,
        unnest(CASE WHEN len(t.modifiedProperties) > 0 THEN t.modifiedProperties ELSE [NULL] END) AS c
    FROM target
)
SELECT
    line,
    event_id,
    occurred_at,
    nullif(type, '') AS type,
    nullif(id, '') AS id,
    nullif(name, '') AS name,
    nullif(upn, '') AS upn,
    nullif(c.displayName, '') AS property,
    nullif(unquoted(c.oldValue), '') AS old,
    nullif(unquoted(c.newValue), '') AS new
FROM change;

CREATE OR REPLACE TEMP VIEW kept_detail AS
WITH detail AS (
    SELECT line, event_id, occurred_at, unnest(details) AS d FROM kept
)
SELECT line, event_id, occurred_at, d.key AS key, nullif(d.value, '') AS value FROM detail;
