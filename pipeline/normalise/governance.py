"""What watches over PIM: access reviews, Conditional Access with its strengths and contexts, PIM's own alerts."""

from __future__ import annotations

from .histories import History, Snapshot, text

_QUERY = "STRUCT(query VARCHAR)"
_SCOPE = f"STRUCT(query VARCHAR, resourceScopes {_QUERY}[])"
_SETTINGS = (
    f"STRUCT({text('instanceDurationInDays', 'autoApplyDecisionsEnabled', 'defaultDecisionEnabled')}, "
    f"{text('defaultDecision', 'justificationRequiredOnApproval')}, "
    f"recurrence STRUCT(pattern STRUCT({text('type', 'interval')})))"
)
_REVIEW = (
    f"STRUCT({text('id', 'displayName', 'status', 'createdDateTime')}, scope {_SCOPE}, "
    f"instanceEnumerationScope {_QUERY}, settings {_SETTINGS})"
)
_INSTANCE = f"STRUCT({text('id', 'status', 'startDateTime', 'endDateTime')}, scope {_SCOPE})"
_PERSON = f"STRUCT({text('id', 'displayName', 'userPrincipalName')})"
_DECISION = (
    f"STRUCT({text('id', 'decision', 'recommendation', 'justification', 'reviewedDateTime')}, "
    f"{text('appliedDateTime', 'applyResult', 'resourceLink')}, "
    f"resource STRUCT({text('id', 'type')}), principal {_PERSON}, reviewedBy {_PERSON})"
)


def _lists(*names: str) -> str:
    return ", ".join(f"{name} VARCHAR[]" for name in names)


_CONDITIONS = (
    f"STRUCT({_lists('clientAppTypes', 'signInRiskLevels', 'userRiskLevels', 'servicePrincipalRiskLevels')}, "
    f"{text('devices', 'locations', 'platforms')}, "
    f"applications STRUCT({_lists('includeApplications', 'excludeApplications')}, "
    f"{_lists('includeAuthenticationContextClassReferences')}), "
    f"users STRUCT({_lists('includeUsers', 'excludeUsers', 'includeGroups', 'excludeGroups')}, "
    f"{_lists('includeRoles', 'excludeRoles')}))"
)
_GRANT = (
    f"STRUCT(operator VARCHAR, {_lists('builtInControls')}, "
    f"authenticationStrength STRUCT({text('id', 'displayName')}, {_lists('allowedCombinations')}))"
)
_SESSION = f"STRUCT(signInFrequency STRUCT({text('isEnabled', 'frequencyInterval', 'type', 'value')}))"
_CA_POLICY = (
    f"STRUCT({text('id', 'displayName', 'state', 'createdDateTime', 'modifiedDateTime')}, "
    f"conditions {_CONDITIONS}, grantControls {_GRANT}, sessionControls {_SESSION})"
)
_STRENGTH = (
    f"STRUCT({text('id', 'displayName', 'policyType', 'requirementsSatisfied', 'modifiedDateTime')}, "
    f"{_lists('allowedCombinations')})"
)
_ALERT = (
    f"STRUCT({text('id', 'alertDefinitionId', 'isActive', 'incidentCount', 'lastScannedDateTime')}, "
    f"lastModifiedDateTime VARCHAR, alertDefinition STRUCT({text('displayName', 'severityLevel')}))"
)


def _kept(
    source: str,
    shape: str,
    table: str,
    select: str,
    key: tuple[str, ...],
    state: tuple[str, ...],
    latest: tuple[str, ...] = (),
) -> Snapshot:
    return Snapshot(source, shape, (History(table, select, key, state, latest),))


GOVERNANCE = (
    _kept(
        *("access_reviews", _REVIEW, "access_review", "56_access_review", ("review_id",)),
        (
            *("name", "status", "surface", "target_ids", "queries", "recurrence", "recurrence_interval"),
            *("duration_days", "auto_apply", "default_decision", "requires_justification", "created_at"),
        ),
    ),
    _kept(
        *("review_instances", _INSTANCE, "review_instance", "57_review_instance", ("review_id", "instance_id")),
        ("surface", "target_id", "status", "starts_at", "ends_at"),
    ),
    _kept(
        *("review_decisions", _DECISION, "review_decision_history", "58_review_decision"),
        ("review_id", "instance_id", "decision_id"),
        (
            *("surface", "target_id", "principal_id", "principal_name", "principal_upn", "decision", "recommendation"),
            *("justification", "reviewer_id", "reviewer_upn", "reviewed_at", "applied_at", "apply_result"),
        ),
    ),
    _kept(
        *("ca_policies", _CA_POLICY, "ca_policy_history", "62_ca_policy", ("policy_id",)),
        (
            *("name", "state", "include_users", "exclude_users", "include_groups", "exclude_groups"),
            *("include_roles", "exclude_roles", "include_applications", "exclude_applications"),
            *("include_auth_contexts", "narrowed_by", "grant_operator", "grant_controls", "strength_id"),
            *("strength_name", "strength_combinations", "sign_in_frequency", "sign_in_every_time", "created_at"),
            "modified_at",
        ),
    ),
    _kept(
        *("auth_strengths", _STRENGTH, "auth_strength", "63_auth_strength", ("strength_id",)),
        ("name", "policy_type", "requirements", "allowed_combinations", "modified_at"),
    ),
    _kept(
        *("auth_contexts", f"STRUCT({text('id', 'displayName', 'description', 'isAvailable')})", "auth_context"),
        *("64_auth_context", ("context_id",), ("name", "description", "is_available")),
    ),
    _kept(
        *("pim_alerts", _ALERT, "pim_alert", "65_pim_alert", ("alert_id",)),
        ("alert_type", "name", "severity", "is_active", "incident_count"),
        latest=("last_scanned_at", "modified_at"),
    ),
)
"""Every source of what watches over PIM, and what becomes of it."""
