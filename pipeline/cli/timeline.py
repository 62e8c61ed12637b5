"""`pimtrail timeline WHO`: what somebody asked of PIM, was given, did and had done to them, from silver alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from .invocation import Invocation, command
from .terminal import console, print_json, table, text, visible

if TYPE_CHECKING:
    import duckdb

DEFAULT_HOURS = 12

_WHO = """
WITH word AS (SELECT lower(trim($who)) AS who), called AS (
    SELECT principal_id AS id, 1 AS rank FROM principal_history, word WHERE who IN (principal_id, lower(upn))
    UNION
    SELECT subject_id, 1 FROM pim_request, word WHERE who IN (subject_id, lower(subject_upn))
    UNION
    SELECT principal_id, 2 FROM principal_history, word WHERE valid_to IS NULL AND lower(name) = who
)
SELECT DISTINCT id FROM called WHERE rank = (SELECT min(rank) FROM called)
"""
"""Anybody may be called like somebody else: a name counts only where it is nobody's id or user principal name."""

_SHOWN = """
WITH mine AS (
    SELECT *, coalesce(subject_name, subject_upn, subject_id) AS whom,
        coalesce(target_name, target_id) || coalesce(', ' || access, '')
            || if(scope <> '/', ' over ' || scope, '') AS what,
        coalesce(requester_name, requester_upn, requester_id) AS asker
    FROM pim_request
    WHERE subject_id = $id OR requester_id = $id OR approver_id = $id
), step AS (
    SELECT requested_at AS moment, request_kind || ' asked for' AS act, what, concat_ws('; ', 'by ' || asker,
        if(whom <> asker, 'for ' || whom, NULL), justification, 'ticket ' || nullif(ticket_number, '')) AS more,
        actor_ip AS ip, request_id AS id FROM mine
    UNION ALL
    SELECT decided_at, coalesce(decision, 'decided'), what,
        'by ' || coalesce(approver_name, approver_upn, approver_id, 'somebody unknown'), NULL, request_id
    FROM mine WHERE decided_at IS NOT NULL
    UNION ALL
    SELECT coalesce(starts_at, completed_at), request_kind || ' begins', what,
        concat_ws('; ', if(whom <> asker, 'for ' || whom, NULL),
            'until ' || strftime(expires_at AT TIME ZONE 'UTC', '%Y-%m-%d %H:%MZ')), actor_ip, request_id
    FROM mine WHERE outcome = 'completed'
    UNION ALL
    SELECT coalesce(completed_at, requested_at), request_kind || ' ' || outcome, what, NULL, NULL, request_id
    FROM mine WHERE outcome NOT IN ('completed', 'pending')
    UNION ALL
    SELECT ended_at, request_kind || ' ends', what, 'by ' || coalesce(ended_by, 'unknown'), NULL, request_id FROM mine
    UNION ALL
    SELECT e.occurred_at, e.activity, coalesce(e.target_role_name, e.target_group_name, e.target_app_name,
            e.target_user_upn, e.target_user_name), concat_ws('; ', 'sensitive: ' || s.category,
            if(e.actor_id IS DISTINCT FROM $id,
                'by ' || coalesce(e.actor_name, e.actor_upn, e.actor_id, 'somebody unknown'), NULL),
            if(e.result <> 'success', e.result, NULL), nullif(e.result_reason, '')), e.actor_ip, e.event_id
    FROM audit_event e
    LEFT JOIN sensitive_operation s ON s.tenant_id = e.tenant_id AND s.activity = e.activity
    WHERE e.occurred_at BETWEEN $since AND $until AND (e.actor_id = $id OR e.target_user_id = $id)
        AND e.event_id NOT IN (SELECT unnest(event_ids) FROM mine)
    UNION ALL
    SELECT occurred_at, 'finding, ' || severity, title, concat_ws('; ', rule_id, if(status = 'resolved', status, NULL),
        'waived by ' || waived_by), NULL, finding_id
    FROM finding WHERE subject_id = $id
)
SELECT moment, act, what, more, ip, id FROM step WHERE moment BETWEEN $since AND $until ORDER BY ALL
"""

_COLUMNS = ("time", "what happened", "to what", "more", "from", "id")

_Around = Annotated[str, typer.Option("--around", metavar="TIME", help="ISO 8601 with a zone, or a day in UTC.")]
_Hours = Annotated[float, typer.Option("--hours", min=0.1, max=24 * 366, help="So many before and after it.")]


def add_to(app: typer.Typer) -> None:
    """Make this module's function a command of `app`."""
    command(app)(timeline)


def timeline(
    here: Invocation,
    who: Annotated[str, typer.Argument(help="User principal name, object id, or the name if nobody else has it.")],
    around: _Around,
    hours: _Hours = DEFAULT_HOURS,
) -> int:
    """Tell what somebody asked for, was given and did around a time, in order."""
    from datetime import timedelta

    from ..store import TenantFolder
    from ..store.reading import reading

    moment, settings = moment_of("--around", around), here.settings()
    with reading(TenantFolder(settings.data_dir / here.one_tenant(settings).name)) as con:
        bound = {"since": moment - timedelta(hours=hours), "until": moment + timedelta(hours=hours)}
        found = con.execute(_SHOWN, {"id": _person(con, who), **bound}).fetchall()
    if here.json:
        names = ("moment", "act", "what", "more", "ip", "id")
        print_json([dict(zip(names, row, strict=True)) for row in found])
        return 0
    out = console(here.color)
    table(out, _COLUMNS, [(*row[:5], _brief(row[5])) for row in found])
    if not found:
        out.print(text(f"nothing on record of {who} within {hours:g} h of {visible(moment)}"))
    return 0


def moment_of(option: str, said: str) -> datetime:
    """The time an option names; a day is its beginning in UTC. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise UsageError(f"{option} {said!r} is no ISO 8601 time") from None
    if moment.tzinfo is None and len(said) > len("2026-10-17"):
        raise UsageError(f"{option} {said!r} has no zone; write 2026-10-17T06:15:00Z")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _person(con: duckdb.DuckDBPyConnection, who: str) -> Any:
    ids = [row[0] for row in con.execute(_WHO, {"who": who}).fetchall()]
    if len(ids) != 1:
        raise UsageError(f"{f'{len(ids)} people are' if ids else 'nobody is'} called {who!r}")
    return ids[0]


def _brief(ident: str | None) -> str:
    return "" if ident is None else ident if len(ident) <= 36 else f"{ident[:24]}…"
