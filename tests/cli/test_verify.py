"""`pimtrail verify`: a line of figures, or a line for each fault and exit code 7."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.calling import Shell
from tests.samples import copy_configuration


@pytest.fixture
def config(shell: Shell, judged: Path) -> Path:
    """The samples' configuration over a copy of Fabrikam's data."""
    shutil.copytree(judged, shell.folder / "data")
    return copy_configuration(shell.folder)


def test_one_line_of_figures(shell: Shell, config: Path) -> None:
    done = shell("verify", "--config", config, "--tenant", "fabrikam")
    assert done.code == 0 and done.err == ""
    assert done.out.startswith("fabrikam: ") and done.out.endswith("as they were kept\n")
    assert shell("verify", "--config", config, "--tenant", "fabrikam", "--quiet").out == ""


def test_a_line_for_each_fault(shell: Shell, config: Path) -> None:
    folder = shell.folder / "data" / "fabrikam"
    victims = sorted((folder / "raw").rglob("*.zst"))[:2]
    for victim in victims:
        victim.write_bytes(b"")
    done = shell("verify", "--config", config, "--tenant", "fabrikam", "--quiet")
    assert done.code == 7
    names = [str(victim.relative_to(folder)) for victim in victims]
    assert [line.split(": ")[2] for line in done.err.splitlines()] == names
    said = json.loads(shell("verify", "--config", config, "--tenant", "fabrikam", "--json").out)
    assert [fault["file"] for fault in said[0]["faults"]] == names
    assert (said[0]["tenant"], said[0]["exit_code"]) == ("fabrikam", 7)
