"""The laws of the corpus, each a test of its own over every rule that ships."""

import json
import re
from pathlib import Path

import pytest
import yaml

from pipeline import content
from pipeline.detect import lint, load_rules, run_tests
from pipeline.detect.rulefile import Rule
from pipeline.store.workbench import workbench

from .bounds import edges

BOOK = load_rules()
IDS = {
    "activation.after_credential_reset": {"request_id"},
    "activation.by_nonhuman": {"request_id"},
    "activation.exceeds_policy": {"request_id"},
    "activation.first_time_target": {"request_id"},
    "activation.impossible_chain": {"request_id"},
    "activation.invalid_ticket": {"ticket", "fault", "subject_id"},
    "activation.missing_ticket": {"request_id"},
    "activation.new_source_ip": {"request_id"},
    "activation.off_hours": {"request_id"},
    "activation.owner_adds_member": {"request_id"},
    "activation.retry_after_denial": {"surface", "subject_id", "target_id", "access", "day"},
    "activation.sensitive_followup": {"request_id"},
    "activation.soon_after_grant": {"request_id"},
    "activation.unusual_frequency": {"subject_id", "local_day"},
    "activation.weak_justification": {"subject_id", "day"},
    "approval.denied": {"surface", "subject_id", "target_id", "access", "day"},
    "approval.new_approver": {"request_id"},
    "approval.reciprocal": {"pattern", "first_id", "second_id", "month"},
    "approval.self": {"request_id"},
    "approval.too_fast": {"approver_id", "week"},
    "approval.unfit_approver": {"surface", "target_id", "access", "approver_id"},
    "breakglass.missing": {"matter"},
    "breakglass.touched": {"principal_id", "day", "how"},
    "drift.alerts_disabled": {"change_id"},
    "drift.group_offboarded": {"surface", "target_id", "day"},
    "drift.permanent_eligible": {"surface", "principal_id", "target_id", "access", "scope"},
    "drift.policy_weakened": {"surface", "target_id", "access", "seen_at"},
    "drift.unexplained_change": {
        "surface",
        "kind",
        "principal_id",
        "target_id",
        "access",
        "scope",
        "change",
        "seen_at",
    },
    "grant.bulk": {"requester_id", "direction", "day"},
    "grant.guest": {"request_id"},
    "grant.new_account": {"request_id"},
    "grant.outside_pim": {"surface", "subject_id", "target_id", "access", "day"},
    "grant.permanent_active": {"request_id"},
    "grant.permanent_eligible": {"request_id"},
    "grant.role_assignable_group": {"event_id"},
    "grant.self": {"request_id"},
    "grant.service_principal": {"request_id"},
    "grant.smash_and_grab": {"grant_id"},
    "meta.unknown_activity": {"activity"},
    "meta.waiver_expired": {"matches", "expires"},
    "posture.activation_too_long": {"surface", "target_id", "access"},
    "posture.dead_principal": {"principal_id"},
    "posture.escalation_path": {"way", "principal_id", "target_id", "access"},
    "posture.group_not_in_pim": {"target_id"},
    "posture.guest_privileged": {"surface", "principal_id", "target_id", "access"},
    "posture.licence_short": {"licence_kind"},
    "posture.no_access_review": {"surface", "target_id"},
    "posture.no_approval": {"surface", "target_id", "access"},
    "posture.no_justification_or_ticket": {"surface", "target_id", "access"},
    "posture.no_strong_auth": {"surface", "target_id", "access"},
    "posture.notifications_off": {"surface", "target_id", "access"},
    "posture.permanent_allowed": {"surface", "target_id", "access"},
    "posture.review_not_applied": {"principal_id", "target_id", "instance_id"},
    "posture.standing_group_member": {"principal_id", "target_id", "access"},
    "posture.standing_role": {"principal_id", "target_id", "scope"},
    "posture.synced_privileged": {"surface", "principal_id", "target_id", "access"},
    "posture.too_many_global_admins": {"target_id"},
    "posture.unclassified_target": {"surface", "target_id"},
    "posture.unused_eligibility": {"surface", "principal_id", "target_id", "access", "scope"},
    "tamper.collection_gap": {"what", "matter", "since"},
    "posture.writeback_gap": {"target_id"},
}
"""Ids and what makes a finding one. Neither changes or is used again for something else once it has shipped."""

rules = pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)


def test_every_file_can_be_read() -> None:
    assert BOOK.faults == ()
    files = {".".join(path.parts[-2:]).removesuffix(".sql") for path in content.rules_dir().glob("*/*.sql")}
    assert files == {rule.id for rule in BOOK.rules}


def test_ids_and_keys_stay_what_they_were() -> None:
    assert {rule.id: set(rule.head.keys) for rule in BOOK.rules if rule.id in IDS} == IDS


def test_no_law_is_broken() -> None:
    assert [f"{fault.where}: {fault.message}" for fault in lint(BOOK)] == []


@rules
def test_its_own_tests_pass(rule: Rule) -> None:
    assert [f"{found.name}: {found.detail}" for found in run_tests(BOOK, [rule.id]) if not found.passed] == []


@rules
def test_it_names_frameworks_and_what_it_does_not_see(rule: Rule) -> None:
    known = {"iso27001", "nis2", "finma", "dora", "soc2"}
    assert {control.split(":")[0] for control in rule.head.controls} <= known
    assert rule.head.blind_spots and rule.head.false_positives and rule.head.controls


@rules
def test_its_sentences_are_sentences(rule: Rule) -> None:
    assert rule.head.why.rstrip("} %").endswith((".", "endif"))
    assert rule.head.remediation.endswith(".")
    assert not rule.head.title.endswith(".")


@rules
def test_a_finding_happened_when_the_data_says_not_when_somebody_looked(rule: Rule) -> None:
    """The moment of judging differs between two runs over the same data; what they find may not."""
    said = re.sub(r"\s+", " ", rule.sql)
    assert not re.search(r"\$as_of(?: AS TIMESTAMPTZ)?\)*(?:, [^()]*\))? AS occurred_at", said)


KEPT_IN_PLACE = {("breakglass.touched", "signed in")}
"""Findings told by a column that changes in place: no window says when that was, so `since` does not bound them."""


@pytest.mark.parametrize("rule", [rule for rule in BOOK.rules if rule.head.kind == "event"], ids=lambda rule: rule.id)
def test_a_window_holds_both_its_ends_and_nothing_beyond(rule: Rule) -> None:
    """Each finding has a moment in the data up to which `since` may come, and one from which on `until` suffices."""
    found = list(edges(workbench(), rule))
    bounded = [edge for edge in found if not any((rule.id, key) in KEPT_IN_PLACE for key in edge.identity)]
    assert [edge for edge in bounded if edge.last_since is None] == [], "found for ever, or not at its very moment"
    assert [edge for edge in found if edge.first_until is None] == [], "found before, or not at its very moment"


@rules
def test_local_time_is_written_for_every_engine(rule: Rule) -> None:
    assert not re.search(r"\btimezone\s*\(", rule.sql)
    assert "->" not in rule.sql, "lambda x: …"


@rules
def test_a_stable_rule_finds_something_in_a_sample(rule: Rule) -> None:
    samples = [json.loads(path.read_text()) for path in content.samples_dir().glob("*/expected_findings.json")]
    planted = {row["rule_id"] for sample in samples for cycle in sample["cycles"] for row in cycle["opened"]}
    assert rule.head.status != "stable" or rule.id in planted


def test_the_tests_of_one_rule_are_quick() -> None:
    assert max(sum(1 for _ in rule.head.tests) for rule in BOOK.rules) < 40


def test_shipped_rules_have_labels_that_do_not_tell_where_they_lie() -> None:
    assert all(Path(rule.label).parts[0] == "rules" for rule in BOOK.rules)


def test_the_words_pim_is_known_to_say_are_those_of_the_vocabulary() -> None:
    entries = yaml.safe_load((content.rules_dir() / "lists" / "activities.yaml").read_text("utf-8"))
    words = {entry["activity"].strip().lower() for entry in entries if entry["service"] == "PIM"}
    listed = BOOK.get("meta.unknown_activity").sql.split("NOT IN (", 1)[1].split(")\n)", 1)[0]
    assert set(re.findall(r"'([^']+)'", listed)) == words
