"""Content files that are SQL from end to end: a YAML header in the opening comment, then one statement.

/* ---
title: …
--- */
SELECT …
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .errors import ContentError
from .once import once

_SHAPE = re.compile(r"\A/\* ---\n(?P<yaml>.*?)^--- \*/\n\s*(?P<sql>.*)\Z", re.DOTALL | re.MULTILINE)
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")
_SILENT = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)


@dataclass(frozen=True)
class SqlFile:
    """A content file: its header's fields, the statement, the line the statement starts on, the file's SHA-256."""

    path: Path
    fields: Mapping[str, Any] = field(hash=False)
    sql: str
    sql_line: int
    sha256: str

    @property
    def bound(self) -> frozenset[str]:
        """Names the statement binds: `$as_of` gives `as_of`. Texts and comments do not count."""
        return frozenset(_PARAMETER.findall(_SILENT.sub(" ", self.sql)))


def read_sql_file(path: Path) -> SqlFile:
    """Read one content file. Raises ContentError with file and line where it has another shape or its YAML is wrong.

    A file that says what it said before is not parsed again.
    """
    try:
        return _parsed(path, path.read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"cannot be read: {error}", path) from error


@once(most=1024)
def _parsed(path: Path, text: str) -> SqlFile:
    shape = _SHAPE.match(text)
    if not shape:
        raise ContentError("must open with `/* ---`, a YAML header and `--- */`, each on its own line", path, 1)
    fields = _fields(shape["yaml"], path)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return SqlFile(path, fields, shape["sql"].strip() + "\n", text[: shape.start("sql")].count("\n") + 1, digest)


def _fields(text: str, path: Path) -> Mapping[str, Any]:
    try:
        fields = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  safe either way
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ContentError(f"header is no YAML: {error}", path, mark.line + 2 if mark else None) from error
    if not isinstance(fields, dict):
        raise ContentError("header must be a mapping", path, 2)
    return fields
