"""How much a role or group can do: the shipped list of role tiers, what groups hold, what is named high impact."""

from __future__ import annotations

from pathlib import Path

import duckdb
import yaml

from ..content import rules_dir
from ..errors import ContentError
from .statements import insert, run

TIERS = ("tier0", "tier1", "tier2")
"""Strongest first."""


def fill(con: duckdb.DuckDBPyConnection, tenant_id: str) -> None:
    """Fill `tier`, which is empty, from the list, current assignments and `high_impact`. Raises ContentError."""
    con.execute("CREATE OR REPLACE TEMP TABLE listed_tier (role_id VARCHAR, tier VARCHAR)")
    insert(con, "listed_tier", read(rules_dir() / "lists" / "role_tiers.yaml"))
    run(con, "61_tier", tenant=tenant_id)


def read(path: Path) -> list[tuple[str, str]]:
    """(role template id, tier) of every role in the list. Raises ContentError naming the entry at fault."""
    try:
        loaded = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (OSError, yaml.YAMLError) as error:
        raise ContentError(f"cannot be read: {error}", path) from error
    if not isinstance(loaded, dict) or set(loaded) != set(TIERS):
        raise ContentError(f"wants the lists {', '.join(TIERS)}", path)
    found: dict[str, str] = {}
    for tier in TIERS:
        for number, entry in enumerate(loaded[tier] or [], 1):
            match entry:
                case {"id": str(role_id), "name": str(), **rest} if not rest and role_id.lower() not in found:
                    found[role_id.lower()] = tier
                case _:
                    raise ContentError(f"{tier}, entry {number}: wants an id that stands nowhere else and a name", path)
    return list(found.items())
