"""An assessor's acid test: from each number of the front page to the rows, and the rows count to the number."""

from __future__ import annotations

import csv
import hashlib
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from pipeline.report.metric import load_metrics
from pipeline.report.page import KEY_NUMBERS
from tests.report.reading import HTML, by_id, chapter, rows, text

METRICS = load_metrics()


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def recount(tables: Path, metric_id: str) -> tuple[int, int]:
    """(n, N) as anybody with a spreadsheet gets them."""
    header = METRICS[metric_id].header
    found = read(tables / "populations" / f"{metric_id}.csv")
    counts = {
        verdict: sum(int(row[header.weight]) if header.weight else 1 for row in found if row["passes"] == verdict)
        for verdict in ("true", "false")
    }
    return counts["true" if header.counts == "passing" else "false"], sum(counts.values())


def numbers(figure: str) -> tuple[int, int]:
    found = re.match(r"([\d\u202f]+) of ([\d\u202f]+)", re.sub(r"(?<=\d) (?=\d)", "", figure))
    assert found, figure
    return int(re.sub(r"\D", "", found[1])), int(re.sub(r"\D", "", found[2]))


@pytest.mark.parametrize("metric_id", KEY_NUMBERS)
def test_key_numbers_recount_from_the_populations(metric_id: str, root: Element, tables: Path) -> None:
    tile = next(node for node in root.iter(f"{HTML}li") if node.get("data-metric") == metric_id)
    figure = next(node for node in tile.iter(f"{HTML}div") if node.get("class") == "figure")
    assert numbers(text(figure)) == recount(tables, metric_id)
    assert any(link.get("href") == f"#metric-{metric_id}" for link in tile.iter(f"{HTML}a"))


@pytest.mark.parametrize("metric_id", METRICS)
def test_sheets_recount_too_and_list_the_exceptions(metric_id: str, root: Element, tables: Path) -> None:
    sheet = by_id(root, f"metric-{metric_id}")
    figure = next(node for node in sheet.iter(f"{HTML}span") if node.get("class") == "count")
    assert numbers(text(figure)) == recount(tables, metric_id)
    exceptions = [
        row["row_id"] for row in read(tables / "populations" / f"{metric_id}.csv") if row["passes"] == "false"
    ]
    assert [text(node) for node in sheet.iter(f"{HTML}small") if node.get("class") == "mono rowid"] == exceptions


def test_coverage_on_the_strip_is_that_of_the_windows(root: Element, tables: Path) -> None:
    n, whole = recount(tables, "DQ-01")
    tile = next(node for node in root.iter(f"{HTML}li") if "Collection coverage" in text(node))
    assert f"{100 * n / whole:.1f} %" in text(tile)
    assert re.sub(r"\s", "", f"{n} of {whole} minutes") in re.sub(r"\s", "", text(tile))


@pytest.mark.parametrize("name", ["activations", "assignments", "policies", "findings"])
def test_registers_are_whole_in_both_editions(name: str, root: Element, tables: Path) -> None:
    section = chapter(root, name)
    assert len(list(rows(section))) == len(read(tables / "registers" / f"{name}.csv")) > 0


def test_the_funnel_ends_in_the_registers(root: Element, tables: Path) -> None:
    table = next(
        node for node in root.iter(f"{HTML}table") if text(next(node.iter(f"{HTML}caption"))) == "Funnel of counts"
    )
    counts = {row[0]: int(re.sub(r"\D", "", row[1])) for row in rows(table)}
    assert counts["activations"] == len(read(tables / "registers" / "activations.csv"))
    failed = {
        row["row_id"]
        for metric_id in ("ACT-03", "ACT-04")
        for row in read(tables / "populations" / f"{metric_id}.csv")
        if row["passes"] == "false"
    }
    assert counts["with exceptions"] == len(failed)


def test_the_plotted_days_are_those_of_the_trend(root: Element, tables: Path) -> None:
    table = next(
        node
        for node in root.iter(f"{HTML}table")
        if text(next(node.iter(f"{HTML}caption"))) == "Rights and activations by day"
    )
    shown = [[value if value != "–" else "" for value in row] for row in rows(table)]
    found = read(tables / "trend.csv")
    assert shown == [list(row.values()) for row in found]
    assert len(shown) == 30
    assert sum(int(row["activations"]) for row in found) == len(read(tables / "registers" / "activations.csv"))
    assert [row["eligible"] for row in found[:4]] == ["", "", "", ""], "before the first snapshot nothing is known"


def test_the_index_holds_what_the_files_hold(tables: Path) -> None:
    listed = read(tables / "index.csv")
    assert {row["file"] for row in listed} == {
        str(path.relative_to(tables)) for path in tables.rglob("*.csv") if path.name not in ("index.csv", "columns.csv")
    }
    for row in listed:
        assert hashlib.sha256((tables / row["file"]).read_bytes()).hexdigest() == row["sha256"]
        assert len(read(tables / row["file"])) == int(row["rows"])


def test_query_hashes_are_those_of_the_files(page: str) -> None:
    for metric in METRICS.values():
        assert hashlib.sha256(metric.file.path.read_bytes()).hexdigest() in page
