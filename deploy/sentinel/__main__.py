"""`python -m deploy.sentinel`: make the files of this folder that are generated, or, with --check, say which differ."""

from __future__ import annotations

import sys

from .generated import FOLDER, files


def main(arguments: list[str]) -> int:
    """Write what differs; with --check write nothing, and end with 1 where something does."""
    stale = [name for name, text in files().items() if _held(name) != text]
    if arguments == ["--check"]:
        for name in stale:
            sys.stderr.write(f"deploy/sentinel/{name} is not what `python -m deploy.sentinel` makes\n")
        return 1 if stale else 0
    for name in stale:
        path = FOLDER / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(files()[name], encoding="utf-8")
        sys.stdout.write(f"{name}\n")
    return 0


def _held(name: str) -> str | None:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
