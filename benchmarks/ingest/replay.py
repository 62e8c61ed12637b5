"""pimtrail: the same events from its raw segments into silver, with children, deduplication, requests and commit.

python -m benchmarks.ingest.replay FOLDER
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from pipeline.config import Settings, Tenant
from pipeline.normalise import normalise
from pipeline.store import TenantFolder, open_store

from .events import TENANT


def main(folder: Path) -> None:
    """Normalise `folder/tenant`, whose database is empty, checkpoint included."""
    tenant = Tenant(name="contoso", tenant_id=TENANT)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with open_store(TenantFolder(folder / "tenant"), TENANT) as store:
        found = normalise(store, tenant, Settings(), run_id="benchmark", now=now)
    sys.stdout.write(f"{found.events}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
