"""The waivers file: every fault with its line, and a waiver covers only what it says, and only until it ends."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Tenant
from pipeline.detect.waivers import Waiver, read_waivers
from pipeline.errors import ConfigError
from tests.detect.silver import TENANT, TENANT_ID

ENTRY = "- match: {{{match}}}\n  reason: because\n  owner: anna\n  expires: 2026-12-31\n"
RECORD: dict[str, Any] = {
    "RuleId": "drift.permanent_eligible",
    "TargetObjectId": "P1",
    "TargetUpn": "eva@contoso.example",
    "TargetName": "Eva",
    "RoleName": None,
    "GroupName": "sg-sap",
    "GroupObjectId": "g1",
    "GroupAccess": "member",
}


def tenant(folder: Path, text: str) -> Tenant:
    path = folder / "waivers.yaml"
    path.write_text(text, encoding="utf-8")
    return TENANT.model_copy(update={"waivers": path})


def only(folder: Path, match: str) -> Waiver:
    [waiver] = read_waivers(tenant(folder, ENTRY.format(match=match)))
    return waiver


def test_no_file_no_waivers(tmp_path: Path) -> None:
    assert read_waivers(TENANT) == ()
    assert read_waivers(tenant(tmp_path, "# none yet\n")) == ()


@pytest.mark.parametrize(
    ("match", "covers"),
    [
        ("rule: drift.permanent_eligible", True),
        ("rule: grant.permanent_eligible", False),
        ("subject: p1", True),
        ("subject: EVA@contoso.example", True),
        ("subject: eva", True),
        ("subject: ev", False),
        ("target: sg-sap, access: member", True),
        ("target: sg-sap, access: owner", False),
        ("target: [sg-x, G1]", True),
        ("scope: /", False),
        ("group_name: SG-SAP", True),
    ],
)
def test_every_field_must_match(tmp_path: Path, match: str, covers: bool) -> None:
    assert only(tmp_path, match).covers(RECORD, date(2026, 11, 1)) is covers


def test_it_holds_through_its_last_day(tmp_path: Path) -> None:
    waiver = only(tmp_path, "subject: p1")
    assert waiver.covers(RECORD, date(2026, 12, 31))
    assert not waiver.covers(RECORD, date(2027, 1, 1))


def test_a_waiver_of_another_tenant_is_left_out(tmp_path: Path) -> None:
    entry = ENTRY.format(match="subject: p1")
    text = "".join(f"{entry}  tenant: {name}\n" for name in ("contoso", TENANT_ID.upper(), "fabrikam"))
    assert [waiver.place for waiver in read_waivers(tenant(tmp_path, text))] == ["waivers.yaml:1", "waivers.yaml:6"]


def test_an_id_stays_when_lines_above_come_and_when_the_date_changes(tmp_path: Path) -> None:
    entry = ENTRY.format(match="subject: p1, rule: a.b")
    [before] = read_waivers(tenant(tmp_path, entry))
    later = "# a comment\n" + ENTRY.format(match="subject: p2") + entry.replace("2026-12-31", "2027-12-31")
    other, after = read_waivers(tenant(tmp_path, later))
    assert (after.waiver_id, after.place) == (before.waiver_id, "waivers.yaml:6") and other.waiver_id != after.waiver_id
    again = [each.waiver_id for each in read_waivers(tenant(tmp_path, entry + entry))]
    assert again == [before.waiver_id, f"{before.waiver_id}-2"]


def test_all_faults_are_told_with_line_and_field(tmp_path: Path) -> None:
    text = (
        "- match: {}\n  reason: r\n  owner: o\n  expires: 2026-12-31\n"
        "- match: {rule: a.b, subjet: p1}\n  reason: r\n  owner: o\n  expires: 2026-12-31\n"
        "- match: {subject: p1}\n  reason: ' '\n  owner: o\n"
        "- match:\n    subject: []\n    target: [3]\n  reason: r\n  owner: o\n  expires: never\n  until: x\n"
        "- just words\n"
    )
    with pytest.raises(ConfigError) as error:
        read_waivers(tenant(tmp_path, text))
    told = [fault.removeprefix(f"{tmp_path}/waivers.yaml:").split(": ")[:2] for fault in error.value.faults]
    wanted = "1 match,5 match.subjet,10 reason,9 expires,13 match.subject,14 match.target,17 expires,18 until,19 entry"
    assert [" ".join(each) for each in told] == wanted.split(",")


@pytest.mark.parametrize("text", ["match: {}\n", "- [\n", "\x00", "just words\n"])
def test_a_file_of_another_shape_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"waivers\.yaml"):
        read_waivers(tenant(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"waivers\.yaml: cannot be read"):
        read_waivers(TENANT.model_copy(update={"waivers": tmp_path / "waivers.yaml"}))
