"""The synthetic tenant through the stage, against what plain Python reads out of the same files."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.content import samples_dir
from pipeline.settings_file import load
from pipeline.store import open_store

from ..sample_logs import files, judging
from .landing import TENANT, Landing, folder

EVERY = {"activation", "eligible", "active", "removal", "deactivation", "other"}
KINDS = {"activation": {"activation"}, "grant": {"eligible", "active"}, "approval": EVERY}


@pytest.fixture(scope="module")
def contoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landing]:
    """Both dates landed and normalised one after the other."""
    settings = load(samples_dir() / "pimtrail.toml", environment={})
    tenant = next(each for each in settings.tenants if each.name == "contoso")
    with open_store(folder(tmp_path_factory.mktemp("contoso")), TENANT) as store:
        land = Landing(store, settings=settings, tenant=tenant, refers=True)
        for date in files.DATES:
            _land_all(land, date)
            land.normalise()
        yield land


def _land_all(land: Landing, date: str) -> None:
    at = datetime.fromisoformat(f"{date}T06:15:00").replace(tzinfo=UTC)
    for path in sorted((samples_dir() / "contoso" / date).glob("*.json")):
        items: Any = files.load("contoso", date, path.stem)
        if path.stem == "directory_audits":
            land.events(items, at=at)
        elif isinstance(items, dict):
            land.per_group(path.stem, items, at=at)
        else:
            land.snapshot(path.stem, items, page=7, at=at)


def test_every_completed_activation_is_one_row(contoso: Landing) -> None:
    found = {
        row.pop("request_id"): tuple(row.values())
        for row in contoso.rows(
            """SELECT request_id, subject_id, subject_upn, target_id, access, starts_at, expires_at, justification
            FROM activation"""
        )
    }
    assert found == {
        act.request_id: (act.person, act.upn, act.target, act.access, act.starts, act.expires, act.justification)
        for act in files.activations("contoso")
    }


def test_what_must_be_found_is_there_with_its_kind(contoso: Landing) -> None:
    kinds = {
        row["request_id"]: row["request_kind"]
        for row in contoso.rows("SELECT request_id, request_kind FROM pim_request")
    }
    wanted = [
        (row["rule_id"], row["keys"]["request_id"])
        for cycle in files.expected("contoso")["cycles"]
        for row in cycle["opened"]
        if "request_id" in row["keys"]
    ]
    assert [row for row in wanted if kinds.get(row[1]) not in KINDS[row[0].split(".")[0]]] == []
    assert wanted


def test_every_completed_permanent_grant_is_known_as_such(contoso: Landing) -> None:
    found = contoso.rows(
        """SELECT request_id FROM pim_request WHERE request_kind = 'eligible' AND permanent AND outcome = 'completed'
            AND surface IN ('entra_role', 'group')"""
    )
    assert {row["request_id"] for row in found} == {
        dict(keys)["request_id"] for _, keys in judging.permanent_grants("contoso")
    }


def test_tickets_that_had_to_be_there_and_were_not(contoso: Landing) -> None:
    """Where the policy in force asked for one."""
    found = contoso.rows(
        """SELECT a.request_id FROM activation a JOIN policy_history p
            ON p.surface = a.surface AND p.target_id = a.target_id AND p.access IS NOT DISTINCT FROM a.access
            AND p.valid_from <= a.starts_at AND (p.valid_to IS NULL OR a.starts_at < p.valid_to)
        WHERE a.ticket_state = 'absent' AND p.requires_ticket"""
    )
    missing = {dict(keys)["request_id"] for _, keys in judging.missing_ticket("contoso")}
    assert {row["request_id"] for row in found} == missing


@pytest.mark.parametrize("date", files.DATES)
def test_eligibilities_without_end_at_each_date(contoso: Landing, date: str) -> None:
    held = "{0}.valid_from <= moment AND ({0}.valid_to IS NULL OR moment < {0}.valid_to)"
    found = contoso.rows(
        f"""SELECT a.principal_id, a.target_id, a.access, a.surface, a.scope, p.permanent_eligible_allowed AS allowed
        FROM (SELECT TIMESTAMPTZ '{date} 06:15:00+00' AS moment) now_at, assignment_history a, policy_history p
        WHERE p.surface = a.surface AND p.target_id = a.target_id AND p.access IS NOT DISTINCT FROM a.access
            AND a.kind = 'eligible' AND a.ends_at IS NULL AND {held.format("a")} AND {held.format("p")}
            AND NOT EXISTS (FROM baseline b WHERE b.principal_id = a.principal_id AND b.target_id = a.target_id
                AND b.access IS NOT DISTINCT FROM a.access AND coalesce(b.expires >= moment::DATE, true))"""
    )
    told = {judging.key(**{k: v for k, v in row.items() if k != "allowed"}): row["allowed"] for row in found}
    wanted = judging.permanent_state("contoso", date)
    assert {keys: "medium" if allowed else "high" for keys, allowed in told.items()} == wanted


def test_each_person_has_the_calendar_the_configuration_gives_them(contoso: Landing) -> None:
    found = contoso.rows(
        """SELECT DISTINCT p.upn, c.zone, c.working_hours FROM person_calendar m
        JOIN calendar c USING (calendar_id) JOIN principal p ON p.principal_id = m.principal_id AND p.valid_to IS NULL
        WHERE p.kind = 'user'"""
    )
    for row in found:
        calendar = judging.calendar_of("contoso", row["upn"])
        assert (row["zone"], row["working_hours"]) == (calendar["time_zone"], calendar["working_hours"])
    assert len({row["zone"] for row in found}) == 3
