-- Lines of segments with rows of the Log Analytics table AuditLogs. TenantId there is the workspace, not the tenant.
WITH parsed AS (
    SELECT
        filename, p, n, e,
        TRY(from_json(e.InitiatedBy, {initiator})) AS initiator,
        TRY(from_json(e.TargetResources, {targets})) AS targets,
        TRY(from_json(e.AdditionalDetails, {details})) AS details
    FROM read_ndjson($files, columns = {columns}, maximum_object_size = {limit},
        compression = 'zstd', filename = TRUE, ignore_errors = {lenient})
    WHERE p IS NOT NULL AND r IS NULL
)
SELECT
    filename,
    p AS page,
    n AS ordinal,
    e IS NULL
        OR (initiator IS NULL AND e.InitiatedBy <> '')
        OR (targets IS NULL AND e.TargetResources <> '')
        OR (details IS NULL AND e.AdditionalDetails <> '') AS malformed,
    coalesce(e.AADTenantId, regexp_extract(e.ResourceId, '(?i)^/tenants/([^/]+)', 1)) AS tenant,
    TRUE AS may_lack_zone,
    e.Id AS event_id,
    coalesce(e.ActivityDateTime, e.TimeGenerated) AS written_at,
    coalesce(e.ActivityDisplayName, e.OperationName) AS activity,
    e.Category AS category,
    e.LoggedByService AS service,
    e.AADOperationType AS operation,
    e.Result AS result,
    coalesce(nullif(e.ResultReason, ''), e.ResultDescription) AS result_reason,
    e.CorrelationId AS correlation_id,
    initiator."user" AS "user",
    initiator.app AS app,
    NULL::VARCHAR AS caller_ip,
    targets,
    details
FROM parsed
