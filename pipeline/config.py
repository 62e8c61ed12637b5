"""The configuration's shape, and what each value must be. `settings_file.load` reads it."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from .model import Severity
from .working_hours import shifts

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(value: object) -> object:
    """`90m`, `2h`, `30d` as a timedelta; other things unchanged. Raises ValueError for a text that is no duration."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+)\s*([smhdw])", value.strip())
    if not match:
        raise ValueError(f"{value!r} is no duration; write 90m, 2h or 30d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _name(text: str) -> str:
    """Also a folder's name and the beginning of file names."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text, re.ASCII):
        raise ValueError("is at most 64 letters, digits, '.', '_' and '-', the first a letter or digit")
    return text


def _guid(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text, re.ASCII):
        raise ValueError("is not of the form 00000000-0000-0000-0000-000000000000")
    return text.lower()


@cache
def _zones() -> frozenset[str]:
    """Looked up once: it reads a folder of files."""
    return frozenset(zoneinfo.available_timezones())


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f"{name!r} is no time zone; write an IANA name such as Europe/Zurich")
    return name


def _holidays(code: str) -> str:
    import holidays

    country, _, subdivision = code.partition("-")
    try:
        holidays.country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        raise ValueError(f"no holidays are known for {code!r}; write a country, or a part of one as CH-ZH") from None
    return code


def _hours(text: str | tuple[str, ...]) -> str | tuple[str, ...]:
    shifts(text)
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return text


def _cron(text: str) -> str:
    from apscheduler.triggers.cron import CronTrigger

    if len(fields := text.split()) == 5 and re.search(r"\d", fields[4]):
        raise ValueError("weekdays are written by name, such as mon-fri: numbers mean other days to other tools")
    try:
        CronTrigger.from_crontab(text, timezone=UTC)
    except ValueError as error:
        raise ValueError(f"{text!r} is no cron expression: {error}") from error
    return text


def _https(url: str) -> str:
    if not re.match(r"https://[^/?#@\s]+", url):
        raise ValueError("is no https address")
    return url


def _host_alone(url: str) -> str:
    if urlsplit(url).path.strip("/") or urlsplit(url).query:
        raise ValueError("is an address with a path; give the endpoint alone, https://…ingest.monitor.azure.com")
    return url


def _immutable(ident: str) -> str:
    if not re.fullmatch(r"dcr-[0-9A-Za-z]+", ident):
        raise ValueError("is not the rule's immutable id, dcr-… in its JSON view; not its name or resource id")
    return ident


def _stream(name: str) -> str:
    if not re.fullmatch(r"Custom-\w+", name):
        raise ValueError("is no stream; they are called Custom-… as the data collection rule declares them")
    return name


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip()))
    except ValueError as error:
        raise ValueError(f"is no range such as 192.0.2.0/24 or 2001:db8::/32: {error}") from None


def _reference(text: str) -> str:
    """The value itself never stands in a message: it may be the secret."""
    if not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+", text):
        raise ValueError("is a reference, env:NAME or file:PATH, never the secret itself")
    return text


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Zone = Annotated[str, AfterValidator(_zone)]
Holidays = Annotated[str, AfterValidator(_holidays)]
Hours = Annotated[str | tuple[str, ...], AfterValidator(_hours)]
Cron = Annotated[str, AfterValidator(_cron)]
Https = Annotated[str, AfterValidator(_https)]
Stream = Annotated[str, AfterValidator(_stream)]
Secret = Annotated[str, AfterValidator(_reference)]


class Section(BaseModel):
    """A table of the file: frozen, and no key unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Graph(Section):
    base_url: Https = "https://graph.microsoft.com"
    authority: Https = "https://login.microsoftonline.com"
    ca_file: Path | None = None


class Collect(Section):
    overlap: Duration = timedelta(hours=2)
    resweep: Duration = timedelta(hours=48)
    patience: Duration = timedelta(minutes=10)


class Auth(Section):
    method: Literal["managed_identity", "workload_identity", "certificate", "secret", "device_code"] = "secret"
    client_id: str | None = None
    client_secret: Secret | None = None
    """A reference (`env:NAME`, `file:PATH`), never the secret itself; so are the next two."""
    certificate: Secret | None = None
    """PEM with its key, or PFX (from a file only)."""
    certificate_password: Secret | None = None
    token_file: Path | None = None


AUTH_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "managed_identity": ((), ("client_id",)),
    "workload_identity": (("client_id", "token_file"), ()),
    "certificate": (("client_id", "certificate"), ("certificate_password",)),
    "secret": (("client_id", "client_secret"), ()),
    "device_code": (("client_id",), ()),
}
"""Method of `Auth` → keys it needs, keys it may have."""


def auth_faults(said: Mapping[str, object], *, whole: bool = False) -> Iterator[tuple[str, str]]:
    """(key, what is wrong) of a table of `Auth`'s shape; keys may only be missing from a `whole` one."""
    method = said.get("method", "secret")
    needed, allowed = AUTH_KEYS.get(str(method), ((), tuple(said)))
    for key in said:
        if key in Auth.model_fields and key not in ("method", *needed, *allowed):
            yield key, f"is not used by method '{method}'"
    for key in needed:
        if key not in said and (whole or "method" in said):
            yield key, f"is missing; method '{method}' needs it"


class OnCall(Section):
    from_: Moment = Field(alias="from")
    to: Moment

    @model_validator(mode="after")
    def _ordered(self) -> OnCall:
        if self.to <= self.from_:
            raise ValueError("to is not after from")
        return self


class Calendar(Section):
    members: tuple[str, ...]
    time_zone: Zone | None = None
    working_hours: Hours | None = None
    holidays: Holidays | None = None
    on_call: tuple[OnCall, ...] = ()


class NamedRange(Section):
    name: str = Field(min_length=1)
    ranges: tuple[Annotated[str, AfterValidator(_network)], ...]


class Tenant(Section):
    name: Annotated[str, AfterValidator(_name)]
    tenant_id: Annotated[str, AfterValidator(_guid)]
    time_zone: Zone = "UTC"
    holidays: Holidays | None = None
    """Country, or country and subdivision: `CH`, `CH-ZH`."""
    working_hours: Hours = "mon-fri 07:00-19:00"
    break_glass: tuple[str, ...] = ()
    high_impact: tuple[str, ...] = ()
    on_premises: tuple[str, ...] = ()
    baseline: Path | None = None
    waivers: Path | None = None
    auth: Auth = Auth()
    calendars: tuple[Calendar, ...] = ()
    named_ranges: tuple[NamedRange, ...] = ()


class Tickets(Section):
    pattern: Annotated[str, AfterValidator(_pattern)] = r"\b(?:CHG|INC|REQ|RITM|CR|TASK)-?\d{4,}\b|\b[A-Z]{2,10}-\d+\b"
    required_tiers: tuple[str, ...] = ()
    in_justification: bool = False
    register_: Path | None = Field(default=None, alias="register")


class Alerts(Section):
    max_age: Duration = timedelta(days=30)
    cap_per_rule: int = Field(default=100, ge=1)
    per_5_min: int = Field(default=45, ge=0)
    """0: as many as wait."""
    min_severity: Severity = Severity.INFORMATIONAL


class Sentinel(Section):
    endpoint: Annotated[Https, AfterValidator(_host_alone)]
    dcr_id: Annotated[str, AfterValidator(_immutable)]
    stream: Stream = "Custom-PimAlerts_CL"
    heartbeat_stream: Stream = "Custom-PimHeartbeat_CL"
    audience: Https | None = None
    auth: Auth | None = None


class RuleSetting(Section):
    enabled: bool = True
    severity: Severity | None = None
    params: dict[str, Any] = {}


class Content(Section):
    rules: tuple[Path, ...] = ()


class Report(Section):
    entity: str | None = None
    frameworks: tuple[str, ...] = ("iso27001-2022", "nis2-directive")
    formats: tuple[str, ...] = ("html",)


class Schedule(Section):
    run: Cron = "*/15 * * * *"
    report: Cron = "0 6 1 * *"


class Settings(Section):
    """The whole configuration. Paths are absolute once loaded: relative ones are taken from the file's folder."""

    data_dir: Path = Path("data")
    graph: Graph = Graph()
    collect: Collect = Collect()
    tenants: tuple[Tenant, ...] = ()
    tickets: Tickets = Tickets()
    alerts: Alerts = Alerts()
    sentinel: Sentinel | None = None
    rules: dict[str, RuleSetting] = {}
    content: Content = Content()
    report: Report = Report()
    schedule: Schedule = Schedule()
