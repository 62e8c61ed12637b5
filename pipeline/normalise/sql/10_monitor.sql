-- Lines of segments with Azure Monitor's rows. The publisher leaves the zone out of some times: they are UTC.
SELECT
    filename,
    p AS page,
    n AS ordinal,
    e IS NULL AS malformed,
    coalesce(e.tenantId, regexp_extract(e.resourceId, '(?i)^/tenants/([^/]+)', 1)) AS tenant,
    TRUE AS may_lack_zone,
    e.properties.id AS event_id,
    coalesce(e.properties.activityDateTime, e."time") AS written_at,
    coalesce(e.properties.activityDisplayName, e.operationName) AS activity,
    e.properties.category AS category,
    e.properties.loggedByService AS service,
    e.properties.operationType AS operation,
    e.properties.result AS result,
    coalesce(nullif(e.properties.resultReason, ''), e.resultDescription) AS result_reason,
    coalesce(e.properties.correlationId, e.correlationId) AS correlation_id,
    e.properties.initiatedBy."user" AS "user",
    e.properties.initiatedBy.app AS app,
    e.callerIpAddress AS caller_ip,
    e.properties.targetResources AS targets,
    e.properties.additionalDetails AS details
FROM read_ndjson($files, columns = {columns}, maximum_object_size = {limit},
    compression = 'zstd', filename = TRUE, ignore_errors = {lenient})
WHERE p IS NOT NULL AND r IS NULL
