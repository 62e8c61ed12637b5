"""How values are shown: hostile characters made visible, times in UTC with local beside, counts before shares."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_LOOKALIKE = re.compile(r"\\(?=u\{)")
_FEWEST_FOR_SHARE = 20


def visible(text: str) -> str:
    r"""`text` with every control, bidi, zero-width and private-use character written as `\u{202E}`.

    A backslash that would read as the start of such a mark is itself written so: the mark is never ambiguous.
    """
    marked = _LOOKALIKE.sub(r"\\u{5C}", text)
    if marked.isprintable():
        return marked
    return "".join(f"\\u{{{ord(c):X}}}" if unicodedata.category(c) in _HIDDEN else c for c in marked)


def plain(value: Any) -> Any:
    """What a template prints for a value: text made visible, `–` for nothing, yes and no, times in UTC.

    Markup made by the templates themselves passes unchanged.
    """
    if hasattr(value, "__html__"):
        return value
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float):
        return f"{value:,.10g}".replace(",", "\u202f")
    return visible(str(value))


def utc(moment: datetime) -> str:
    """`2026-11-03 02:14:09Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def local(moment: datetime, zone: ZoneInfo) -> str:
    """The local reading that stands in brackets after UTC: `Tue 03:14`."""
    return moment.astimezone(zone).strftime("%a %H:%M")


def number(value: int) -> str:
    """Thousands apart by a narrow space."""
    return f"{value:,}".replace(",", "\u202f")


def share(part: int, whole: int) -> str:
    """`97.3 %`, and nothing where fewer than twenty were counted; never rounded to a whole it is not."""
    if whole < _FEWEST_FOR_SHARE:
        return ""
    tenths = round(1000 * part / whole)
    if tenths == 1000 and part < whole:
        tenths = 999
    if tenths == 0 and part > 0:
        tenths = 1
    return f"{tenths / 10:.1f}\u202f%"


def span(seconds: float | None) -> str:
    """A length of time: `4 h`, `1 h 30 min`, `45 s`."""
    if seconds is None:
        return "–"
    days, rest = divmod(abs(int(seconds)), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
    sign = "−" if seconds < 0 else ""
    return sign + (" ".join(parts[:2]) or f"{left} s")
