"""Whom and what the configuration's names mean in the directory now.

Anybody who may create a group or an application chooses its name, so a name that several have means nobody, except
where meaning all of them is the careful answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from .statements import insert, run


@dataclass(frozen=True)
class Names:
    """`found` maps (kind, lower-case name or id) to ids; kinds are `person`, `app`, `group` and `role`."""

    found: Mapping[tuple[str, str], tuple[str, ...]]

    def person(self, text: str) -> str | None:
        """The account with this UPN or object id."""
        return self._one("person", text)

    def group(self, text: str) -> str | None:
        """The group with this id, or the only one with this name."""
        return self._one("group", text)

    def principal(self, text: str) -> str | None:
        """The account, application or group meant."""
        return self.person(text) or self._one("app", text) or self.group(text)

    def target(self, text: str, access: str | None) -> str | None:
        """The role or, with an access or where no role is called so, the group meant."""
        role = None if access else self._one("role", text)
        return role or self.group(text)

    def targets(self, text: str) -> tuple[str, ...]:
        """Every role and group of this name or id."""
        return self._all("role", text) + self._all("group", text)

    def groups(self, text: str) -> tuple[str, ...]:
        """Every group of this name or id."""
        return self._all("group", text)

    def _one(self, kind: str, text: str) -> str | None:
        ids = self._all(kind, text)
        return ids[0] if len(ids) == 1 else None

    def _all(self, kind: str, text: str) -> tuple[str, ...]:
        return self.found.get((kind, text.strip().lower()), ())


def look_up(con: duckdb.DuckDBPyConnection, tenant_id: str, texts: Iterable[str]) -> Names:
    """What the given names and ids mean."""
    con.execute("CREATE OR REPLACE TEMP TABLE wanted (word VARCHAR)")
    insert(con, "wanted", sorted({(text.strip().lower(),) for text in texts}))
    run(con, "60_known_name", tenant=tenant_id)
    rows = con.execute("SELECT kind, word, ids FROM known_name").fetchall()
    return Names({(kind, word): tuple(ids) for kind, word, ids in rows})
