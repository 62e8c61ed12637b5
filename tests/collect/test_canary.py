"""I13: no secret in any output. Every fault of the catalogue met by signed requests over TLS, logged at DEBUG, and a
Graph that tells the token back: what is printed, logged, recorded and kept is searched for secret and tokens."""

import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard

from pipeline.errors import PimtrailError
from tests.collect.rig import DAY, HOUR, NOW, SECRET, Rig, guid
from tests.fakes.faults import ILLS, status
from tests.fakes.graph import AUDITS, MEMBERS
from tests.fakes.tls import Reply, Request

GROUP = guid(7)
PATHS = (
    *("/v1.0/users", AUDITS, "/v1.0/groups", "/v1.0/servicePrincipals", MEMBERS.format(group=GROUP)),
    *("/v1.0/roleManagement/directory/roleDefinitions", "/v1.0/policies/roleManagementPolicyAssignments"),
    "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances",
)


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """All that any library logs."""
    root, text = logging.getLogger(), io.StringIO()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.setLevel(level)
    root.removeHandler(handler)


def told_back(number: int) -> Any:
    """An error that repeats what was sent, in its words and in a header."""

    def fault(request: Request, reply: Reply) -> Reply:
        sent = request.headers.get("authorization", "")
        return status(number, code="Odd", message=f"You sent {sent}", Request_Id=sent, WWW_Authenticate=sent)(
            request, reply
        )

    return fault


def marked(request: Request, reply: Reply) -> Reply:
    """The right answer under a request id that is the token."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    return replace(reply, headers={**reply.headers, "request-id": token})


def collect_whatever_comes(contoso: Rig, said: list[str]) -> None:
    try:
        said.append(repr(contoso.collect(after=DAY + HOUR)))
    except PimtrailError as error:
        said += [repr(error), repr(error.__cause__), repr(error.__context__)]
    contoso.graph.forgive()


def written(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file under `folder`, compressed ones also inflated."""
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            yield path, data
            if path.suffix == ".zst":
                yield path, zstandard.ZstdDecompressor().decompressobj().decompress(data)


def test_no_fault_makes_a_secret_show(
    contoso: Rig, logs: io.StringIO, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    contoso.login.roles = ("User.Read.All",)
    contoso.graph.lists["/v1.0/groups"] = [{"id": GROUP, "displayName": "sg", "isAssignableToRole": True}]
    for number in range(4):
        contoso.graph.happen(f"e{number}", at=NOW - number * HOUR)
    said: list[str] = []
    ills = [ill.faults for name, ill in ILLS.items() if name != "bomb"]
    ills += [(marked,), *((told_back(number),) * 20 for number in (400, 401, 403, 404, 429, 503))]
    for first in range(0, len(ills), len(PATHS)):
        for path, faults in zip(PATHS, ills[first:], strict=False):
            contoso.graph.fail(path, *faults)
        collect_whatever_comes(contoso, said)
    contoso.close()
    canaries = [SECRET, *contoso.login.given]
    assert len(canaries) > 2 and "localhost" in logs.getvalue()
    printed = capfd.readouterr()
    whole = "\n".join([*said, logs.getvalue(), printed.out, printed.err])
    assert [canary for canary in canaries if canary in whole] == []
    found = [
        (str(path.relative_to(tmp_path)), canary[:20])
        for path, data in written(tmp_path / "contoso")
        for canary in canaries
        if canary.encode() in data
    ]
    assert found == []
