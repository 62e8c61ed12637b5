"""`pimtrail waivers`, from accepting a finding to its end, on the data of a sample tenant."""

import json
from typing import Any

import pytest

from .calling import Shell
from .test_looking import CONFIG
from .test_looking import office as office

NOON = "2026-10-17T12:00:00Z"
WHY = ("--reason", "reads the reports", "--owner", "grace", "--expires", "2099-12-31")


@pytest.fixture
def accepting(office: Shell) -> Shell:
    """The office with a waivers file configured, which is not there yet but for its first line."""
    path = office.folder / "pimtrail.toml"
    path.write_text(path.read_text() + 'waivers = "waivers.yaml"\n')
    office.write("waivers.yaml", "# ours\n")
    return office


def rows(shell: Shell, *arguments: str) -> Any:
    return json.loads(shell(*arguments, "--json").out)


def some(shell: Shell, rule: str) -> dict[str, Any]:
    sql = f"SELECT * FROM finding WHERE rule_id = '{rule}' AND status = 'open' ORDER BY finding_id LIMIT 1"
    found: dict[str, Any] = rows(shell, "query", sql)[0]
    return found


def test_a_finding_is_accepted_kept_silent_listed_and_told_of_when_it_ends(accepting: Shell) -> None:
    found = some(accepting, "posture.permanent_allowed")
    added = accepting("waivers", "add", "--finding", found["finding_id"][:12], *WHY, "--ticket", "CHG-1")
    assert added.code == 0 and "waivers.yaml:3" in added.out and "rule: posture.permanent_allowed" in added.out
    assert (accepting.folder / "waivers.yaml").read_text().startswith("# ours\n")
    assert accepting("detect", "--as-of", NOON).code == 0
    after = some(accepting, "posture.permanent_allowed")
    held = rows(accepting, "query", f"SELECT * FROM finding WHERE finding_id = '{found['finding_id']}'")[0]
    assert held["waived_by"] is not None and held["resolved_reason"] == "waived"
    assert after["finding_id"] != found["finding_id"], "the others of the rule stand"
    [listed] = rows(accepting, "waivers", "list")
    assert (listed["silences"], listed["matches"], listed["place"]) == (1, 1, "waivers.yaml:3")
    assert (listed["owner"], listed["ticket"], listed["expires"]) == ("grace", "CHG-1", "2099-12-31")
    assert "2099-12-31, " in accepting("waivers", "list").out
    assert accepting("waivers", "check", "--strict").code == 0
    path = accepting.folder / "waivers.yaml"
    path.write_text(path.read_text().replace("2099-12-31", "2026-01-31"))
    assert accepting("detect", "--as-of", NOON).code == 0
    assert some(accepting, "meta.waiver_expired")["why"].startswith("It stands in waivers.yaml:3 ")
    ended = accepting("waivers", "check")
    assert (ended.code, ended.out.splitlines()[0]) == (0, "fabrikam: waivers.yaml:3: ended on 2026-01-31")
    assert accepting("waivers", "check", "--strict").code == 2
    assert rows(accepting, "waivers", "list")[0]["silences"] == 0


def test_what_matches_nothing_or_names_nothing_that_exists(accepting: Shell) -> None:
    match = (
        "--match",
        "rule=posture.standing_rolle",
        "--match",
        "subject=a@x.example",
        "--match",
        "subject=b@x.example",
    )
    assert accepting("waivers", "add", *match, *WHY).code == 0
    accepting("waivers", "add", "--match", "target=nothing", *WHY)
    path = accepting.folder / "waivers.yaml"
    path.write_text(path.read_text() + "  tenant: contoso\n")
    told = [(row["where"], row["remark"]) for row in rows(accepting, "waivers", "check")]
    assert told == [
        ("waivers.yaml:3", "match.rule: no rule is called 'posture.standing_rolle'"),
        ("waivers.yaml:3", "matches no finding on record"),
        ("waivers.yaml:10", "tenant: none is called 'contoso'"),
    ]
    [mine] = rows(accepting, "waivers", "list")
    assert mine["match"] == {"rule": "posture.standing_rolle", "subject": ["a@x.example", "b@x.example"]}


def test_faults_are_told_with_file_line_and_field_and_end_with_2(accepting: Shell) -> None:
    accepting.write("waivers.yaml", "- match: {subjet: x}\n  reason: r\n  owner: o\n  expires: never\n")
    for command in ("check", "list"):
        told = accepting("waivers", command)
        assert told.code == 2 and told.err.endswith("waivers.yaml:4: expires: " + told.err.split("expires: ")[1])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (WHY, "one of --match and --finding is needed"),
        (("--match", "rule", *WHY), "write FIELD=TEXT"),
        (("--match", "subjet=x", *WHY), "no such field"),
        (("--finding", "ffffffff", *WHY), "0 findings begin with"),
        (("--match", "rule=a.b", *WHY[:4], "--expires", "soon"), "--expires: "),
        (("--match", "rule=a.b", "--reason", " ", *WHY[2:]), "--reason: "),
    ],
)
def test_what_cannot_be_added(accepting: Shell, arguments: tuple[str, ...], told: str) -> None:
    result = accepting("waivers", "add", *arguments)
    assert result.code == 2 and told in result.err
    assert (accepting.folder / "waivers.yaml").read_text() == "# ours\n"


def test_before_anything_is_collected_and_without_a_file(shell: Shell) -> None:
    shell.write("pimtrail.toml", CONFIG.format(baseline="none.yaml").replace("baseline", "waivers"))
    shell.write("none.yaml", "- match: {rule: posture.standing_role}\n  reason: r\n  owner: o\n  expires: 2099-01-01\n")
    told = shell("waivers", "check", "--strict")
    assert told.code == 0 and "what the waivers match is not known" in told.err
    shell.config()
    assert shell("waivers", "check").code == 0 and rows(shell, "waivers", "list") == []
    assert "no file is configured" in shell("waivers", "add", "--match", "rule=a.b", *WHY).err
