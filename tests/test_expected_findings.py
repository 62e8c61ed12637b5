"""Every stable rule over the sample tenants: all that was planted, when and as heavy as planted, and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline import content
from pipeline.config import Settings
from pipeline.detect import load_rules
from pipeline.store import TenantFolder
from pipeline.store.reading import reading, select
from tests.samples import FIRST, SECOND, play, sample_settings

TENANTS = ("contoso", "fabrikam", "tailspin")
DAYS = (FIRST, SECOND)
STABLE = {rule.id for rule in load_rules().rules if rule.head.status == "stable"}

Finding = tuple[str, str]
"""(rule id, its keys as JSON)"""


def planted(tenant: str) -> dict[str, Any]:
    return json.loads((content.samples_dir() / tenant / "expected_findings.json").read_text("utf-8"))


def identity(rule_id: str, keys: dict[str, object]) -> Finding:
    return rule_id, json.dumps(keys, sort_keys=True)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Settings]:
    """The tenant after a cycle at each date; each tenant is played once."""
    settings = sample_settings(tmp_path_factory.mktemp("samples"))
    for tenant in TENANTS:
        for day in DAYS:
            done = play(settings, tenant, day)
            assert (done.exit_code, done.detect.failures) == (0, ())
    return lambda tenant: settings


def findings(settings: Settings, tenant: str) -> list[tuple[Any, ...]]:
    with reading(TenantFolder(settings.data_dir / tenant)) as con:
        return select(
            con,
            """SELECT rule_id, keys, severity, strftime(first_seen_at, '%Y-%m-%d'), strftime(resolved_at, '%Y-%m-%d')
               FROM finding""",
        )[1]


@pytest.mark.parametrize("tenant", TENANTS)
def test_what_was_planted_is_found_and_nothing_else(played: Callable[[str], Settings], tenant: str) -> None:
    expected = {
        identity(each["rule_id"], each["keys"]): (each["severity"], cycle["date"])
        for cycle in planted(tenant)["cycles"]
        for each in cycle["opened"]
    }
    found = {
        identity(rule_id, json.loads(keys)): (severity, first_seen)
        for rule_id, keys, severity, first_seen, _ in findings(played(tenant), tenant)
        if rule_id in STABLE
    }
    assert found == expected


@pytest.mark.parametrize("tenant", TENANTS)
def test_what_was_put_right_is_resolved_on_the_day(played: Callable[[str], Settings], tenant: str) -> None:
    expected = {
        identity(each["rule_id"], each["keys"]): cycle["date"]
        for cycle in planted(tenant)["cycles"]
        for each in cycle["resolved"]
    }
    found = {
        identity(rule_id, json.loads(keys)): resolved
        for rule_id, keys, _, _, resolved in findings(played(tenant), tenant)
        if resolved is not None
    }
    assert found == expected


def test_every_stable_rule_has_a_story_to_find() -> None:
    told = {each["rule_id"] for tenant in TENANTS for cycle in planted(tenant)["cycles"] for each in cycle["opened"]}
    assert told == STABLE


def test_a_well_run_tenant_has_nothing_grave_that_was_not_planted(played: Callable[[str], Settings]) -> None:
    expected = {
        identity(each["rule_id"], each["keys"]) for cycle in planted("fabrikam")["cycles"] for each in cycle["opened"]
    }
    grave = {
        identity(rule_id, json.loads(keys))
        for rule_id, keys, severity, *_ in findings(played("fabrikam"), "fabrikam")
        if severity in ("medium", "high")
    }
    assert grave <= expected
