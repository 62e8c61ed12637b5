"""Laws of the metric catalogue, and its inline tests on real DuckDB."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.content import reports_dir
from pipeline.errors import ContentError
from pipeline.report.metric import Metric, load_metric, load_metrics
from pipeline.report.registers import queries, query
from pipeline.report.trial import TrialResult, run_trials
from pipeline.store.workbench import Workbench, workbench

METRICS = load_metrics()
CATALOGUE = (
    "ACT-03 ACT-04 DET-01 DET-04 DQ-01 DQ-02 DQ-06 DQ-10 POL-01 POL-02 POL-03 POL-04 POL-05 "
    "PRV-01 PRV-02 PRV-03 PRV-04 PRV-10 SOD-02"
)
TRIALS = [(metric.id, trial.name) for metric in METRICS.values() for trial in metric.header.tests]


@pytest.fixture(scope="module")
def results() -> dict[tuple[str, str], TrialResult]:
    return {(result.metric_id, result.name): result for result in run_trials(METRICS.values())}


@pytest.fixture(scope="module")
def relations() -> frozenset[str]:
    return workbench().relations


def test_the_catalogue_is_whole() -> None:
    assert " ".join(METRICS) == CATALOGUE


@pytest.mark.parametrize("name", TRIALS, ids=lambda name: f"{name[0]} {name[1]}")
def test_inline(name: tuple[str, str], results: dict[tuple[str, str], TrialResult]) -> None:
    assert results[name].fault is None


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_reads_says_what_is_read(metric: Metric, relations: frozenset[str]) -> None:
    named = set(re.findall(r'(?:FROM|JOIN)\s+"?([a-z_]+)"?', metric.file.sql))
    assert set(metric.header.reads) == named & relations


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_inline_tests_show_a_pass_and_an_exception(metric: Metric) -> None:
    assert {True, False} <= {row.get("passes") for trial in metric.header.tests for row in trial.expect}


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_parameter_is_bound(metric: Metric) -> None:
    assert metric.header.params.keys() <= metric.file.bound


def broken(tmp_path: Path, old: str, new: str) -> Path:
    text = (reports_dir() / "metrics" / "SOD-02.sql").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "SOD-02.sql"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("{row_id: self, passes: false", "{row_id: self, passes: true", "expected"),
        ("      - {row_id: ok, passes: true}\n", "", "not expected"),
        ("pim_request:\n", "pim_requests:\n", "'pim_requests' is no table or view"),
        ("requester_id: u1, subject_id: u2", "requester: u1, subject_id: u2", "no column requester"),
        ("requester_id <> subject_id AS passes", "true AS fine", "returns no column passes"),
        ("request_id AS row_id", "'x' AS row_id", "a row_id twice"),
    ],
)
def test_an_inline_test_can_fail(tmp_path: Path, old: str, new: str, fault: str) -> None:
    (result,) = run_trials([load_metric(broken(tmp_path, old, new))])
    assert result.fault is not None and fault in result.fault


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("type: period", "type: sometimes", "type: Input should be"),
        ("title:", "heading:", "heading: Extra inputs"),
        (
            "FROM pim_request\n",
            "FROM pim_request WHERE $limit\n",
            "SOD-02.sql:33: binds what no parameter declares: limit",
        ),
        ("title: Granter", "title: [Granter", "SOD-02.sql:3: header is no YAML"),
        ("/* ---", "-- ", "must open with"),
    ],
)
def test_a_faulty_file_is_told_with_its_place(tmp_path: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(ContentError, match=re.escape(fault)):
        load_metric(broken(tmp_path, old, new))


def test_own_queries_run_and_bind_only_what_is_known(bench: Workbench) -> None:
    known = {"since", "until", "as_of", "zone", "moments"}
    for name in queries():
        assert set(re.findall(r"\$([a-z_]+)", query(name))) <= known, name
