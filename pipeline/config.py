"""The configuration: its shape, and reading it from flags, environment, file and defaults.

Precedence: flag, `PIMTRAIL_…` environment, file, default. Unknown keys are errors; all faults are told at once.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from .model import Severity

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


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]


class Section(BaseModel):
    """A table of the file: frozen, and no key unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Graph(Section):
    base_url: str = "https://graph.microsoft.com"
    authority: str = "https://login.microsoftonline.com"
    ca_file: Path | None = None


class Collect(Section):
    overlap: Duration = timedelta(hours=2)
    resweep: Duration = timedelta(hours=48)


class Auth(Section):
    method: Literal["managed_identity", "workload_identity", "certificate", "secret", "device_code"] = "secret"
    client_id: str | None = None
    client_secret: str | None = None
    """A reference (`env:NAME`, `file:PATH`), never the secret itself."""


class OnCall(Section):
    from_: Moment = Field(alias="from")
    to: Moment


class Calendar(Section):
    members: tuple[str, ...]
    time_zone: str | None = None
    working_hours: str | tuple[str, ...] | None = None
    holidays: str | None = None
    on_call: tuple[OnCall, ...] = ()


class Tenant(Section):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    tenant_id: str = Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    time_zone: str = "UTC"
    holidays: str | None = None
    """Country, or country and subdivision: `CH`, `CH-ZH`."""
    working_hours: str | tuple[str, ...] = "mon-fri 07:00-19:00"
    break_glass: tuple[str, ...] = ()
    high_impact: tuple[str, ...] = ()
    on_premises: tuple[str, ...] = ()
    baseline: Path | None = None
    waivers: Path | None = None
    auth: Auth = Auth()
    calendars: tuple[Calendar, ...] = ()


class Tickets(Section):
    pattern: str = r"\b(?:CHG|INC|REQ|RITM|CR|TASK)-?\d{4,}\b|\b[A-Z]{2,10}-\d+\b"
    required_tiers: tuple[str, ...] = ()
    in_justification: bool = False
    register_: Path | None = Field(default=None, alias="register")


class Alerts(Section):
    max_age: Duration = timedelta(days=30)
    cap_per_rule: int = Field(default=100, ge=1)
    per_5_min: int = Field(default=100, ge=1)
    min_severity: Severity = Severity.INFORMATIONAL


class Sentinel(Section):
    endpoint: str
    dcr_id: str
    stream: str = "Custom-PimAlerts_CL"
    heartbeat_stream: str = "Custom-PimHeartbeat_CL"
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
    run: str = "*/15 * * * *"
    report: str = "0 6 1 * *"


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
