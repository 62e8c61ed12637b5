"""The table a run prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from .score import GRAVE, Score

_HEAD = f"{'rule':34}{'planted':>8}{'found':>7}{'missed':>8}{'beside':>8}{'false':>7}{'precision':>11}{'recall':>8}"


def lines(scores: Mapping[str, Score], days: float) -> Iterator[str]:
    """A line for each rule, then the false alerts a day by severity, and those at medium or above."""
    yield f"{_HEAD}{'false/day':>11}  by severity"
    for rule_id, score in scores.items():
        yield _line(rule_id, score, days)
    total = sum((score.false for score in scores.values()), Counter[str]())
    planted = sum(score.planted for score in scores.values())
    missed = sum(len(score.missed) for score in scores.values())
    yield f"planted {planted}, found {planted - missed}, missed {missed}"
    for severity in ("high", "medium", "low", "informational"):
        yield f"false alerts a day, {severity}: {total[severity] / days:.3f} ({total[severity]} in {days:g} days)"
    yield f"false alerts a day, medium or above, all rules together: {grave(scores) / days:.3f}"


def grave(scores: Mapping[str, Score]) -> int:
    """False alerts of medium or above."""
    return sum(score.false[severity] for score in scores.values() for severity in GRAVE)


def _line(rule_id: str, score: Score, days: float) -> str:
    false = score.false.total()
    severities = ", ".join(f"{count} {severity}" for severity, count in score.false.most_common())
    found = score.planted - len(score.missed)
    return (
        f"{rule_id:34}{score.planted:8}{found:7}{len(score.missed):8}{score.beside:8}{false:7}"
        f"{_share(score.precision):>11}{_share(score.recall):>8}{false / days:11.3f}  {severities}"
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
