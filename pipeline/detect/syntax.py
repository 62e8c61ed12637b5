"""What a rule's SQL may say, judged on DuckDB's own serialised tree: an allow-list of nodes and functions.

The tree, not the text: keywords inside strings mislead nobody, and a data-changing statement hidden in a CTE, which
DuckDB 2.0 calls a SELECT, shows as the node it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from ..once import once


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WITHHELD = _words("meta migration run rule_run finding alert outbox")
"""Tables of the pipeline itself, no business of a rule."""

_EXPRESSIONS = _words(
    """COLUMN_REF CONSTANT FUNCTION OPERATOR COMPARISON CONJUNCTION BETWEEN CASE CAST SUBQUERY STAR PARAMETER LAMBDA
    LAMBDA_REF WINDOW TYPE"""
)
_REFUSED_OPERATORS = frozenset({"ARRAY_EXTRACT", "ARRAY_SLICE"})
_NODES = _words(
    """SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE BASE_TABLE JOIN SUBQUERY EMPTY EXPRESSION_LIST
    TABLE_FUNCTION ORDER_MODIFIER LIMIT_MODIFIER DISTINCT_MODIFIER ASCENDING DESCENDING ORDER_DEFAULT
    LIST_TYPE_INFO STRUCT_TYPE_INFO DECIMAL_TYPE_INFO STRING_TYPE_INFO GENERIC_TYPE_INFO"""
)
_FUNCTIONS = _words(
    """+ - * / // % || = <> < <= > >= ~~ !~~ ~~* !~~* ^@ not abs ceil floor round trunc sign sqrt exp ln log log2 log10
    pow power greatest least lgamma gamma mod
    lower upper trim ltrim rtrim length strlen substring substr left right replace split_part concat concat_ws contains
    starts_with prefix suffix ends_with strip_accents regexp_matches regexp_full_match regexp_replace
    regexp_extract string_split str_split nullif coalesce if ifnull isnan isfinite md5 sha256 hash chr
    ascii unicode
    date_part datepart date_trunc datetrunc date_diff datediff date_add date_sub datesub to_seconds to_minutes to_hours
    to_days to_weeks to_months to_years strftime strptime make_date make_timestamp epoch epoch_ms epoch_us year month
    day hour minute second week dayofweek isodow dayofyear last_day timezone
    count count_star sum avg mean min max arg_min arg_max min_by max_by bool_or bool_and list array_agg string_agg
    listagg median quantile_cont quantile_disc stddev stddev_samp stddev_pop var_samp var_pop mode product
    approx_count_distinct bit_or bit_and
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
    list_value list_contains list_has list_has_any list_has_all list_sum list_max list_min list_sort list_distinct
    list_unique list_concat list_cat list_append list_transform list_apply list_filter list_reduce list_count
    list_aggregate flatten len array_length array_to_string list_position range generate_series unnest row
    struct_pack"""
)
_CLOCKS = _words(
    """current_date current_time current_timestamp localtime localtimestamp current_user user session_user current_role
    current_schema current_catalog"""
)
"""Words that look like columns and are functions."""

_TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
_ACTIVITY_OPERATORS = frozenset({"COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_IN", "COMPARE_NOT_IN"})
_BARE = (None, "", "main", "pg_catalog", "system")
"""Where nothing was written; the parser itself writes some of these for AT TIME ZONE and EXTRACT."""

_NOWHERE = 2**63


@dataclass(frozen=True)
class Offence:
    """Something the SQL may not say; `offset` is its byte in the statement."""

    offset: int
    message: str


@dataclass
class Reading:
    """What a statement was found to use. Names are lower case; literals come with their byte offset."""

    tables: dict[str, int] = field(default_factory=dict)
    derived: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    activities: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    offences: list[Offence] = field(default_factory=list)

    @property
    def relations(self) -> dict[str, int]:
        """Tables and views read, CTEs left out."""
        return {name: offset for name, offset in self.tables.items() if name not in self.derived}


@once()
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:")


def read(sql: str) -> Reading:
    """Parse one statement and take down what it uses; what is not allowed is among the offences."""
    reading = Reading()
    row = _parser().cursor().execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
    try:
        _judge(json.loads(row[0]) if row else {}, reading)
    except RecursionError:
        reading.offences.append(Offence(0, "nested too deeply"))
    return reading


def _judge(answer: Mapping[str, Any], reading: Reading) -> None:
    if answer.get("error"):
        place = str(answer.get("position"))
        offset = int(place) if place.isdigit() else 0
        reading.offences.append(Offence(offset, f"no plain SELECT: {answer.get('error_message')}"))
    elif len(answer["statements"]) != 1:
        reading.offences.append(Offence(0, f"wants one statement, has {len(answer['statements'])}"))
    else:
        _walk(answer["statements"], 0, reading)


def readable(relations: frozenset[str]) -> frozenset[str]:
    """Those of a database's tables and views that a rule may read."""
    return relations - WITHHELD


@once(most=1024)
def check(sql: str, relations: frozenset[str]) -> tuple[Offence, ...]:
    """Everything that keeps a statement from being run over `relations`; where there is nothing it may run."""
    reading = read(sql)
    offences = list(reading.offences)
    for name, offset in reading.relations.items():
        if name not in relations:
            offences.append(Offence(offset, f"reads {name!r}, which is no table of silver"))
    offences += [Offence(0, f"a CTE may not be called {name!r}") for name in sorted(reading.derived & relations)]
    return tuple(sorted(offences, key=lambda offence: offence.offset))


def _walk(node: Any, offset: int, reading: Reading) -> None:
    if isinstance(node, list):
        for item in node:
            _walk(item, offset, reading)
    elif isinstance(node, dict):
        place = node.get("query_location")
        here = place if isinstance(place, int) and place < _NOWHERE else offset
        _take(node, here, reading)
        for value in node.values():
            _walk(value, here, reading)


def _take(node: Mapping[str, Any], offset: int, reading: Reading) -> None:
    for message in _refusals(node):
        reading.offences.append(Offence(offset, message))
    match node:
        case {"type": "BASE_TABLE", "table_name": str(name)}:
            reading.tables.setdefault(name.lower(), offset)
        case {"class": "PARAMETER", "identifier": str(name)}:
            reading.parameters.add(name.lower())
        case {"class": "COMPARISON" | "OPERATOR" | "FUNCTION" | "CASE"}:
            _take_literals(node, offset, reading)
    if isinstance(ctes := node.get("cte_map"), dict):
        reading.derived |= {entry["key"].lower() for entry in ctes.get("map", [])}


def _refusals(node: Mapping[str, Any]) -> Iterator[str]:
    kind, sort = node.get("class"), node.get("type")
    if kind is not None and kind not in _EXPRESSIONS:
        yield f"{str(kind).lower()} expressions are not allowed"
    if kind is None and isinstance(sort, str) and sort not in _NODES:
        yield f"{sort} is not allowed"
    if isinstance(sort, str) and sort in _REFUSED_OPERATORS:
        yield "no positional access: look targets and details up by type and key"
    if node.get("at_clause") is not None or node.get("sample") is not None:
        yield "neither AT nor a sample is allowed"
    if any(node.get(part) not in _BARE for part in ("schema_name", "catalog_name", "schema", "catalog")):
        yield "names are written bare, without schema or catalog"
    if "function_name" in node and str(node["function_name"]).lower() not in _FUNCTIONS:
        yield f"function {str(node['function_name']).lower()!r} is not allowed"
    if kind == "COLUMN_REF" and (name := ".".join(node["column_names"]).lower()) in _CLOCKS:
        yield f"{name} is not allowed: the clock is $as_of"
    if sort == "TABLE_FUNCTION" and str((node.get("function") or {}).get("function_name")) not in _TABLE_FUNCTIONS:
        yield "only unnest, range and generate_series stand in FROM"
    if kind == "PARAMETER" and str(node.get("identifier", "")).isdigit():
        yield "parameters are named: $as_of"


def _take_literals(node: Mapping[str, Any], offset: int, reading: Reading) -> None:
    """Texts that a column called activity or category is compared with."""
    children = list(_children(node))
    for column, found in (("activity", reading.activities), ("category", reading.categories)):
        if not any(column in _columns(child) for child in children):
            continue
        texts = [text for child in children for text in _texts(child)]
        found.update(dict.fromkeys(texts, offset))
        if texts and column == "activity" and node.get("type") not in _ACTIVITY_OPERATORS:
            reading.offences.append(Offence(offset, "compare activity whole, by = or IN"))


def _children(node: Mapping[str, Any]) -> Iterator[Any]:
    for name in ("left", "right", "child", "lower", "upper"):
        if name in node:
            yield node[name]
    yield from node.get("children", [])
    yield from (argument["expression"] for argument in node.get("arguments", []) if "expression" in argument)


def _columns(node: Any) -> set[str]:
    """Columns an expression is made of, functions such as lower() looked through."""
    if not isinstance(node, dict):
        return set()
    if node.get("class") == "COLUMN_REF":
        return {str(node["column_names"][-1]).lower()}
    inner = _children(node) if node.get("class") in ("FUNCTION", "CAST") else ()
    return {name for child in inner for name in _columns(child)}


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and node.get("class") == "CONSTANT":
        match node:
            case {"literal": {"kind": "STRING", "text": str(text)}} | {"value": {"value": str(text)}}:
                yield text
