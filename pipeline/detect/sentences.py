"""`message` and `why` of a rule: small Jinja2 templates over one result row. Data is filled in, never compiled.

Only texts, names, filters, conditions and joining with `~` are allowed: no calls, no loops, no attributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONGEST = 2000


def _utc(moment: str | None) -> str:
    """`2026-03-10T02:12:00.000000Z` as `2026-03-10 02:12 UTC`."""
    return "" if moment is None else datetime.fromisoformat(moment).strftime("%Y-%m-%d %H:%M UTC")


def _day(moment: str | None) -> str:
    return "" if moment is None else moment[:10]


def _number(value: float | None) -> str:
    """With commas for thousands, and without a needless `.0`."""
    if value is None:
        return ""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,}"


def _listed(values: Sequence[object] | None) -> str:
    """`a, b and c`."""
    texts = [str(value) for value in values or ()]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


FILTERS = {"utc": _utc, "day": _day, "number": _number, "listed": _listed}


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=False,  # plain text: every sink and page escapes for its own form
        undefined=StrictUndefined,
        finalize=lambda value: "" if value is None else value,
    )
    environment.filters = dict(FILTERS)
    return environment


@cache
def _compiled(text: str) -> Template:
    return _environment().from_string(text)


def faults(text: str) -> list[str]:
    """What a template may not say; empty where it is sound."""
    try:
        tree = _environment().parse(text)
    except TemplateError as error:
        return [str(error)]
    found = {type(node).__name__ for node in tree.find_all(nodes.Node) if not isinstance(node, _NODES)}
    unknown = {node.name for node in tree.find_all(nodes.Filter)} - FILTERS.keys()
    return [f"{name} is not allowed in a sentence" for name in sorted(found)] + [
        f"no filter is called {name!r}" for name in sorted(unknown)
    ]


def names(text: str) -> set[str]:
    """Columns a sound template uses."""
    return meta.find_undeclared_variables(_environment().parse(text))


def render(text: str, row: Mapping[str, Any]) -> str:
    """The sentence for a row, on one line. Raises ValueError where the row lacks a column or the template fails."""
    try:
        said = _compiled(text).render(row)
    except (TemplateError, TypeError, ValueError) as error:
        raise ValueError(f"{text!r}: {error}") from error
    line = " ".join(_UNPRINTABLE.sub(" ", said).split(" "))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
