"""Who can reach which role or protected group through which groups: table `privilege_path`, made anew each run.

Ways are found from their end: which groups hold the target, which groups are in those, and so on; people come last. Of
ways that differ in nothing a rule asks about only the shortest is kept: groups nested every which way stay few rows.
"""

from __future__ import annotations

import duckdb

from ..model import NormaliseSummary
from .context import Context
from .statements import number, run

MOST_HOPS = 10
"""A chain longer than this is not followed."""


def build(con: duckdb.DuckDBPyConnection, context: Context) -> NormaliseSummary:
    """Fill `privilege_path` from the newest snapshots and the configured tables, which stand already."""
    con.execute("DELETE FROM privilege_path")
    run(con, "70_path_edge", tenant=context.tenant_id)
    run(con, "71_path_end", tenant=context.tenant_id)
    for hops in range(1, MOST_HOPS - 1):
        run(con, "72_path_further", hops=hops)
        if not number(con, "SELECT count(*) FROM way WHERE hops > ?", [hops]):
            break
    run(con, "73_privilege_path", tenant=context.tenant_id)
    return NormaliseSummary()
