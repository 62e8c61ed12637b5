INSERT INTO audit_target BY NAME SELECT $tenant AS tenant_id, * EXCLUDE (line) FROM kept_target;

INSERT INTO audit_detail BY NAME SELECT $tenant AS tenant_id, * EXCLUDE (line) FROM kept_detail;
