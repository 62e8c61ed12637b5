"""`--help` is quick, complete and what the README shows."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.readme import block

from .calling import Shell

ROOT = Path(__file__).parents[2]
HEAVY = {
    *("duckdb", "pandas", "numpy", "msal", "httpx", "azure", "holidays", "apscheduler", "pydantic"),
    *("pydantic_settings", "structlog", "jinja2", "rich", "requests", "yaml", "msgspec"),
}
COMMANDS = [
    *("demo", "init", "doctor", "run", "collect", "normalise", "rebuild", "detect", "forward", "report", "serve"),
    *("verify", "status", "query", "show", "timeline", "sentinel", "rules", "waivers"),
]


def test_nothing_heavy_is_imported_for_help() -> None:
    code = "import sys, pipeline.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    held = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not HEAVY & set(held.stdout.split())


def test_help_takes_less_than_a_third_of_a_second() -> None:
    """Of processor time: the clock on the wall also measures what else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "pipeline", "--help"], capture_output=True, check=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.6


def test_every_command_has_the_common_options_and_says_what_it_does(shell: Shell) -> None:
    listed = shell("--help").out.split("Commands:")[1]
    assert [line.split()[0] for line in listed.strip().splitlines()] == COMMANDS
    for name in COMMANDS:
        parts = {"rules": ("list", "show", "test", "lint"), "waivers": ("list", "add", "check")}
        calls = [[name, part] for part in parts[name]] if name in parts else [[name]]
        for call in calls:
            told = shell(*call, "--help").out
            for option in ("--config", "--tenant", "--json", "--quiet", "--no-color"):
                assert option in told, call


def test_the_readme_shows_this_help(shell: Shell) -> None:
    assert block("help") == shell("--help").out


def test_help_lines_are_whole(shell: Shell) -> None:
    assert "..." not in shell("--help").out.replace("[ARGS]...", "")


@pytest.mark.parametrize(
    "call",
    [
        ["nothing"],
        ["status", "--nothing"],
        ["rules", "nothing"],
        ["run", "--fail-on", "critical"],
        ["query"],
        ["report", "iso27001-2022", "--from", "October", "--to", "2026-11-01"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_ends_with_2(shell: Shell, call: list[str]) -> None:
    result = shell(*call)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Usage: pimtrail")


def test_version(shell: Shell) -> None:
    assert shell("--version").out == "pimtrail 0.1.0\n"
