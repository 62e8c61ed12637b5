"""`pimtrail waivers …`: what is accepted, until when, and what that keeps silent."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ConfigError, UsageError
from .invocation import Invocation, command
from .terminal import console, plain, print_json, table, text, visible

if TYPE_CHECKING:
    from ..config import Settings, Tenant
    from ..detect.waived import Waived
    from ..detect.waivers import Entry

app = typer.Typer(
    help="The waivers, findings that are accepted: list, add, check.", no_args_is_help=True, rich_markup_mode=None
)

FAULTY = 2
"""Exit code where a waivers file has a fault, or with `--strict` where a waiver has ended or does nothing."""

_Match = Annotated[
    list[str] | None,
    typer.Option("--match", metavar="FIELD=TEXT", help="What it covers: rule, subject, target, access, scope, …"),
]
_Finding = Annotated[str, typer.Option("--finding", metavar="ID", help="Cover this finding: its rule, person, target.")]
_Reason = Annotated[str, typer.Option("--reason", help="Why it is accepted.")]
_Owner = Annotated[str, typer.Option("--owner", help="Who accepts it.")]
_Expires = Annotated[str, typer.Option("--expires", metavar="DATE", help="The last day on which it holds.")]
_Ticket = Annotated[str | None, typer.Option("--ticket", help="Where that was decided.")]
_Strict = Annotated[bool, typer.Option("--strict", help="End with 2 where one has ended or matches nothing.")]


@command(app, "list")
def list_waivers(here: Invocation) -> int:
    """List the waivers: what each keeps silent now, and when it ends."""
    told = [(tenant.name, each) for tenant, standing in _standing(here) for each in standing or ()]
    if here.json:
        print_json([{"tenant": name, **plain(each)} for name, each in told])
        return 0
    columns = ("tenant", "where", "covers", "owner", "reason", "ticket", "ends", "silences", "matches")
    rows = [
        (name, w.place, _covers(w.match), w.owner, w.reason, w.ticket, _ends(w), w.silences, w.matches)
        for name, w in told
    ]
    table(console(here.color), columns, rows)
    return 0


@command(app)
def check(here: Invocation, strict: _Strict = False) -> int:
    """Check the waivers file: its faults, what has ended, what matches nothing."""
    from ..detect import load_rules
    from ..detect.waived import remarks

    settings = here.settings()
    book = load_rules(settings.content.rules)
    rules = {rule.id for rule in book.rules} | {fault.rule_id for fault in book.faults}
    standing = _standing(here, settings)
    told = [
        {"tenant": tenant.name, "where": each.place, "remark": remark}
        for tenant, waivers in standing
        for each in waivers
        for remark in remarks(each, rules)
    ]
    told += _strangers(settings, [tenant for tenant, _ in standing])
    if any(each.matches is None for _, waivers in standing for each in waivers):
        sys.stderr.write("pimtrail: nothing is collected yet: what the waivers match is not known\n")
    if here.json:
        print_json(told)
    else:
        out = console(here.color)
        for row in told:
            out.print(text(f"{row['tenant']}: {row['where']}: {row['remark']}"))
        out.print(text(f"{sum(len(waivers) for _, waivers in standing)} waivers, {len(told)} remarks"))
    return FAULTY if strict and any(not row["remark"].startswith("ends on") for row in told) else 0


@command(app)
def add(
    here: Invocation,
    reason: _Reason,
    owner: _Owner,
    expires: _Expires,
    match: _Match = None,
    finding: _Finding = "",
    ticket: _Ticket = None,
) -> int:
    """Accept findings until a day: put a waiver at the end of the tenant's file."""
    from ..detect.waiverfile import add, written

    settings = here.settings()
    tenant = here.one_tenant(settings)
    if tenant.waivers is None:
        raise UsageError(f'{tenant.name}: no file is configured; write waivers = "waivers.yaml" under [[tenants]]')
    if bool(match) == bool(finding):
        raise UsageError("one of --match and --finding is needed")
    wanted = _of_finding(settings, tenant, finding) if finding else _pairs(match or ())
    shared = sum(other.waivers == tenant.waivers for other in settings.tenants) > 1
    entry = _entry(
        {"match": wanted, "tenant": tenant.name if shared else None, "reason": reason, "owner": owner}
        | {"expires": expires, "ticket": ticket}
    )
    line = add(tenant.waivers, entry)
    if here.json:
        print_json({"file": str(tenant.waivers), "line": line, **entry.model_dump(exclude_none=True)})
    elif not here.quiet:
        sys.stdout.writelines(
            f"{visible(each)}\n" for each in [f"{tenant.waivers}:{line}", *written(entry).splitlines()]
        )
    return 0


def _standing(here: Invocation, settings: Settings | None = None) -> list[tuple[Tenant, list[Waived]]]:
    """Each tenant's waivers with what they do. Raises ConfigError with the faults of all files."""
    from ..detect.waivers import read_waivers

    settings = settings or here.settings()
    read, faults = [], list[str]()
    for tenant in here.tenants(settings):
        try:
            read.append((tenant, read_waivers(tenant)))
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(list(dict.fromkeys(faults)))
    return [(tenant, _doing(settings, tenant, waivers)) for tenant, waivers in read]


def _doing(settings: Settings, tenant: Tenant, waivers: Sequence[Any]) -> list[Waived]:
    from ..detect.waived import waived
    from ..store import TenantFolder
    from ..store.reading import reading

    folder, today = TenantFolder(settings.data_dir / tenant.name), datetime.now(UTC).date()
    if not folder.index.exists():
        return waived(None, tenant.tenant_id, waivers, today)
    with reading(folder) as con:
        return waived(con, tenant.tenant_id, waivers, today)


def _strangers(settings: Settings, tenants: Sequence[Tenant]) -> list[dict[str, str]]:
    """Entries for tenants that are not configured."""
    from ..detect.waivers import read_file

    known = {name.lower() for each in settings.tenants for name in (each.name, each.tenant_id)}
    files = {tenant.waivers: tenant.name for tenant in reversed(tenants) if tenant.waivers}
    return [
        {"tenant": name, "where": f"{path.name}:{line}", "remark": f"tenant: none is called {entry.tenant!r}"}
        for path, name in files.items()
        for line, entry in read_file(path)
        if entry.tenant is not None and entry.tenant.lower() not in known
    ]


def _of_finding(settings: Settings, tenant: Tenant, finding: str) -> dict[str, str]:
    """What tells the finding's matter from others of its rule: the person, and the role or group."""
    import json

    from ..store import TenantFolder
    from ..store.reading import reading, select

    with reading(TenantFolder(settings.data_dir / tenant.name)) as con:
        sql = "SELECT record FROM finding WHERE starts_with(finding_id, lower(?))"
        rows = select(con, sql, finding)[1] if len(finding) >= 6 else []
    if len(rows) != 1:
        raise UsageError(f"{len(rows)} findings begin with {finding!r}; at least six characters are needed")
    record = json.loads(rows[0][0])
    said = {
        "rule": record["RuleId"],
        "subject": record["TargetUpn"] or record["TargetObjectId"] or record["TargetName"],
        "target": record["RoleDefinitionId"] or record["GroupObjectId"] or record["RoleName"] or record["GroupName"],
        "access": record["GroupAccess"],
        "scope": record["RoleScope"],
    }
    return {field: value for field, value in said.items() if value}


def _pairs(said: Sequence[str]) -> dict[str, str | list[str]]:
    """`rule=a.b` and the like; a field that is said twice matches either."""
    from ..detect.waivers import known_field

    pairs: dict[str, list[str]] = {}
    for each in said:
        field, equals, wanted = each.partition("=")
        if not equals or not wanted.strip():
            raise UsageError(f"--match {each!r}: write FIELD=TEXT, such as rule=posture.standing_role")
        if not known_field(field):
            raise UsageError(f"--match {each!r}: no such field; there are rule, subject, target, access, scope, …")
        pairs.setdefault(field, []).append(wanted.strip())
    return {field: texts[0] if len(texts) == 1 else texts for field, texts in pairs.items()}


def _entry(said: dict[str, Any]) -> Entry:
    from pydantic import ValidationError

    from ..detect.waivers import Entry

    try:
        return Entry.model_validate(said)
    except ValidationError as error:
        told = [f"--{each['loc'][0]}: {each['msg']}" for each in error.errors(include_url=False)]
        raise ConfigError(told) from None


def _covers(match: dict[str, str | list[str]]) -> str:
    return ", ".join(
        f"{field} {wanted if isinstance(wanted, str) else ' or '.join(wanted)}" for field, wanted in match.items()
    )


def _ends(told: Waived) -> str:
    day: date = told.expires
    return f"{day}, ended" if told.days_left < 0 else f"{day}, {told.days_left} days left"
