"""Laws of the framework files: pinned references, no dangling metric, nothing left out."""

from __future__ import annotations

import re

import pytest

from pipeline.content import reports_dir
from pipeline.errors import UsageError
from pipeline.report.framework import Control, frameworks, load_framework
from pipeline.report.metric import load_metrics

ANNEX_A = [f"A.{theme}.{n}" for theme, count in ((5, 37), (6, 8), (7, 14), (8, 34)) for n in range(1, count + 1)]
PINNED = {
    "iso27001-2022": ["7.5", "9.1", "9.2", "9.3", "10.2", *ANNEX_A],
    "nis2-directive": [
        *("20.1", "20.2"),
        *(f"21.2.{letter}" for letter in "abcdefghij"),
        *("21.4", "23.1", "23.4", "32.2", "33.2"),
    ],
}
CONTROLS = [(name, control) for name in PINNED for control in load_framework(name).controls]


def test_the_frameworks_are_these() -> None:
    assert frameworks() == sorted(PINNED)


@pytest.mark.parametrize("name", PINNED)
def test_every_reference_is_there_once_and_no_other(name: str) -> None:
    assert [control.ref for control in load_framework(name).controls] == PINNED[name]


@pytest.mark.parametrize(("name", "control"), CONTROLS, ids=lambda it: it.ref if isinstance(it, Control) else it)
def test_a_control_says_what_it_can_and_cannot(name: str, control: Control) -> None:
    assert set(control.metrics) <= load_metrics_once().keys()
    if control.relation == "out of reach":
        assert not control.metrics and not control.aspect and control.gives is None
    else:
        assert control.metrics and control.aspect and control.gives and control.also_needed


_LOADED: dict[str, object] = {}


def load_metrics_once() -> dict[str, object]:
    if not _LOADED:
        _LOADED.update(load_metrics())
    return _LOADED


@pytest.mark.parametrize("name", PINNED)
def test_every_metric_serves_the_framework(name: str) -> None:
    used = {id for control in load_framework(name).controls for id in control.metrics}
    assert used == load_metrics_once().keys()


def test_an_unknown_framework_names_those_that_exist() -> None:
    with pytest.raises(UsageError, match=r"no framework 'iso9001'; there are: iso27001-2022, nis2-directive"):
        load_framework("iso9001")


def test_no_content_pronounces_on_conformity() -> None:
    for path in sorted(reports_dir().rglob("*")):
        if path.is_file():
            assert not re.search(r"\bcompliant\b|\bcertified\b", path.read_text(encoding="utf-8"), re.IGNORECASE), path
