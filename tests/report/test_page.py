"""The page: usable by everybody, without a network, with the same bytes each time, and with every chapter it owes."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from pipeline.content import reports_dir
from pipeline.errors import UsageError
from pipeline.report import report
from pipeline.store import Store
from tests.report import month
from tests.report.conftest import write
from tests.report.reading import HTML, SVG, by_id, chapter, parse, text

CHAPTERS = [
    *("Provenance", "Gaps and limits", "How to read this report", "Scope", "Controls"),
    *("Metric sheets", "Activations", "Assignments", "Policies", "Findings"),
]


def test_it_runs_nothing_and_fetches_nothing(page: str, root: Element) -> None:
    policy = next(node.get("content") for node in root.iter(f"{HTML}meta") if node.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    tags = {str(node.tag).removeprefix(HTML) for node in root.iter()}
    assert not tags & {"script", "link", "iframe", "object", "embed", "img", "form", "input", "base"}
    links = [value for node in root.iter() for name, value in node.attrib.items() if name in ("href", "src", "action")]
    assert links and all(link.startswith("#") for link in links)
    assert not re.search(r"@import|url\((?!#)", page)


def test_the_chapters_are_there_in_order(root: Element) -> None:
    assert [text(node) for node in root.iter(f"{HTML}h2")] == CHAPTERS


def test_ids_are_unique_and_every_link_arrives(root: Element) -> None:
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    targets = {node.get("href", "")[1:] for node in root.iter(f"{HTML}a")}
    described = {part for node in root.iter() for part in (node.get("aria-labelledby") or "").split()}
    assert (targets | described) <= set(ids)


def test_every_picture_is_named_described_and_has_its_numbers(root: Element) -> None:
    pictures = [node for node in root.iter(f"{SVG}svg") if node.get("aria-hidden") != "true"]
    assert len(pictures) == 5
    for picture in pictures:
        assert picture.get("role") == "img"
        assert [child.tag for child in list(picture)[:2]] == [f"{SVG}title", f"{SVG}desc"]
    figures = [node for node in root.iter(f"{HTML}figure") if next(node.iter(f"{SVG}svg"), None) is not None]
    assert all(next(figure.iter(f"{HTML}table"), None) is not None for figure in figures)


def test_tables_have_captions_and_scoped_heads(root: Element) -> None:
    found = list(root.iter(f"{HTML}table"))
    assert len(found) > 30
    for table in found:
        assert next(table.iter(f"{HTML}caption"), None) is not None
        heads = list(table.iter(f"{HTML}th"))
        assert heads and all(head.get("scope") in ("col", "row") for head in heads)


def test_headings_skip_no_level_and_the_first_link_skips_to_the_content(root: Element) -> None:
    levels = [
        int(str(node.tag)[-1]) for node in root.iter() if re.fullmatch(rf"{re.escape(HTML)}h[1-6]", str(node.tag))
    ]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels) if before > 1)
    first = next(root.iter(f"{HTML}a"))
    assert (first.get("class"), first.get("href")) == ("skip", "#content")
    assert next(root.iter(f"{HTML}html")).get("lang") == "en"


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def palettes() -> list[dict[str, str]]:
    css = (reports_dir() / "templates" / "style.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{([^}]*)\}", css)[:2]
    found = [dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", part)) for part in (light, dark)]
    assert found[0].keys() == found[1].keys()
    return found


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
def test_colours_are_far_enough_apart(palette: dict[str, str]) -> None:
    """4.5 for text, 3 for what is drawn (WCAG 2.2 AA)."""
    texts = ("ink", "muted", "accent", "attention", "eligible", "standing", "activated")
    drawn = ("high", "medium", "low", "informational", "heat-4")
    for ground in ("paper", "panel"):
        assert {
            name: contrast(palette[name], palette[ground])
            for name in texts
            if contrast(palette[name], palette[ground]) < 4.5
        } == {}
        assert {name for name in drawn if contrast(palette[name], palette[ground]) < 3} == set()
    assert contrast(palette["accent"], palette["on-accent"]) >= 4.5
    assert min(contrast(palette["ink"], palette[f"heat-{n}"]) for n in (1, 2)) >= 4.5
    assert min(contrast(palette["paper"], palette[f"heat-{n}"]) for n in (3, 4)) >= 3.5
    assert contrast(palette["ink"], palette["accent-soft"]) >= 4.5


def test_it_gives_no_opinion(root: Element) -> None:
    words = text(root)
    assert "It gives no opinion on conformity" in words
    assert not re.search(r"\bcompliant\b|\bcertified\b", words, re.IGNORECASE)


def test_provenance_tells_what_was_asked_and_what_came(root: Element) -> None:
    section = text(chapter(root, "provenance"))
    for fact in (
        "Period asked",
        "2026-10-31 23:00:00Z to 2026-11-30 23:00:00Z",
        "directory audits stream 105 105",
        "svc-pimtrail",
        "collector-1",
        "no id 1",
        "0" * 64,
        "distinct events",
        "PRV-01 Standing privilege",
    ):
        assert fact in section, fact


def test_gaps_are_told_with_their_effect(root: Element) -> None:
    section = text(chapter(root, "gaps"))
    for fact in (
        "older than the log keeps",
        "1 700 of 43 200",
        "group policies 403: RoleManagementPolicy.Read.AzureADGroup is missing",
        "None: every list that came whole became current.",
        "ACT-04 Activations within their limit data gap",
        "Late arrivals none",
        "1 of 34 findings of the period are covered by a waiver",
    ):
        assert fact in section, fact


def test_registers_hold_utc_with_local_in_brackets(root: Element) -> None:
    register = text(chapter(root, "activations"))
    assert "2026-11-02 08:25:03Z (Mon 09:25) Luca Bianchi luca.bianchi@contoso.example" in register


def test_controls_out_of_reach_are_listed_too(root: Element) -> None:
    assert text(by_id(root, "control-A-7-4")) == "A.7.4 Physical monitoring"
    assert "PRV-01" in text(by_id(root, "control-A-8-2"))


def test_findings_count_at_the_control_their_rule_names(root: Element) -> None:
    cells = [text(cell) for cell in by_id(root, "control-A-8-16")]
    assert cells[4] == "21"


def test_the_same_state_gives_the_same_bytes(store: Store, tmp_path: Path, edition: Path) -> None:
    other = month.open_month(tmp_path / "data")
    write(other, tmp_path / "out", "iso27001-2022", ("html", "csv"))
    other.close()
    made = sorted(path.relative_to(edition) for path in edition.rglob("*") if path.is_file())
    assert made == sorted(
        path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*") if path.is_file()
    )
    assert [path for path in made if (edition / path).read_bytes() != (tmp_path / "out" / path).read_bytes()] == []


def test_what_is_written_together_is_what_each_framework_gets_alone(
    store: Store, tmp_path: Path, edition: Path
) -> None:
    names = ["nis2-directive", "iso27001-2022"]
    arguments = (store, month.TENANT, month.SETTINGS, names, month.SINCE, month.UNTIL)
    made = report(*arguments, now=month.NOW, out=tmp_path)
    assert [path.name for path in made] == [f"contoso-{name}-2026-11-01_2026-12-01.html" for name in names]
    assert made[1].read_bytes() == (edition / made[1].name).read_bytes()


def test_another_framework_takes_the_same_road_and_an_end_ahead_is_cut(store: Store, tmp_path: Path) -> None:
    arguments = (store, month.TENANT, month.SETTINGS, ["nis2-directive"], month.SINCE, month.UNTIL.replace(year=2027))
    (path,) = report(*arguments, now=month.NOW, out=tmp_path)
    assert path == tmp_path / "contoso-nis2-directive-2026-11-01_2027-12-01.html"
    page = parse(path.read_text(encoding="utf-8"))
    assert "PRV-01" in text(by_id(page, "control-21-2-i"))
    assert "State as of 2026-12-01 05:00:00Z cut to now: the end asked lies ahead" in text(page)


def test_unknown_formats_are_refused_before_anything_is_written(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no format docx; there are: html, csv"):
        write(store, tmp_path / "none", "iso27001-2022", ("html", "docx"))
    assert not (tmp_path / "none").exists()


def test_an_empty_store_is_told_as_such(tmp_path: Path) -> None:
    from pipeline.store import TenantFolder

    empty = Store(TenantFolder(tmp_path / "contoso"), month.TENANT.tenant_id)
    (path,) = write(empty, tmp_path, "iso27001-2022")
    empty.close()
    words = text(parse(path.read_text(encoding="utf-8")))
    assert "Nothing was collected for the period." in words
    assert "not tested (no snapshot was taken up to the end of the period)" in words
    assert (
        "no exceptions noted"
        not in words.split("How to read this report")[0].split("Key numbers")[1].split("Controls by result")[0]
    )
