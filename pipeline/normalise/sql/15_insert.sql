-- What the batch brings that is new.
INSERT INTO audit_event BY NAME
SELECT $tenant AS tenant_id, $source AS source, * EXCLUDE (line)
FROM flat
WHERE NOT EXISTS (FROM repeated r WHERE r.line = flat.line);

INSERT INTO audit_target BY NAME
SELECT $tenant AS tenant_id, * EXCLUDE (line)
FROM kept_target
WHERE NOT EXISTS (FROM repeated r WHERE r.line = kept_target.line);

INSERT INTO audit_detail BY NAME
SELECT $tenant AS tenant_id, * EXCLUDE (line)
FROM kept_detail
WHERE NOT EXISTS (FROM repeated r WHERE r.line = kept_detail.line);
