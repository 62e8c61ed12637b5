-- New audit events that are steps of PIM requests. By activity, not by service: Core Directory's twin of the same act is no step.
CREATE OR REPLACE TEMP TABLE step_event AS
SELECT a.* EXCLUDE (tenant_id, source, page, ordinal, category, service, operation, time_basis),
    v.request_kind AS kind, v.request_phase AS phase
FROM audit_event a JOIN vocabulary v ON v.activity = a.activity
WHERE a.tenant_id = $tenant AND a.segment >= $first AND v.request_phase IS NOT NULL;
