-- Lines of segments with Graph's items, brought to the columns every shape shares.
SELECT
    filename,
    p AS page,
    n AS ordinal,
    e IS NULL AS malformed,
    NULL AS tenant,
    FALSE AS may_lack_zone,
    e.id AS event_id,
    e.activityDateTime AS written_at,
    e.activityDisplayName AS activity,
    e.category,
    e.loggedByService AS service,
    e.operationType AS operation,
    e.result,
    e.resultReason AS result_reason,
    e.correlationId AS correlation_id,
    e.initiatedBy."user" AS "user",
    e.initiatedBy.app AS app,
    NULL::VARCHAR AS caller_ip,
    e.targetResources AS targets,
    e.additionalDetails AS details
FROM read_ndjson($files, columns = {columns}, maximum_object_size = {limit},
    compression = 'zstd', filename = TRUE, ignore_errors = {lenient})
WHERE p IS NOT NULL AND r IS NULL
