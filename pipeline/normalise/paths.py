"""Who can reach which role or protected group through which groups: table `privilege_path`.

Ways are found from their end: which groups hold the target, which groups are in those, and so on; people come last. Of
ways that differ in nothing a rule asks about only the shortest is kept: groups nested every which way stay few rows.
The table is made anew, as a whole, when anything it is made of is other than it was; that alone is looked at each run.
"""

from __future__ import annotations

import hashlib

import duckdb

from ..model import NormaliseSummary
from ..store.adopt import get_text, set_mark
from .context import Context
from .statements import number, run, statements

MOST_HOPS = 10
"""A chain longer than this is not followed."""

MADE_OF = "privilege_path"
"""Mark in table `meta`: what the table was made of."""

_FILES = ("70_path_edge", "71_path_end", "72_path_further", "73_privilege_path")

_INGREDIENTS = (
    "path_edge",
    """(SELECT group_id, is_role_assignable, is_onboarded FROM entra_group_history
        WHERE tenant_id = $tenant AND valid_to IS NULL)""",
    """(SELECT target_id FROM high_impact WHERE tenant_id = $tenant
        UNION SELECT target_id FROM on_premises WHERE tenant_id = $tenant)""",
    "(SELECT principal_id, kind, name, upn FROM holder WHERE tenant_id = $tenant)",
    "(SELECT surface, target_id, name FROM target WHERE tenant_id = $tenant)",
    "(SELECT surface, target_id, tier FROM tier WHERE tenant_id = $tenant)",
)
"""All that 71 to 73 read, whatever the order of its rows."""


def build(con: duckdb.DuckDBPyConnection, context: Context) -> NormaliseSummary:
    """Bring `privilege_path` up to the newest snapshots and the configured tables, which stand already."""
    run(con, "70_path_edge", tenant=context.tenant_id)
    made_of = _fingerprint(con, context.tenant_id)
    if get_text(con, MADE_OF) != made_of:
        _make(con, context.tenant_id)
        set_mark(con, MADE_OF, made_of)
    return NormaliseSummary()


def _make(con: duckdb.DuckDBPyConnection, tenant_id: str) -> None:
    con.execute("DELETE FROM privilege_path")
    run(con, "71_path_end", tenant=tenant_id)
    for hops in range(1, MOST_HOPS - 1):
        run(con, "72_path_further", hops=hops)
        if not number(con, "SELECT count(*) FROM way WHERE hops > ?", [hops]):
            break
    run(con, "73_privilege_path", tenant=tenant_id)


def _fingerprint(con: duckdb.DuckDBPyConnection, tenant_id: str) -> str:
    """What the table would be made of: the rows, by two sums that do not depend on their order, and the statements."""
    told = hashlib.sha256("\n".join(text for name in _FILES for text in statements(name)).encode())
    told.update(f"{duckdb.__version__} {MOST_HOPS}".encode())  # another release may hash otherwise
    for source in _INGREDIENTS:
        sums = "SELECT count(*), sum(hash(t)::HUGEINT), sum(hash(t, 1)::HUGEINT) FROM"
        bound = {"tenant": tenant_id} if "$tenant" in source else None
        told.update(repr(con.execute(f"{sums} {source} t", bound).fetchone()).encode())
    return told.hexdigest()
