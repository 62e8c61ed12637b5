"""Snapshots into validity intervals: gone closes one, other closes and reopens, unchanged stays one."""

from __future__ import annotations

import duckdb

from .histories import History
from .statements import execute


def apply(con: duckdb.DuckDBPyConnection, tenant_id: str, history: History) -> None:
    """Bring `history` forward over the walks in temp table `walk`, whose rows stand in temp table `seen`.

    The rows open before count as snapshot 0; an island is a run of snapshots in which a key stands unchanged.
    """
    names = {"table": history.table, "key": _list(history.key), "columns": _list(history.columns)}
    parts = {"scope": history.scope, "state": _state(history), "values": _values(history)}
    execute(con, _ISLANDS.format(**names, **parts), tenant=tenant_id)
    same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM i.{name}" for name in history.key)
    execute(con, _DELETE.format(**names, same=same), tenant=tenant_id)
    execute(con, _INSERT.format(**names), tenant=tenant_id)


_ISLANDS = """CREATE OR REPLACE TEMP TABLE island AS
WITH told AS (
    SELECT 0 AS k, {columns}, valid_from FROM {table} WHERE tenant_id = $tenant AND valid_to IS NULL AND {scope}
    UNION ALL
    SELECT *, NULL FROM (SELECT DISTINCT ON (k, {key}) k, {columns} FROM seen ORDER BY p DESC, n DESC)
), marked AS (
    SELECT *, lag(k) OVER of_key IS DISTINCT FROM k - 1 OR lag({state}) OVER of_key IS DISTINCT FROM {state} AS begins
    FROM told WINDOW of_key AS (PARTITION BY {key} ORDER BY k)
), numbered AS (
    SELECT *, sum(begins::INTEGER) OVER (PARTITION BY {key} ORDER BY k) AS nth FROM marked
)
SELECT {key}, {values}, min(k) AS first_k, max(k) AS last_k, min(valid_from) AS held_from
FROM numbered GROUP BY {key}, nth"""

_DELETE = """DELETE FROM {table} t USING island i
WHERE t.tenant_id = $tenant AND t.valid_to IS NULL AND {same} AND i.first_k = 0 AND i.is_news"""

_INSERT = """INSERT INTO {table} BY NAME
SELECT $tenant AS tenant_id, {columns}, coalesce(held_from, first_walk.seen_at) AS valid_from,
    next_walk.seen_at AS valid_to
FROM island
LEFT JOIN walk first_walk ON first_walk.k = first_k
LEFT JOIN walk next_walk ON next_walk.k = last_k + 1
WHERE is_news AND coalesce(held_from, first_walk.seen_at) IS DISTINCT FROM next_walk.seen_at"""


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _state(history: History) -> str:
    return f"row({_list(history.state)})" if history.state else "true"


def _values(history: History) -> str:
    """One value a column over an island, and whether the island is anything but an open row that stays as it is."""
    whole = [f"any_value({name}) AS {name}" for name in history.state]
    newest = [f"arg_max({name}, k) AS {name}" for name in history.latest]
    moved = "".join(
        f" OR arg_max({name}, k) IS DISTINCT FROM any_value({name}) FILTER (k = 0)" for name in history.latest
    )
    news = f"NOT (min(k) = 0 AND max(k) = (SELECT max(k) FROM walk)){moved} AS is_news"
    return ", ".join([*whole, *newest, news])
