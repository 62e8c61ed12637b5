"""DuckDB alone: a flat table straight from bare NDJSON, the least anybody would do to get these columns.

python -m benchmarks.ingest.bare FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

COLUMNS = """{
    id: 'VARCHAR', category: 'VARCHAR', correlationId: 'VARCHAR', result: 'VARCHAR', resultReason: 'VARCHAR',
    activityDisplayName: 'VARCHAR', activityDateTime: 'VARCHAR', loggedByService: 'VARCHAR', operationType: 'VARCHAR',
    initiatedBy: 'STRUCT("user" STRUCT(id VARCHAR, displayName VARCHAR, userPrincipalName VARCHAR, ipAddress VARCHAR),
        app STRUCT(appId VARCHAR, displayName VARCHAR, servicePrincipalId VARCHAR))',
    targetResources: 'STRUCT(id VARCHAR, displayName VARCHAR, type VARCHAR, userPrincipalName VARCHAR,
        modifiedProperties STRUCT(displayName VARCHAR, oldValue VARCHAR, newValue VARCHAR)[])[]',
    additionalDetails: 'STRUCT("key" VARCHAR, "value" VARCHAR)[]'}"""

FLAT = """
CREATE TABLE flat AS
SELECT
    id AS event_id,
    activityDateTime::TIMESTAMPTZ AS occurred_at,
    activityDisplayName AS activity,
    category,
    loggedByService AS service,
    coalesce({AuditType}, operationType) AS operation,
    result,
    resultReason AS result_reason,
    correlationId AS correlation_id,
    coalesce({Request}.id, {RequestId}) AS request_id,
    CASE WHEN loggedByService = 'PIM' THEN category END AS surface,
    CASE WHEN initiatedBy."user".displayName = 'Azure AD PIM' OR initiatedBy.app.displayName = 'MS-PIM' THEN 'system'
        WHEN initiatedBy."user".id IS NOT NULL THEN 'user' ELSE 'service_principal' END AS actor_kind,
    coalesce(initiatedBy."user".id, initiatedBy.app.servicePrincipalId) AS actor_id,
    coalesce(initiatedBy."user".displayName, initiatedBy.app.displayName) AS actor_name,
    initiatedBy."user".userPrincipalName AS actor_upn,
    coalesce(initiatedBy."user".ipAddress, {ipaddr}) AS actor_ip,
    initiatedBy.app.appId AS actor_app_id,
    {User}.id AS target_user_id,
    {User}.displayName AS target_user_name,
    {User}.userPrincipalName AS target_user_upn,
    {Group}.id AS target_group_id,
    {Group}.displayName AS target_group_name,
    coalesce({TemplateId}, {RoleDefinitionOriginId}, {Role}.id) AS target_role_id,
    {Role}.displayName AS target_role_name,
    {ServicePrincipal}.id AS target_app_id,
    {ServicePrincipal}.displayName AS target_app_name
FROM read_ndjson($files, columns = {columns}, compression = 'zstd')
"""


def main(folder: Path) -> None:
    """Load `folder/bare/*.ndjson.zst` into `folder/bare.duckdb`, checkpoint included."""
    con = duckdb.connect(":memory:")
    con.execute(f"ATTACH '{folder / 'bare.duckdb'}' AS bare (STORAGE_VERSION 'v1.5.0')")
    con.execute("USE bare")
    con.execute("SET TimeZone = 'UTC'")
    con.execute(_statement(), {"files": [str(path) for path in sorted((folder / "bare").glob("*.zst"))]})
    con.execute("CHECKPOINT bare")
    con.close()


def _statement() -> str:
    text = FLAT.replace("{columns}", COLUMNS)
    for kind in ("User", "Group", "Role", "ServicePrincipal", "Request"):
        text = text.replace("{" + kind + "}", f"list_filter(targetResources, lambda t: t.type = '{kind}')[1]")
    for key in ("AuditType", "RequestId", "ipaddr", "TemplateId", "RoleDefinitionOriginId"):
        text = text.replace("{" + key + "}", f"list_filter(additionalDetails, lambda d: d.key = '{key}')[1].value")
    return text


if __name__ == "__main__":
    main(Path(sys.argv[1]))
