"""Names and justifications come from attackers: they must not change the page, only be seen on it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from pipeline.config import Report
from pipeline.report import report
from tests.report import month
from tests.report.reading import parse, shape, text

PAYLOAD = (
    "</td><script>alert(1)</script><img src=x onerror=alert(1)>\"'><a href=javascript:1>{{7*7}}{%x%}\x1b[2J\u202e\x00"
)
SHOWN = PAYLOAD.replace("\x1b", "\\u{1B}").replace("\u202e", "\\u{202E}").replace("\x00", "\\u{0}")
COLUMNS = {
    "pim_request": (
        "subject_name",
        "subject_upn",
        "target_name",
        "justification",
        "ticket_number",
        "approver_name",
        "actor_ip",
    ),
    "principal_history": ("name", "upn"),
    "role_history": ("name",),
    "entra_group_history": ("name",),
    "finding": ("title", "why", "subject_name", "target_name", "suppressed", "waived_by"),
    "policy_history": ("auth_context_id",),
    "policy_approver": ("approver_name",),
    "skipped": ("reason",),
    "gap": ("reason",),
    "quarantine": ("detail",),
    "segment_page": ("url",),
    "run": ("operator", "host", "version", "config_sha256"),
    "rule_run": ("error",),
    "audit_event": ("actor_name", "actor_upn"),
    "waiver": ("reason", "owner", "ticket", "waiver_id"),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both editions, every text of the data ending in the payload."""
    folder = tmp_path_factory.mktemp("hostile")
    store = month.open_month(folder)
    store.con.execute("UPDATE pim_request SET justification = '=HYPERLINK(1)' WHERE request_id = 'q-0001'")
    store.con.execute("UPDATE principal_history SET upn = ' @SUM(1)' WHERE principal_id = 'u-003'")
    for table, columns in COLUMNS.items():
        for column in columns:
            store.con.execute(f"UPDATE {table} SET {column} = {column} || ? WHERE {column} <> 'test'", [PAYLOAD])
    record = json.dumps({"ControlIds": ["iso27001:A.8.16", PAYLOAD], "RequestId": PAYLOAD})
    store.con.execute("UPDATE finding SET record = ? WHERE rule_id = 'activation.off_hours'", [record])
    settings = month.SETTINGS.model_copy(update={"report": Report(entity=f"Contoso AG{PAYLOAD}</title>")})
    arguments = (store, month.TENANT, settings, ["iso27001-2022"], month.SINCE, month.UNTIL)
    report(*arguments, now=month.NOW, out=folder, formats=("html", "csv"))
    store.close()
    return folder / "contoso-iso27001-2022-2026-11-01_2026-12-01.html"


@pytest.fixture(scope="module")
def attacked(hostile: Path) -> Element:
    return parse(hostile.read_text(encoding="utf-8"))


def test_no_element_and_no_attribute_is_added(attacked: Element, root: Element) -> None:
    bad, good = shape(attacked), shape(root)
    assert [pair for pair in zip(bad, good, strict=False) if pair[0] != pair[1]][:3] == []
    assert len(bad) == len(good)


def test_the_payload_is_seen_as_text(hostile: Path, attacked: Element) -> None:
    raw = hostile.read_text(encoding="utf-8")
    assert not {"\x1b", "\u202e", "\x00"} & set(raw)
    words = text(attacked)
    for place in (
        "CHG-20418",
        "Contoso AG",
        "Ada Brunner",
        "Global Administrator",
        "sg-rdp-prod-servers",
        "older than the log keeps",
        "night shift agreed with HR",
        "svc-pimtrail",
        "an event without an id",
        "the query ran out of time",
    ):
        assert " ".join((place + SHOWN).split()) in words, place


def test_csv_cells_are_guarded_and_visible(hostile: Path) -> None:
    texts = ""
    for path in hostile.with_suffix("").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.reader(handle):
                assert not [cell for cell in row if cell.strip().startswith(("=", "+", "@"))], path
                assert not [cell for cell in row if {"\x1b", "\u202e", "\x00"} & set(cell)], path
                texts += "\n".join(row)
    assert "'=HYPERLINK(1)" in texts and "' @SUM(1)" in texts
