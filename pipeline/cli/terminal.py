"""What reaches a terminal or a pipe: nothing in the data can move the cursor, set a colour or hide itself."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..model import iso

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def visible(value: object) -> str:
    """`value` as one line of text in which every unseen character is written out, such as `\\x1b` or `\\u202e`."""
    text = value if isinstance(value, str) else _text(value)
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in text)


def console(color: bool = True, *, stderr: bool = False, width: int | None = None) -> Console:
    """A console that takes nothing in the data for markup; wide where nobody looks at its right edge."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(
        file=stream,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=False,
        no_color=not color or None,
        width=width or (None if stream.isatty() else 10_000),
    )


def text(value: object, style: str = "") -> Text:
    """`value`, made visible, for a cell or a line."""
    from rich.text import Text

    return Text(visible(value), style=style)


def table(to: Console, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their columns."""
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD if to.is_terminal else None, pad_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(text(column), overflow="fold")
    for row in rows:
        grid.add_row(*(text(value) for value in row))
    to.print(grid)


def print_json(value: object) -> None:
    """`value` as JSON in ASCII on standard output."""
    sys.stdout.write(json.dumps(plain(value), indent=2) + "\n")


def plain(value: Any) -> Any:
    """`value` as JSON has it: times in the one spelling, no number that is none, anything else as its text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime() if value.tzinfo:
            return iso(value)
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case bytes():
            return value.hex()
    return (
        {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        if is_dataclass(value)
        else str(value)
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    return _brief(value) if isinstance(value, datetime) else str(value)


def _brief(moment: datetime) -> str:
    """Without the fraction where there is none."""
    return iso(moment).replace(".000000Z", "Z") if moment.tzinfo else moment.isoformat(sep=" ")


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
