"""What the pages say is held against the code."""

import re
import tomllib
from pathlib import Path

from pipeline.collect.endpoints import DAILY, HOURLY, TABLE
from pipeline.config import AUTH_KEYS, Auth, Settings, auth_faults
from pipeline.detect import lint, load_rules, run_tests
from pipeline.detect.rulefile import Head
from pipeline.detect.tuning import tune
from pipeline.detect.waivers import read_file
from pipeline.normalise.tickets import read
from pipeline.store import TenantFolder, open_store

DOCS = Path(__file__).parent.parent / "docs"


def test_the_configuration_page_names_every_key_and_no_other() -> None:
    definitions = Settings.model_json_schema()["$defs"]
    keys = {key for shape in definitions.values() for key in shape.get("properties", {})} | {"data_dir"}
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    named = {key for row in re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    assert named == keys - {"from", "to", "calendars", "named_ranges"}


def test_the_permissions_page_names_what_is_asked_for_and_no_more() -> None:
    asked = {endpoint.permission for endpoint in TABLE}
    page = (DOCS / "permissions.md").read_text(encoding="utf-8")
    rows = {name for row in re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE) for name in re.findall(r"`(\S+)`", row)}
    commands = set(re.findall(r"\b[A-Z]\w+\.Read\.\w+", page.split("```sh")[1]))
    assert rows == commands == asked
    assert not [name for name in asked if "Write" in name]


def test_the_permissions_page_tells_every_list_with_what_it_takes() -> None:
    often = {None: "each run", HOURLY: "hourly", DAILY: "daily"}
    asked = {
        e.name: (e.version, e.permission, e.licence.value if e.licence else "–", often[e.cadence], e.fills)
        for e in TABLE
    }
    page = (DOCS / "permissions.md").read_text(encoding="utf-8").split("## List by list")[1]
    told = {}
    for row in re.findall(r"^\| ([a-z]\w+ .*) \|$", page.split("\n## ")[0], re.MULTILINE)[1:]:
        name, permission, licence, read, tables, lost = row.split(" | ")
        beta = "beta" if name.endswith(" (beta)") else "v1.0"
        full = licence if licence == "–" else f"Entra ID {licence.replace('or ', 'or ID ')}"
        told[name.split()[0]] = (beta, permission.strip("`"), full, read, tuple(re.findall(r"`(\w+)`", tables)))
        assert lost
    assert told == asked


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]
    dead = [
        f"{page.name}: {target}"
        for page in pages
        if page.exists()
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_every_example_of_signing_in_is_taken() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    block = next(block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "managed_identity" in block)
    tables = [tomllib.loads(part.split("\n", 1)[1]) for part in block.split("[tenants.auth]")[1:]]
    assert {table["method"] for table in tables} == set(AUTH_KEYS)
    for table in tables:
        Auth.model_validate(table)
        assert list(auth_faults(table, whole=True)) == []


def test_every_list_fills_tables_that_exist(tmp_path: Path) -> None:
    with open_store(TenantFolder(tmp_path), "00000000-0000-0000-0000-000000000000") as store:
        there = {row["name"] for row in store.rows("SELECT table_name AS name FROM information_schema.tables")}
    assert {name for endpoint in TABLE for name in endpoint.fills} <= there


def test_the_page_on_waivers_shows_what_is_taken(tmp_path: Path) -> None:
    page = (DOCS / "waivers.md").read_text(encoding="utf-8")
    [entries] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "waivers.yaml").write_text(entries, encoding="utf-8")
    assert len(read_file(tmp_path / "waivers.yaml")) == 2
    [settings] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    tune(load_rules(), Settings.model_validate(tomllib.loads(settings)))


def test_the_rule_on_the_page_about_rules_is_one(tmp_path: Path) -> None:
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    [statement] = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "contoso" / "owner_at_weekend.sql"
    path.parent.mkdir()
    path.write_text(statement, encoding="utf-8")
    book = load_rules([tmp_path], ["contoso.owner_at_weekend"])
    assert lint(book) == []
    assert [each.detail for each in run_tests(book) if not each.passed] == [] and len(run_tests(book)) == 4


def test_the_page_about_rules_names_every_key_and_shows_what_is_taken(tmp_path: Path) -> None:
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    table = page.split("## The header")[1].split("\n## ")[0]
    named = {key for row in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    assert named == set(Head.model_fields)
    for settings in re.findall(r"```toml\n(.*?)```", page, re.DOTALL):
        Settings.model_validate(tomllib.loads(settings))
    [register] = re.findall(r"```\n(number.*?)```", page, re.DOTALL)
    (tmp_path / "tickets.csv").write_text(register, encoding="utf-8")
    assert [ticket.closed_at is None for ticket in read(tmp_path / "tickets.csv")] == [False, True]


def test_what_lint_says_is_what_the_page_says_it_says() -> None:
    page = (DOCS / "rules.md").read_text(encoding="utf-8").split("## What lint says")[1].split("\n## ")[0]
    code = "".join(path.read_text() for path in (DOCS.parent / "pipeline" / "detect").glob("*.py"))
    said = [words for row in re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE) for words in re.findall(r"`(.+?)`", row)]
    for words in said:
        part = max(re.split(r"'?…'?|\$", words), key=len)
        assert part.strip() in code, words
