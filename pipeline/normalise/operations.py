"""The shipped list of sensitive operations, `rules/lists/sensitive_operations.yaml`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import yaml

from ..errors import ContentError

CATEGORIES = ("conditional_access", "policy", "federation", "credential", "consent", "role", "password", "method")


def read(path: Path, known: Collection[str]) -> list[tuple[str, str]]:
    """(activity, category) of every entry. Raises ContentError for one that is not `known`, or stands there twice."""
    try:
        loaded = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (OSError, yaml.YAMLError) as error:
        raise ContentError(f"cannot be read: {error}", path) from error
    if not isinstance(loaded, dict) or set(loaded) != set(CATEGORIES):
        raise ContentError(f"wants the lists {', '.join(CATEGORIES)}", path)
    found: dict[str, str] = {}
    for category, entries in loaded.items():
        for activity in entries or []:
            if activity not in known:
                raise ContentError(f"{category}: {activity!r} is no activity of activities.yaml", path)
            if activity in found:
                raise ContentError(f"{category}: {activity!r} stands under {found[activity]} already", path)
            found[activity] = category
    return list(found.items())
