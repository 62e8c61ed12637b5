"""Frameworks as files: which metric helps to judge which control, how far, and what else an assessor needs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ..content import reports_dir
from ..errors import ContentError, UsageError

Relation = Literal["supports", "partly", "indirect", "out of reach"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Control(_Part):
    """One reference of a framework. `gives` is what this report shows; `also_needed` what it cannot show."""

    ref: str
    title: str
    relation: Relation
    aspect: tuple[Literal["design", "operation"], ...] = ()
    metrics: tuple[str, ...] = ()
    gives: str | None = None
    also_needed: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """As an id inside the page: `control-A-8-2`."""
        return "control-" + "".join(c if c.isalnum() else "-" for c in self.ref)


class Chapter(_Part):
    """A run of references under one heading."""

    title: str
    controls: tuple[Control, ...]


class Framework(_Part):
    """One edition of a framework. `prefix` is how rules name it in their `controls`."""

    framework: str
    prefix: str
    title: str
    issuer: str
    edition: str
    url: str
    scope: str
    titles: str
    """Where the titles come from, and under which terms they are used."""
    chapters: tuple[Chapter, ...]

    @property
    def controls(self) -> tuple[Control, ...]:
        """Every control, in the file's order."""
        return tuple(control for chapter in self.chapters for control in chapter.controls)


def frameworks(folder: Path | None = None) -> list[str]:
    """The frameworks that exist, sorted."""
    return sorted(path.stem for path in (folder or reports_dir() / "frameworks").glob("*.yaml"))


def load_framework(name: str, folder: Path | None = None) -> Framework:
    """Read one framework. Raises UsageError naming those that exist, ContentError where the file has a fault."""
    folder = folder or reports_dir() / "frameworks"
    if name not in (existing := frameworks(folder)):
        raise UsageError(f"no framework {name!r}; there are: {', '.join(existing)}")
    path = folder / f"{name}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
        loaded = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  safe either way
        found = Framework.model_validate(loaded)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ContentError(f"is no YAML: {error}", path, mark.line + 1 if mark else None) from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ContentError(faults, path) from error
    if found.framework != name:
        raise ContentError(f"says it is {found.framework!r}", path)
    return found
