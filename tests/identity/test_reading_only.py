"""Nothing here ever asks for a permission to change anything."""

import ast
import re
from pathlib import Path

import pytest

from pipeline.cli.access import reads_only
from pipeline.collect.endpoints import permissions
from pipeline.config import Auth, Graph
from pipeline.forward.ingestion import scope_of
from pipeline.identity import identity_for
from tests.fakes.login import FakeLogin
from tests.fakes.tls import Server

from .places import CLIENT, SCOPE, TENANT, Terminal, graph_at

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"\b[A-Z][A-Za-z]+\.(?:[A-Z][A-Za-z]*)(?:\.[A-Z][A-Za-z0-9]+)+\b|\b[A-Z][A-Za-z]+\.Read\w*\b")


def texts(path: Path) -> list[str]:
    """Every text in a module that is not a docstring; other files whole."""
    if path.suffix != ".py":
        return [path.read_text(encoding="utf-8")]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in told)
    return [node.value for node in constants if isinstance(node.value, str)]


def test_every_permission_named_anywhere_is_one_to_read() -> None:
    files = [*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "pipeline").rglob("*.toml"), *ROOT.glob("deploy/**/*")]
    named = {name for path in files if path.is_file() for text in texts(path) for name in NAMED.findall(text)}
    assert set(permissions()) <= named
    assert sorted(name for name in named if not reads_only(name)) == []


@pytest.mark.parametrize(
    "name",
    [
        *("RoleManagement.ReadWrite.Directory", "Directory.AccessAsUser.All", "Mail.Send", "Mail.ReadWrite", "Write"),
        *("Application.ReadWrite.OwnedBy", "Sites.FullControl.All", "Policy.ReadWrite.ConditionalAccess", "", "*"),
    ],
)
def test_what_changes_things_is_not_taken_for_reading(name: str) -> None:
    assert not reads_only(name)


def test_what_goes_over_the_wire(server: Server, login: FakeLogin) -> None:
    """An application asks for what it was granted; what a person is asked to grant is listed name by name."""
    login.person, graph = "signs in", Graph()
    auth = Auth(method="device_code", client_id=CLIENT)
    person = identity_for(auth, TENANT, graph_at(server), permissions=permissions(), terminal=Terminal())
    person.token(SCOPE)
    asked = {name.removeprefix(f"{graph.base_url}/") for name in login.forms[0]["scope"].split()}
    assert asked - {"openid", "profile", "offline_access"} == set(permissions())
    assert all(reads_only(name) for name in permissions())
    assert scope_of("https://a.westeurope-1.ingest.monitor.azure.com").endswith("/.default")
