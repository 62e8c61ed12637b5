"""The README's blocks that are printed by the program itself: `python -m tests.readme` writes them anew.

A block stands between `<!-- name -->` and `<!-- -->`; `block` reads one, so that tests can hold it against what is
printed now.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
COMMANDS = {"demo": ("demo",), "help": ("--help",)}


def block(name: str) -> str:
    """What the README shows as `name`."""
    found = re.search(rf"<!-- {name} -->\n```\n(.*?)```\n<!-- -->", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"README.md has no block {name}"
    return found[1]


def environment() -> dict[str, str]:
    """One in which `pimtrail` is on the path and this checkout is what runs."""
    return {"PYTHONPATH": str(ROOT), "PATH": str(Path(sys.executable).parent)}


def _printed(arguments: tuple[str, ...]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pipeline", *arguments]
        ended = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=True)
        return ended.stdout.decode()


if __name__ == "__main__":
    page = README.read_text(encoding="utf-8")
    for name, arguments in COMMANDS.items():
        head, tail = f"<!-- {name} -->\n```\n", "```\n<!-- -->"
        start = page.index(head) + len(head)
        page = page[:start] + _printed(arguments) + page[page.index(tail, start) :]
    README.write_text(page, encoding="utf-8")
