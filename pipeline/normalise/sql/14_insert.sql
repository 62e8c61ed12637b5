-- What the batch brings that is new. An activity is spelt as the vocabulary spells it, so that rules may compare it.
INSERT INTO audit_event BY NAME
SELECT $tenant AS tenant_id, $source AS source, * EXCLUDE (line)
FROM flat
WHERE NOT EXISTS (FROM repeated r WHERE r.line = flat.line);

CREATE OR REPLACE TEMP VIEW batch_target AS
WITH target AS (
    SELECT rowid AS line, event_id, occurred_at, unnest(kept_targets) AS t FROM batch WHERE is_kept
),
change AS (
    SELECT *, unnest(CASE WHEN len(t.modifiedProperties) > 0 THEN t.modifiedProperties ELSE [NULL] END) AS c
    FROM target
    WHERE t IS NOT NULL
)
SELECT
    line,
    event_id,
    occurred_at,
    nullif(t.type, '') AS type,
    nullif(t.id, '') AS id,
    nullif(t.displayName, '') AS name,
    nullif(t.userPrincipalName, '') AS upn,
    nullif(c.displayName, '') AS property,
    nullif(unquoted(c.oldValue), '') AS old,
    nullif(unquoted(c.newValue), '') AS new
FROM change;

CREATE OR REPLACE TEMP VIEW batch_detail AS
WITH detail AS (
    SELECT rowid AS line, event_id, occurred_at, unnest(kept_details) AS d FROM batch WHERE is_kept
)
SELECT line, event_id, occurred_at, d.key AS key, nullif(d.value, '') AS value FROM detail WHERE d.key IS NOT NULL;

INSERT INTO audit_target BY NAME
SELECT $tenant AS tenant_id, * EXCLUDE (line)
FROM batch_target
WHERE NOT EXISTS (FROM repeated r WHERE r.line = batch_target.line);

INSERT INTO audit_detail BY NAME
SELECT $tenant AS tenant_id, * EXCLUDE (line)
FROM batch_detail
WHERE NOT EXISTS (FROM repeated r WHERE r.line = batch_detail.line);
