"""Turn the configuration's values into settings, or tell everything that is wrong with them, where, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from . import content
from .config import Settings, auth_faults
from .errors import ConfigError

Values = dict[str, Any]
Place = tuple[str | int, ...]
"""A key's way from the top: `("tenants", 0, "time_zone")`."""

PATHS = {
    ("data_dir",),
    ("graph", "ca_file"),
    ("tenants", "*", "baseline"),
    ("tenants", "*", "waivers"),
    ("tenants", "*", "auth", "token_file"),
    ("sentinel", "auth", "token_file"),
    ("tickets", "register"),
    ("content", "rules", "*"),
}
"""Keys that name a file or folder; `*` is any place in a list."""

MADE_LATER = {("data_dir",), ("tenants", "*", "auth", "token_file"), ("sentinel", "auth", "token_file")}
"""Those of them that need not exist yet, or not where reports are written."""


@dataclass(frozen=True)
class Layer:
    """Values and where they come from; later layers win."""

    name: str
    values: Values


def check(values: Values, layers: Sequence[Layer], faults: Sequence[str] = ()) -> Settings:
    """The settings in `values`. Raises ConfigError with `faults` and one more for everything else that is wrong."""
    found: list[tuple[Place, str]] = []
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        found = [(_place(values, each), _words(each)) for each in error.errors(include_url=False, include_input=False)]
    found += _across(values)
    told = dict.fromkeys(f"{_origin(layers, place)}: {_key(place)}: {words}" for place, words in found)
    if faults or told:
        raise ConfigError([*faults, *told])
    return settings


def _words(error: ErrorDetails) -> str:
    """What is wrong, without the value: it may be a secret."""
    match error["type"]:
        case "extra_forbidden":
            return "unknown key"
        case "missing":
            return "is missing"
        case "value_error":
            return error["msg"].removeprefix("Value error, ")
    return error["msg"][:1].lower() + error["msg"][1:]


def _place(values: Values, error: ErrorDetails) -> Place:
    """The error's key. What follows a given value is no key but one of the shapes it might have had."""
    held: Any = values
    for depth, part in enumerate(error["loc"]):
        inside = _step(held, part)
        if inside is None and error["type"] != "missing":
            return error["loc"][:depth]
        held = inside
    return error["loc"]


def _step(held: Any, part: str | int) -> Any:
    if isinstance(held, dict):
        return held.get(part)
    if isinstance(held, list) and isinstance(part, int) and part < len(held):
        return held[part]
    return None


def _key(place: Place) -> str:
    """`tenants[0].time_zone`; a part with a dot in quotes, as TOML has it."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (f'"{part}"' if "." in part else part)
    return text


def _origin(layers: Sequence[Layer], place: Place) -> str:
    """The layer that says most of `place`, the winning one of several."""

    def depth(layer: Layer) -> int:
        held: Any = layer.values
        for count, part in enumerate(place):
            held = _step(held, part)
            if held is None:
                return count
        return len(place)

    return max(reversed(layers), key=depth).name


def _across(values: Values) -> Iterator[tuple[Place, str]]:
    """Faults between keys, and between keys and what lies outside; the shape of `values` is not assumed."""
    yield from _doubles(_list(values.get("tenants")))
    yield from _sign_in(values)
    folders = [content.rules_dir(), *_list(_table(values.get("content")).get("rules"))]
    rules = {f"{file.parent.name}.{file.stem}" for folder in folders for file in Path(str(folder)).glob("*/*.sql")}
    for rule in _table(values.get("rules")):
        if rule not in rules:
            yield ("rules", rule), "no such rule; `pimtrail rules list` names them"
    frameworks = {file.stem for file in (content.reports_dir() / "frameworks").glob("*.yaml")}
    for number, name in enumerate(_list(_table(values.get("report")).get("frameworks"))):
        if name not in frameworks:
            yield ("report", "frameworks", number), f"no such framework; known are {', '.join(sorted(frameworks))}"
    yield from ((place, f"there is no {path}") for place, path in _files(values) if not path.exists())


def _doubles(tenants: Sequence[Any]) -> Iterator[tuple[Place, str]]:
    for key in ("name", "tenant_id"):
        seen: set[str] = set()
        for number, tenant in enumerate(tenants):
            said = tenant.get(key) if isinstance(tenant, dict) else None
            if isinstance(said, str):
                if said.casefold() in seen:
                    yield ("tenants", number, key), "another tenant has it already"
                seen.add(said.casefold())


def _sign_in(values: Values) -> Iterator[tuple[Place, str]]:
    """What `auth` tables lack, and what they say in vain."""
    sentinel, tenants = _table(values.get("sentinel")), [_table(each) for each in _list(values.get("tenants"))]
    tables: list[tuple[Place, Values]] = [(("sentinel", "auth"), _table(sentinel.get("auth")))]
    tables += [(("tenants", number, "auth"), _table(each.get("auth"))) for number, each in enumerate(tenants)]
    for place, table in tables:
        yield from (((*place, key), words) for key, words in auth_faults(table))
        person = table.get("method") == "device_code"
        if person and sentinel and (place[0] == "sentinel" or "auth" not in sentinel):
            yield (*place, "method"), "a person signs in to read, not to send; give [sentinel.auth] another method"


def _files(value: Any, place: Place = (), at: tuple[str, ...] = ()) -> Iterator[tuple[Place, Path]]:
    """Every path the configuration names that has to lead somewhere."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _files(each, (*place, key), (*at, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _files(each, (*place, number), (*at, "*"))
    elif isinstance(value, str) and at in PATHS - MADE_LATER:
        yield place, Path(value)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _table(value: Any) -> Values:
    return value if isinstance(value, dict) else {}
