"""The checked-in files are what the generator writes, and read as a tenant's own would."""

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from pipeline.collect.endpoints import TABLE, Licence
from pipeline.config import Settings

from .files import DATES, LICENSED, ROOT, TENANTS, events, instant, load, settings

NAMED = re.compile(r"\w\.(?:com|net|org|io|ch|at|de|eu|uk|us|info|biz|cloud)\b", re.IGNORECASE)
MAIL = re.compile(r"@([a-z0-9-]+(?:\.[a-z0-9-]+)+)")
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
SYNTHETIC_WORDS = {"Paused member activation in PIM", "Add member to role completed (PIM preview)"}
NETWORKS = ("192.0.2.", "198.51.100.")


def written(folder: Path) -> dict[str, bytes]:
    paths = [path for name in TENANTS for path in (folder / name).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sample_logs.generator", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT.parent, check=True, env={"PYTHONHASHSEED": "4711"})
    again, kept = written(tmp_path), written(ROOT)
    assert sorted(again) == sorted(kept)
    assert [name for name in kept if again[name] != kept[name]] == []


@pytest.mark.parametrize("tenant", TENANTS)
def test_an_id_names_one_row(tenant: str) -> None:
    rows = {json.dumps(row, sort_keys=True) for _, row in events(tenant)}
    times = Counter(json.loads(row)["id"] for row in rows)
    assert [ident for ident, count in times.items() if count > 1] == []


def test_only_the_untidy_tenant_repeats_rows() -> None:
    repeated = {t: sum(n - 1 for n in Counter(row["id"] for _, row in events(t)).values()) for t in TENANTS}
    assert repeated == {"contoso": 0, "fabrikam": 0, "tailspin": 4}


@pytest.mark.parametrize("tenant", TENANTS)
def test_pim_rows_use_known_words_only(tenant: str) -> None:
    vocabulary = yaml.safe_load((ROOT.parent / "rules" / "lists" / "activities.yaml").read_text())
    known = {item["activity"] for item in vocabulary}
    said = {row["activityDisplayName"] for _, row in events(tenant) if row["loggedByService"] == "PIM"}
    assert said - known == (SYNTHETIC_WORDS if tenant == "tailspin" else set())


@pytest.mark.parametrize("tenant", TENANTS)
def test_rows_lie_in_the_span_graph_still_kept(tenant: str) -> None:
    first, second = (datetime.fromisoformat(f"{date}T06:15:00+00:00") for date in DATES)
    for cycle, row in events(tenant):
        at = instant(row["activityDateTime"])
        kept = 7 if tenant == "tailspin" else 29
        assert (first if cycle == 0 else second).timestamp() - at.timestamp() <= kept * 86400
        assert at <= (first, second)[cycle]


def test_some_rows_came_late_and_within_the_overlap() -> None:
    before = [row for cycle, row in events("contoso") if cycle == 1 and row["activityDateTime"] < "2026-10-17T06:15"]
    assert len(before) >= 2
    assert min(row["activityDateTime"] for row in before) > "2026-10-17T04:15"


def test_no_real_domain_or_address() -> None:
    for path in (path for path in ROOT.rglob("*") if path.suffix in (".json", ".yaml", ".toml")):
        text = path.read_text()
        assert set(NAMED.findall(text.replace("https://graph.microsoft.com/v1.0/", ""))) == set(), path
        assert {name for name in MAIL.findall(text) if not name.endswith(".example")} <= {"odata.type"}, path
        assert {address for address in ADDRESS.findall(text) if not address.startswith(NETWORKS)} == set(), path


def test_the_configuration_is_one_the_pipeline_takes() -> None:
    parsed = tomllib.loads((ROOT / "pimtrail.toml").read_text())
    assert [tenant.name for tenant in Settings.model_validate(parsed).tenants] == list(TENANTS)


@pytest.mark.parametrize("tenant", TENANTS)
def test_the_configuration_names_what_exists(tenant: str) -> None:
    held = settings(tenant)
    users = {row["userPrincipalName"] for row in load(tenant, DATES[0], "users")}
    groups = {row["displayName"] for row in load(tenant, DATES[0], "groups")}
    named = {name for calendar in held.get("calendars", []) for name in calendar["members"]}
    assert named | set(held.get("high_impact", [])) <= users | groups
    assert set(held.get("break_glass", [])) <= users
    assert held["tenant_id"] == json.loads((ROOT / tenant / "expected_findings.json").read_text())["tenant_id"]


def test_without_a_licence_pim_answers_errors() -> None:
    for date in DATES:
        errors = json.loads((ROOT / "tailspin" / date / "errors.json").read_text())
        assert all(load("tailspin", date, endpoint) is None for endpoint in errors)
        refused = {endpoint for endpoint, answer in errors.items() if answer["code"] == "AadPremiumLicenseRequired"}
        assert refused == {endpoint.name for endpoint in TABLE if endpoint.licence is Licence.P2}
        assert set(errors) - refused == {endpoint.name for endpoint in TABLE if endpoint.licence is Licence.P1}
        plans = {
            plan["servicePlanName"] for sku in load("tailspin", date, "subscribed_skus") for plan in sku["servicePlans"]
        }
        assert "AAD_PREMIUM_P2" not in plans


@pytest.mark.parametrize("tenant", LICENSED)
def test_every_policy_has_its_seventeen_rules_in_no_fixed_order(tenant: str) -> None:
    rows = load(tenant, DATES[0], "role_policies")
    rows = rows + [row for listed in load(tenant, DATES[0], "group_policies").values() for row in listed]
    orders = [tuple(rule["id"] for rule in row["policy"]["rules"]) for row in rows]
    assert {frozenset(order) for order in orders} == {frozenset(orders[0])}
    assert len(set(orders[0])) == 17
    assert len(set(orders)) > len(orders) / 2
