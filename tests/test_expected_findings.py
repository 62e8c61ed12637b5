"""The starred rules over the sample tenants: all that was planted, when and as heavy as planted, and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline import content
from pipeline.config import Settings
from pipeline.store import TenantFolder
from pipeline.store.reading import reading, select
from tests.samples import FIRST, SECOND, play, sample_settings

TENANTS = ("contoso", "fabrikam", "tailspin")
DAYS = (FIRST, SECOND)
POSTURE = (
    "standing_role standing_group_member group_not_in_pim no_approval no_justification_or_ticket activation_too_long "
    "permanent_allowed notifications_off too_many_global_admins dead_principal guest_privileged synced_privileged "
    "unclassified_target no_strong_auth no_access_review review_not_applied writeback_gap escalation_path"
)
STARRED = (
    "activation.off_hours",
    "activation.missing_ticket",
    "activation.unusual_frequency",
    "grant.permanent_eligible",
    "drift.permanent_eligible",
    "activation.after_credential_reset",
    "activation.by_nonhuman",
    "activation.exceeds_policy",
    "activation.first_time_target",
    "activation.new_source_ip",
    "activation.owner_adds_member",
    "activation.retry_after_denial",
    "activation.soon_after_grant",
    "activation.weak_justification",
    "approval.denied",
    "approval.new_approver",
    "approval.self",
    "approval.too_fast",
    "approval.unfit_approver",
    "breakglass.missing",
    "breakglass.touched",
    "drift.alerts_disabled",
    "drift.group_offboarded",
    "drift.policy_weakened",
    "grant.bulk",
    "grant.guest",
    "grant.new_account",
    "grant.outside_pim",
    "grant.permanent_active",
    "grant.role_assignable_group",
    "grant.self",
    "grant.service_principal",
    "grant.smash_and_grab",
    "meta.unknown_activity",
    "tamper.collection_gap",
    *(f"posture.{name}" for name in POSTURE.split()),
)

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
            assert play(settings, tenant, day).exit_code == 0
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
        if rule_id in STARRED
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


def test_every_starred_rule_has_a_story_to_find() -> None:
    told = {each["rule_id"] for tenant in TENANTS for cycle in planted(tenant)["cycles"] for each in cycle["opened"]}
    assert told == set(STARRED)
