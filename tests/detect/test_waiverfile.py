"""An entry is put at the end of a waivers file, and nothing that stands in it changes."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.detect.waiverfile import add
from pipeline.detect.waivers import Entry, read_file
from pipeline.errors import ConfigError, StorageError, UsageError

SAID: dict[str, Any] = {"match": {"rule": "a.b"}, "reason": "because", "owner": "anna", "expires": date(2026, 12, 31)}
HELD = "# who, why\n- match: {subject: [p1, p2]}   # two\n  reason: r\n  owner: o\n  expires: 2026-12-31\n"


def entry(**other: Any) -> Entry:
    return Entry.model_validate(SAID | other)


def test_a_new_file_and_one_that_has_some(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    assert add(path, entry()) == 3
    text = path.read_text()
    assert text.startswith("# ") and "- match: {rule: a.b}\n  reason: because\n" in text
    line = add(path, entry(match={"subject": "p1"}, ticket="CHG-1"))
    assert path.read_text().startswith(text) and line > 3
    assert [each for _, each in read_file(path)] == [entry(), entry(match={"subject": "p1"}, ticket="CHG-1")]


@pytest.mark.parametrize(
    "held", [HELD, HELD.rstrip("\n"), "# nothing yet\n", "", "  " + HELD.replace("\n", "\n  ").rstrip(" ")]
)
def test_what_stands_stays_to_the_byte(tmp_path: Path, held: str) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(held)
    path.chmod(0o640)
    if held.startswith("  "):
        with pytest.raises(UsageError, match="nothing can be put at its end"):
            add(path, entry())
        assert path.read_text() == held
        return
    add(path, entry())
    assert path.read_text().startswith(held)
    assert [each for _, each in read_file(path)][-1] == entry()
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "wild", ["- x: {", "a: b # c", "\u202eno\u202c", "2026-12-31", "yes", "line\nline", "'\"", "&a *a !x %"]
)
def test_what_people_write_is_read_back_as_it_was(tmp_path: Path, wild: str) -> None:
    path = tmp_path / "waivers.yaml"
    told = entry(match={"subject": wild, "target": [wild, "x"]}, reason=wild, owner=wild, ticket=wild)
    add(path, told)
    assert [each for _, each in read_file(path)] == [told]


def test_the_same_again_is_refused_and_a_later_date_is_not(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    add(path, entry())
    with pytest.raises(UsageError, match=r"waivers\.yaml:3 matches the same, through 2026-12-31"):
        add(path, entry(expires=date(2026, 12, 30)))
    add(path, entry(expires=date(2027, 12, 31)))
    add(path, entry(tenant="fabrikam"))
    assert len(read_file(path)) == 3


@pytest.mark.parametrize(
    "held", ["[{match: {rule: a.b}, reason: r, owner: o, expires: 2026-12-31}]\n", "[]\n", "--- []\n...\n"]
)
def test_a_list_in_one_line_is_left_alone(tmp_path: Path, held: str) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(held)
    with pytest.raises(UsageError, match="nothing can be put at its end"):
        add(path, entry(match={"subject": "p1"}))
    assert path.read_text() == held


def test_a_file_with_faults_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(HELD + "- just words\n")
    with pytest.raises(ConfigError, match=r"waivers\.yaml:6: entry"):
        add(path, entry())


def test_a_link_is_followed_and_a_folder_that_refuses_is_told(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    (tmp_path / "real").mkdir()
    path.symlink_to(tmp_path / "real" / "waivers.yaml")
    add(path, entry())
    assert path.is_symlink() and (tmp_path / "real" / "waivers.yaml").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises((StorageError, OSError)):
        add(tmp_path / "file" / "waivers.yaml", entry())
    assert [each.name for each in (tmp_path / "real").iterdir()] == ["waivers.yaml"]
