"""A rule file is read whole or told wrong, by file and line, and never hides another."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.detect.rulefile import Param, load_rules
from pipeline.errors import ContentError
from tests.detect.silver import HEAD, SQL, book, write_rule


def test_own_folders_join_the_shipped_rules(tmp_path: Path) -> None:
    write_rule(tmp_path, "mine.first")
    found = load_rules([tmp_path])
    assert found.faults == ()
    assert [rule.id for rule in found.rules] == sorted(rule.id for rule in found.rules)
    assert found.get("mine.first").label == str(tmp_path / "mine" / "first.sql")
    assert found.get("activation.off_hours").label == "rules/activation/off_hours.sql"
    with pytest.raises(ContentError, match=r"no rule is called 'mine\.second'"):
        found.get("mine.second")


def test_a_file_that_changed_is_read_anew(tmp_path: Path) -> None:
    write_rule(tmp_path, "mine.first", title="before")
    assert book(tmp_path).get("mine.first").head.title == "before"
    write_rule(tmp_path, "mine.first", title="after")
    assert book(tmp_path).get("mine.first").head.title == "after"
    write_rule(tmp_path, "mine.first", severity="grave")
    assert [fault.rule_id for fault in book(tmp_path).faults] == ["mine.first"]


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    write_rule(tmp_path, "activation.off_hours")
    found = load_rules([tmp_path])
    assert [fault.message for fault in found.faults] == ["the id is taken by rules/activation/off_hours.sql"]
    assert found.get("activation.off_hours").label.startswith("rules/")


def test_a_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="is no folder of rules"):
        load_rules([tmp_path / "nowhere"])


def test_one_bad_file_hides_no_other(tmp_path: Path) -> None:
    write_rule(tmp_path, "mine.good")
    write_rule(tmp_path, "mine.bad", severity="grave")
    (tmp_path / "mine" / "worse.sql").write_text("SELECT 1\n")
    (tmp_path / "mine" / "Worst-1.sql").write_text("SELECT 1\n")
    (tmp_path / "mine" / "broken.sql").write_text("/* ---\ntitle: [\n--- */\nSELECT 1\n")
    (tmp_path / "mine" / "bytes.sql").write_bytes(b"/* ---\ntitle: \xff\n--- */\nSELECT 1\n")
    found = book(tmp_path)
    assert [rule.id for rule in found.rules] == ["mine.good"]
    assert {fault.rule_id for fault in found.faults} == {
        *("mine.bad", "mine.worse", "mine.Worst-1", "mine.broken", "mine.bytes")
    }
    assert all(fault.where.startswith(str(tmp_path / "mine")) for fault in found.faults)


@pytest.mark.parametrize(
    ("head", "line_of", "message"),
    [
        ({"severity": "grave"}, "severity", "severity: "),
        ({"version": "1.0"}, "version", "version: "),
        ({"confidence": 1.5}, "confidence", "confidence: "),
        ({"kind": "thing"}, "kind", "kind: "),
        ({"surface": []}, "surface", "surface: "),
        ({"surface": ["mailbox"]}, "surface", "surface.0: "),
        ({"keys": []}, "keys", "keys: "),
        ({"lookback": "soon"}, "lookback", "lookback: "),
        ({"tactics": ["Mischief"]}, "tactics", "tactics: "),
        ({"techniques": ["T1"]}, "techniques", "techniques.0: "),
        ({"controls": ["everything"]}, "controls", "controls.0: "),
        ({"colour": "red"}, "colour", "colour: "),
        ({"params": {"as_of": {"type": "integer", "default": 1, "doc": "d"}}}, "params", "params: "),
        ({"params": {"n": {"type": "integer", "default": "1", "doc": "d"}}}, "params", "params.n: "),
        ({"params": {"n": {"type": "integer", "default": 5, "max": 4, "doc": "d"}}}, "params", "params.n: "),
        ({"params": {"n": {"type": "string", "default": "a", "max": 4, "doc": "d"}}}, "params", "params.n: "),
        ({"tests": [{"name": "t", "given": {}, "expect": [], "expects": []}]}, "tests", "tests.0.expects: "),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, head: dict[str, Any], line_of: str, message: str) -> None:
    path = write_rule(tmp_path, "mine.bad", **head)
    fault, *_ = book(tmp_path).faults
    lines = path.read_text().splitlines()
    assert lines[fault.line - 1].startswith(f"{line_of}:")
    assert fault.message.startswith(message)


def test_all_faults_of_a_file_are_told(tmp_path: Path) -> None:
    write_rule(tmp_path, "mine.bad", severity="grave", version="one", title=None)
    assert len(book(tmp_path).faults) == 3


def test_lines_point_into_the_file(tmp_path: Path) -> None:
    path = write_rule(tmp_path, "mine.first", sql="\n\n" + SQL, tests=[{"name": "a day", "given": {}, "expect": []}])
    rule = book(tmp_path).get("mine.first")
    lines = path.read_text().splitlines()
    assert lines[rule.file.sql_line - 1] == SQL.splitlines()[0]
    assert lines[rule.sql_line(rule.sql.index("FROM")) - 1] == SQL.splitlines()[1]
    assert "a day" in lines[rule.case_line("a day") - 1]
    assert rule.line("nothing") == 1


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", 3, [True, 3.5, "3", None, 11, -1]),
        ("number", 3.5, [True, "3", 10.5]),
        ("boolean", True, [1, "true", None]),
        ("string", "a", [1, None, ["a"]]),
        ("strings", ["a", "b"], ["a", [1], None]),
    ],
)
def test_parameters_keep_their_type_and_bounds(kind: Any, good: Any, bad: list[Any]) -> None:
    bounds = {"min": 0, "max": 10} if kind in ("integer", "number") else {}
    param = Param(type=kind, default=good, doc="d", **bounds)
    assert param.checked(good) == good
    for value in bad:
        with pytest.raises(ValueError):
            param.checked(value)


def test_lists_of_rows_can_be_joined(tmp_path: Path) -> None:
    rows = [[{"request_id": "a"}, {"request_id": "b"}], {"request_id": "c"}]
    write_rule(tmp_path, "mine.first", tests=[{"name": "t", "given": {"activation": rows}, "expect": []}])
    (case,) = book(tmp_path).get("mine.first").head.tests
    assert [row["request_id"] for row in case.given["activation"]] == ["a", "b", "c"]


def test_the_plain_header_is_sound(tmp_path: Path) -> None:
    write_rule(tmp_path, "mine.first")
    assert book(tmp_path).get("mine.first").head.title == HEAD["title"]


def test_a_file_beside_the_folders_of_families_is_told(tmp_path: Path) -> None:
    rules = tmp_path
    write_rule(rules, "mine.first")
    (rules / "stray.sql").write_text("SELECT 1")
    (rules / "a" / "b").mkdir(parents=True)
    (rules / "a" / "b" / "deep.sql").write_text("SELECT 1")
    told = [(fault.rule_id, fault.message) for fault in load_rules([rules]).faults]
    assert told == [
        (name, f"is no rule there: a rule lies in {rules}/<family>/<name>.sql") for name in ("deep", "stray")
    ]
