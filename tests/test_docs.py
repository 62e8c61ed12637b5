"""What the pages say is held against the code."""

import re
import tomllib
from pathlib import Path

from pipeline.collect.endpoints import TABLE
from pipeline.config import AUTH_KEYS, Auth, Settings, auth_faults

DOCS = Path(__file__).parent.parent / "docs"


def test_the_configuration_page_names_every_key_and_no_other() -> None:
    definitions = Settings.model_json_schema()["$defs"]
    keys = {key for shape in definitions.values() for key in shape.get("properties", {})} | {"data_dir"}
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    named = {key for row in re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    assert named == keys - {"from", "to", "calendars"}


def test_the_permissions_page_names_what_is_asked_for_and_no_more() -> None:
    asked = {endpoint.permission for endpoint in TABLE}
    page = (DOCS / "permissions.md").read_text(encoding="utf-8")
    rows = {name for row in re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE) for name in re.findall(r"`(\S+)`", row)}
    commands = set(re.findall(r"\b[A-Z]\w+\.Read\.\w+", page.split("```sh")[1]))
    assert rows == commands == asked
    assert not [name for name in asked if "Write" in name]


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
