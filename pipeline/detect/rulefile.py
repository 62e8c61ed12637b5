"""Rule files: reading them, and saying with file and line what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..config import Duration
from ..content import rules_dir
from ..errors import ContentError
from ..header import SqlFile, read_sql_file
from ..model import Severity
from ..once import once

BOUND = frozenset({"as_of", "since", "until"})
"""Parameters the engine binds for every rule."""

_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_TYPES: dict[str, tuple[type[Any], ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "string": (str,),
    "strings": (list, tuple),
}
_TACTICS = (
    "Reconnaissance ResourceDevelopment InitialAccess Execution Persistence PrivilegeEscalation DefenseEvasion "
    "CredentialAccess Discovery LateralMovement Collection Exfiltration CommandAndControl Impact"
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a rule, and where. An `error` keeps the rule from shipping, a `warning` does not."""

    rule_id: str
    path: str
    line: int
    message: str
    level: Literal["error", "warning"] = "error"

    @property
    def where(self) -> str:
        """`file:line`."""
        return f"{self.path}:{self.line}"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Param(_Part):
    """A value people may tune: its type, its default and its bounds."""

    type: Literal["integer", "number", "boolean", "string", "strings"]
    default: Any
    min: float | None = None
    max: float | None = None
    doc: str

    def checked(self, value: Any) -> Any:
        """The value as it is bound. Raises ValueError where it has another type or lies outside the bounds."""
        if not _is(self.type, value):
            raise ValueError(f"{value!r} is no {self.type}")
        if (self.min is not None and value < self.min) or (self.max is not None and value > self.max):
            raise ValueError(f"{value!r} is outside {self.min} to {self.max}")
        return list(value) if self.type == "strings" else value

    @model_validator(mode="after")
    def _sound(self) -> Param:
        if (self.min is not None or self.max is not None) and self.type not in ("integer", "number"):
            raise ValueError("only numbers have min and max")
        self.checked(self.default)
        return self


def _is(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind]) and (kind != "strings" or all(isinstance(item, str) for item in value))


def _flat(rows: object) -> object:
    """Rows with the lists among them opened, so that YAML aliases of lists can be joined."""
    if not isinstance(rows, list):
        return rows
    return [row for item in rows for row in (item if isinstance(item, list) else [item])]


Rows = Annotated[tuple[dict[str, Any], ...], BeforeValidator(_flat)]


class Case(_Part):
    """An inline test: `given` fills tables or views, `expect` are the rows found, by subset and count."""

    name: str
    as_of: str = "2100-01-01T00:00:00Z"
    since: str = "1970-01-01T00:00:00Z"
    near: bool = False
    """It is a near-miss: it looks like a hit and is none."""
    params: dict[str, Any] = {}
    given: dict[str, Rows]
    expect: Rows

    @field_validator("as_of", "since", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        return value.isoformat() if hasattr(value, "isoformat") else value


class Head(_Part):
    """A rule's header."""

    title: str
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    severity: Severity
    confidence: float = Field(ge=0, le=1)
    status: Literal["experimental", "test", "stable", "deprecated"]
    surface: tuple[Literal["entra_role", "group", "azure_resource", "tenant"], ...] = Field(min_length=1)
    kind: Literal["event", "state"]
    reads: tuple[str, ...] = Field(min_length=1)
    needs: tuple[str, ...] = ()
    """Snapshots a state rule rests on, where fewer than everything that feeds the tables it reads."""
    keys: tuple[str, ...] = Field(min_length=1)
    lookback: Duration = timedelta(0)
    history: Duration | None = None
    tactics: tuple[str, ...] = ()
    techniques: tuple[Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$")], ...] = ()
    params: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Param] = {}
    message: str
    why: str
    remediation: str
    controls: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+:[A-Za-z0-9.()-]+$")], ...] = ()
    false_positives: tuple[str, ...] = ()
    blind_spots: tuple[str, ...] = ()
    tests: tuple[Case, ...] = ()

    @field_validator("tactics")
    @classmethod
    def _known_tactics(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(names) - set(_TACTICS.split()):
            raise ValueError(f"not among Sentinel's tactics: {', '.join(sorted(unknown))}")
        return names

    @field_validator("params")
    @classmethod
    def _free_names(cls, params: dict[str, Param]) -> dict[str, Param]:
        if taken := BOUND & params.keys():
            raise ValueError(f"bound by the engine already: {', '.join(sorted(taken))}")
        return params


@dataclass(frozen=True)
class Rule:
    """One rule. `label` is its path as people are shown it."""

    id: str
    label: str
    file: SqlFile
    head: Head

    @property
    def sql(self) -> str:
        return self.file.sql

    @cached_property
    def _text(self) -> str:
        return self.file.path.read_text(encoding="utf-8")

    def line(self, key: str) -> int:
        """Line of a header key, 1 where the header does not have it."""
        return _line(self._text, key)

    def case_line(self, name: str) -> int:
        """Line of the test of this name."""
        found = re.search(rf"name: [\"']?{re.escape(name)}", self._text)
        return self._text[: found.start()].count("\n") + 1 if found else self.line("tests")

    def sql_line(self, offset: int) -> int:
        """Line of a byte of the statement."""
        return self.file.sql_line + self.sql.encode()[:offset].count(b"\n")

    def fault(self, message: str, line: int, level: Literal["error", "warning"] = "error") -> Fault:
        return Fault(self.id, self.label, line, message, level)


@dataclass(frozen=True)
class Rulebook:
    """Every rule that could be read, by id in order, and the faults of those that could not."""

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...] = ()

    def get(self, rule_id: str) -> Rule:
        """The rule of this id. Raises ContentError where there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise ContentError(f"no rule is called {rule_id!r}")


def load_rules(extra: Sequence[Path] = (), only: Sequence[str] = ()) -> Rulebook:
    """The shipped rules and those of own folders, laid out alike: `<family>/<name>.sql`; those named where some are.

    A bad file becomes a fault and hides no other. Raises ContentError where a folder does not exist.
    """
    rules: dict[str, Rule] = {}
    faults: list[Fault] = []
    for folder in () if only else extra:
        faults += _misplaced(folder)
    for folder, label, path in _files(extra):
        rule_id = ".".join(path.relative_to(folder).with_suffix("").parts)
        if only and rule_id not in only:
            continue
        if rule_id in rules:
            faults.append(Fault(rule_id, label, 1, f"the id is taken by {rules[rule_id].label}"))
            continue
        read = read_rule(rule_id, label, path)
        if isinstance(read, Rule):
            rules[rule_id] = read
        else:
            faults.extend(read)
    return Rulebook(tuple(rules[rule_id] for rule_id in sorted(rules)), tuple(faults))


def _misplaced(folder: Path) -> Iterator[Fault]:
    """Files of an own folder that would never be read."""
    for path in sorted(folder.rglob("*.sql")):
        if len(path.relative_to(folder).parts) != 2:
            yield Fault(path.stem, str(path), 1, f"is no rule there: a rule lies in {folder}/<family>/<name>.sql")


def _files(extra: Sequence[Path]) -> Iterator[tuple[Path, str, Path]]:
    shipped = rules_dir()
    for folder in (shipped, *extra):
        if not folder.is_dir():
            raise ContentError("is no folder of rules", folder)
        for path in sorted(folder.glob("*/*.sql")):
            yield folder, f"rules/{path.relative_to(shipped)}" if folder == shipped else str(path), path


def read_rule(rule_id: str, label: str, path: Path) -> Rule | list[Fault]:
    """The rule in a file, or everything that is wrong with its header."""
    if not _ID.fullmatch(rule_id):
        return [Fault(rule_id, label, 1, "family and name must be lower case words: letters, digits, underscore")]
    try:
        file = read_sql_file(path)
    except ContentError as error:
        return [Fault(rule_id, label, error.line or 1, str(error).split(": ", 1)[-1])]
    try:
        return Rule(rule_id, label, file, _head(file))
    except ValidationError as error:
        return list(_faults(rule_id, label, path.read_text(encoding="utf-8"), error))


@once(most=1024)
def _head(file: SqlFile) -> Head:
    return Head.model_validate(dict(file.fields))


def _faults(rule_id: str, label: str, text: str, error: ValidationError) -> Iterable[Fault]:
    for detail in error.errors(include_url=False):
        field = ".".join(map(str, detail["loc"]))
        yield Fault(rule_id, label, _line(text, field.split(".")[0]), f"{field}: {detail['msg']}")


def _line(text: str, key: str) -> int:
    found = re.search(rf"^{re.escape(key)}:", text, re.MULTILINE)
    return text[: found.start()].count("\n") + 1 if found else 1
