"""Write one more entry into a waivers file: at its end, so that comments and everything else stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import UsageError
from ..store.files import replacing
from .waivers import Entry, read_file

HEAD = "# Findings that are accepted: who accepted what, why, and through which day.\n"


def add(path: Path, entry: Entry) -> int:
    """Append the entry and return its line. The file is replaced whole, or not at all.

    Raises ConfigError where the file has faults, UsageError where it holds the like already or is no list in block
    form, StorageError where it cannot be written.
    """
    before = read_file(path) if path.exists() else []
    for line, held in before:
        if (held.match, held.tenant) == (entry.match, entry.tenant) and held.expires >= entry.expires:
            raise UsageError(f"{path}:{line} matches the same, through {held.expires}")
    text = path.read_text(encoding="utf-8") if path.exists() else HEAD
    whole = f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}\n{written(entry)}"
    _check(path, whole, [held.model_dump() for _, held in before] + [entry.model_dump()])
    place = path.resolve()
    mode = place.stat().st_mode if place.exists() else None
    with replacing(place) as file:
        file.write(whole.encode())
    if mode is not None:
        place.chmod(mode)
    return read_file(path)[-1][0]


def written(entry: Entry) -> str:
    """The entry as it stands in a file."""
    said = {name: value for name, value in entry.model_dump().items() if value is not None}
    order = ("match", "tenant", "reason", "owner", "ticket", "expires")
    rows = [{name: said[name] for name in order if name in said}]
    return yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, default_flow_style=None, width=10_000)


def _check(path: Path, text: str, wanted: list[Mapping[str, Any]]) -> None:
    try:
        found = [Entry.model_validate(value).model_dump() for value in yaml.safe_load(text)]
    except (yaml.YAMLError, TypeError, ValueError):
        found = []
    if found != wanted:
        raise UsageError(f"{path}: nothing can be put at its end; write it as a list of entries that begin with '- '")
