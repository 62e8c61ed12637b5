-- The kind of an alert is the last part of its definition's id: DirectoryRole_<tenant>_StaleSignInAlert.
SELECT k, p, n, e.id AS alert_id,
    regexp_replace(split_part(e.alertDefinitionId, '_', -1), 'Alert(Definition|Configuration)?$', '') AS alert_type,
    e.alertDefinition.displayName AS name, lower(e.alertDefinition.severityLevel) AS severity,
    is_true(e.isActive) AS is_active, try_cast(e.incidentCount AS INTEGER) AS incident_count,
    try_cast(e.lastScannedDateTime AS TIMESTAMPTZ) AS last_scanned_at,
    try_cast(e.lastModifiedDateTime AS TIMESTAMPTZ) AS modified_at
FROM item
