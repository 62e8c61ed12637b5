"""A large tenant out of a small one: the sample fabrikam is collected for real and its silver multiplied by SQL.

Each copy has people, groups, assignments and policies of its own, and lives its four weeks of events again and again,
ever four weeks earlier. What is not PIM's is drawn from the activities of `benchmarks.ingest`. Roles stay the roles.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.ingest.events import KINDS
from pipeline import content
from pipeline.collect import open_graph
from pipeline.collect.replay import ReplayTransport
from pipeline.config import Settings, Tenant
from pipeline.normalise.statements import number
from pipeline.run import cycle
from pipeline.settings_file import load
from pipeline.store import TenantFolder, open_store

NOW = datetime(2026, 10, 17, 6, 15, tzinfo=UTC)
WORDS = "words.json"
MONTHS = 10
"""How often each copy lives its four weeks."""

EVENTS = ("audit_event", "audit_target", "audit_detail", "pim_step", "pim_request", "schedule_request")
STATE = (
    *("principal_history", "group_object", "group_onboarding", "group_writeback", "entra_group_history", "group_edge"),
    *("assignment_history", "role_assignment", "policy_history", "policy_approver"),
)
_OWN_IDS = "SELECT principal_id FROM principal_history UNION SELECT group_id FROM entra_group_history"
_STORY_IDS = """SELECT event_id FROM audit_event UNION SELECT request_id FROM pim_request
UNION SELECT correlation_id FROM audit_event WHERE correlation_id IS NOT NULL"""


@dataclass(frozen=True)
class Words:
    """Puts the marks `{c}` (copy) and `{m}` (month) behind what a copy has of its own."""

    own: frozenset[str]
    stories: frozenset[str]

    def marked(self, value: Any) -> Any:
        """A value of a row, or a list of such."""
        if isinstance(value, list):
            return [self.marked(each) for each in value]
        if not isinstance(value, str):
            return value
        if value in self.stories:
            return value + "-{c}-{m}"
        return value + "-{c}" if value in self.own else re.sub(r"(?<=\w)@(?=\w)", ".{c}@", value)


def settings_in(folder: Path) -> tuple[Settings, Tenant]:
    """The samples' configuration with its data in `folder`, and fabrikam's part of it."""
    settings = load(content.samples_dir() / "pimtrail.toml", {"data_dir": folder}, environment={})
    (tenant,) = (each for each in settings.tenants if each.name == "fabrikam")
    return settings, tenant


def make(folder: Path, events: int) -> None:
    """A store of `events` audit events in `folder`, none of them judged yet."""
    settings, tenant = settings_in(folder)
    sample = content.samples_dir() / tenant.name
    with open_graph(settings.graph, None, ReplayTransport(sample, f"{NOW:%Y-%m-%d}", NOW)) as graph:
        given: dict[str, Any] = {"graph": graph, "pause": lambda seconds: None}
        cycle(settings, tenant, now=NOW, stages=("collect", "normalise"), **given)
    with open_store(TenantFolder(folder / tenant.name), tenant.tenant_id) as store:
        copies = max(1, events // 100_000)
        words = _words_of(store.con)
        (folder / WORDS).write_text(json.dumps([sorted(words.own), sorted(words.stories)]))
        with store.transaction() as con:
            for table in STATE:
                _multiply(con, table, words, copies, 1)
            for table in EVENTS:
                _multiply(con, table, words, copies, MONTHS)
            _fill(con, events)
            con.execute(
                """INSERT INTO "window" BY NAME SELECT w.* REPLACE (since - INTERVAL (28 * m) DAY AS since,
                until - INTERVAL (28 * m) DAY AS until) FROM "window" w, range(1, ?) r(m)""",
                [MONTHS],
            )


def read_words(folder: Path) -> Words:
    """The ids of the tenant before it was multiplied."""
    return Words(*map(frozenset, json.loads((folder / WORDS).read_bytes())))


def _words_of(con: duckdb.DuckDBPyConnection) -> Words:
    own, stories = ({row[0] for row in con.execute(sql).fetchall()} for sql in (_OWN_IDS, _STORY_IDS))
    return Words(frozenset(own), frozenset(stories))


def _multiply(con: duckdb.DuckDBPyConnection, table: str, words: Words, copies: int, months: int) -> None:
    """Add the copies of every row that has something of its own, and of all rows of events."""
    cursor = con.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description or ()]
    rows = [tuple(map(words.marked, row)) for row in cursor.fetchall()]
    kinds = {name: kind for name, kind, *_ in con.execute(f"DESCRIBE {table}").fetchall()}
    con.execute(f"CREATE OR REPLACE TEMP TABLE pattern AS FROM {table} LIMIT 0")
    _insert(con, names, kinds, rows if table in EVENTS else [row for row in rows if "{c}" in str(row)])
    picked = ", ".join(f'{_picked(name, kinds[name], months)} AS "{name}"' for name in names)
    con.execute(
        f"INSERT INTO {table} SELECT {picked} FROM pattern, range(1, ? + 1) c(c), range(?) m(m)", [copies, months]
    )


def _insert(con: duckdb.DuckDBPyConnection, names: Sequence[str], kinds: dict[str, str], rows: Iterable[Any]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    if columns:
        con.execute(f"INSERT INTO pattern SELECT {', '.join(f'unnest(?::{kinds[name]}[])' for name in names)}", columns)


def _picked(name: str, kind: str, months: int) -> str:
    def said(text: str) -> str:
        return f"replace(replace({text}, '{{c}}', c::VARCHAR), '{{m}}', m::VARCHAR)"

    match kind:
        case "VARCHAR":
            return said(f'"{name}"')
        case "VARCHAR[]":
            return f'list_transform("{name}", lambda each: {said("each")})'
        case "TIMESTAMP WITH TIME ZONE" if months > 1:
            return f'"{name}" - INTERVAL (28 * m) DAY'
    return f'"{name}"'


def _fill(con: duckdb.DuckDBPyConnection, events: int) -> None:
    """Events that are not PIM's, up to `events` in all, evenly over the months."""
    kinds = [kind for kind in KINDS if not kind.pim]
    con.execute(
        "CREATE TEMP TABLE sort AS SELECT unnest(?) AS at_most, unnest(?) AS activity, unnest(?) AS service, "
        "unnest(?) AS category, unnest(?) AS operation",
        [
            [sum(each.share for each in kinds[: number + 1]) for number in range(len(kinds))],
            *([getattr(kind, name) for kind in kinds] for name in ("activity", "service", "category", "operation")),
        ],
    )
    con.execute(
        """CREATE TEMP TABLE person AS SELECT row_number() OVER () AS n, principal_id, name, upn
        FROM principal_history p
        WHERE kind = 'user' AND valid_to IS NULL
            AND NOT EXISTS (FROM break_glass b WHERE p.upn LIKE split_part(b.member, '@', 1) || '%')"""
    )
    missing = events - number(con, "SELECT count(*) FROM audit_event")
    named = {"events": max(1, missing), "months": MONTHS, "now": NOW, "share": sum(each.share for each in kinds)}
    for first in range(0, missing, 500_000):
        con.execute(FILL, named | {"first": first, "last": min(missing, first + 500_000)})


FILL = """
INSERT INTO audit_event BY NAME
WITH drawn AS (
    SELECT range AS n, hash(range) AS dice, hash(range) % $share AS lot,
        $now - to_seconds(28.0 * 86400 * $months * (1 - range / $events)) - INTERVAL 1 HOUR AS at,
        1 + (hash(range) // 7) % (SELECT count(*) FROM person) AS actor,
        1 + (hash(range) // 77777) % (SELECT count(*) FROM person) AS object
    FROM range($first, $last)
), base AS (
    SELECT tenant_id, source, time_basis, min(segment) AS segment FROM audit_event GROUP BY ALL
)
SELECT b.tenant_id, b.source, b.time_basis, b.segment, 0 AS page, 0 AS ordinal,
    'Directory_' || md5(d.n::VARCHAR) AS event_id, md5(d.n::VARCHAR) AS correlation_id,
    d.at AS occurred_at, d.at + INTERVAL 5 MINUTE AS ingested_at,
    s.activity, s.service, s.category, s.operation, 'success' AS result,
    'user' AS actor_kind, a.principal_id AS actor_id, a.name AS actor_name, a.upn AS actor_upn,
    '192.0.2.' || (d.dice % 256)::VARCHAR AS actor_ip,
    o.principal_id AS target_user_id, o.name AS target_user_name, o.upn AS target_user_upn
FROM drawn d
ASOF JOIN sort s ON d.lot < s.at_most
JOIN person a ON a.n = d.actor JOIN person o ON o.n = d.object, base b
ORDER BY d.n
"""
