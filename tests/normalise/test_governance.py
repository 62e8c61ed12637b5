"""Access reviews, Conditional Access and PIM's alerts: what Graph lists becomes rows over intervals."""

from typing import Any

from .landing import Item, Landing

ROLE, GROUP = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "018a15f8-cbd9-55d7-b2cd-5f4ed1c6cb68"
REVIEW, ROUND = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
ANNA, BEAT = "00000000-0000-4000-8000-0000000000aa", "00000000-0000-4000-8000-0000000000bb"
NOBODY = {"id": "00000000-0000-0000-0000-000000000000", "displayName": "", "userPrincipalName": ""}


def review(query: str | None, **scope: Any) -> Item:
    settings = {"defaultDecisionEnabled": False, "defaultDecision": "Approve", "autoApplyDecisionsEnabled": True}
    pattern = {"pattern": {"type": "absoluteMonthly", "interval": 3}}
    held = {"query": query, "queryType": "MicrosoftGraph", **scope}
    return {"id": REVIEW, "displayName": "r", "scope": held, "settings": settings | {"recurrence": pattern}}


def reviewed(land: Landing, item: Item) -> tuple[str | None, list[str]]:
    land.snapshot("access_reviews", [item])
    land.normalise()
    (row,) = land.rows("SELECT surface, target_ids FROM access_review WHERE valid_to IS NULL")
    return row["surface"], row["target_ids"]


def test_a_review_names_its_targets_in_the_text_of_its_queries(land: Landing) -> None:
    assert reviewed(land, review(f"/groups/{GROUP}/transitiveMembers")) == ("group", [GROUP])
    assert reviewed(land, review(f"/roleManagement/directory/roleDefinitions/{ROLE}")) == ("entra_role", [ROLE])
    eligible = f"/roleManagement/directory/roleEligibilityScheduleInstances?$filter=(roleDefinitionId eq '{ROLE}')"
    assert reviewed(land, review(eligible)) == ("entra_role", [ROLE])
    scopes = [{"query": f"/roleManagement/directory/roleDefinitions/{ROLE}"}, {"query": f"/teams/{GROUP}/channels"}]
    assert reviewed(land, review(None, resourceScopes=scopes)) == ("entra_role", [ROLE])
    assert reviewed(land, review("./members/microsoft.graph.user")) == (None, [])
    assert reviewed(land, review("./members") | {"instanceEnumerationScope": {"query": "/groups?$filter=x"}}) == (
        *("group", []),
    )


def test_a_default_decision_counts_only_where_it_is_switched_on(land: Landing) -> None:
    reviewed(land, review("/groups"))
    columns = "default_decision, auto_apply, recurrence, recurrence_interval"
    assert land.rows(f"SELECT {columns} FROM access_review") == [
        {"default_decision": None, "auto_apply": True, "recurrence": "absoluteMonthly", "recurrence_interval": 3}
    ]


def decision(ident: str, who: str, word: str, **more: Any) -> Item:
    return {
        "id": ident,
        "decision": word,
        "justification": "",
        "principal": {"id": who, "displayName": "n"},
        "reviewedBy": NOBODY,
        "resource": None,
        "resourceLink": None,
        "applyResult": "New",
        **more,
    }


def test_a_decision_speaks_of_its_resource_or_of_what_its_round_reviews(land: Landing) -> None:
    role = f"/v1.0/roleManagement/directory/roleDefinitions/{ROLE}"
    land.per_group("review_instances", {REVIEW: [{"id": ROUND, "status": "Completed", "scope": {"query": role}}]})
    link = f"https://graph.microsoft.com/v1.0/groups/{GROUP}"
    items = [
        decision("1", ANNA, "Deny", reviewedBy={"id": BEAT.upper(), "userPrincipalName": "b@contoso.example"}),
        decision("2", BEAT, "NotReviewed", resourceLink=link),
        decision("3", BEAT, "Approve", resource={"id": GROUP.upper(), "type": "group"}),
    ]
    land.per_group("review_decisions", {f"{REVIEW}/{ROUND}": items})
    land.normalise()
    columns = "decision, surface, target_id, reviewer_id, justification, instance_status"
    told = land.rows(f"SELECT {columns} FROM review_decision ORDER BY decision_id")
    assert [tuple(row.values()) for row in told] == [
        ("Deny", "entra_role", ROLE, BEAT, None, "Completed"),
        ("NotReviewed", "group", GROUP, None, None, "Completed"),
        ("Approve", "group", GROUP, None, None, "Completed"),
    ]


def policy(**more: Any) -> Item:
    users = {"includeUsers": ["All"], "excludeUsers": ["b", "a"], "excludeGroups": [GROUP]}
    contexts = {"includeAuthenticationContextClassReferences": ["C1"]}
    conditions = {"clientAppTypes": ["all"], "users": users, "applications": contexts, "platforms": None}
    grant = {"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": "s1"}}
    return {"id": "P1", "state": "enabled", "conditions": conditions, "grantControls": grant, **more}


def test_a_policy_without_its_strengths_text_is_given_it_from_their_own_list(land: Landing) -> None:
    land.snapshot("ca_policies", [policy()])
    strength = {"id": "S1", "displayName": "Phishing-resistant", "allowedCombinations": ["x509", "fido2"]}
    land.snapshot("auth_strengths", [strength])
    land.normalise()
    columns = "state, exclude_users, include_auth_contexts, narrowed_by, strength_name, strength_combinations"
    assert land.rows(f"SELECT {columns} FROM ca_policy") == [
        {
            "state": "enabled",
            "exclude_users": ["a", "b"],
            "include_auth_contexts": ["c1"],
            "narrowed_by": [],
            "strength_name": "Phishing-resistant",
            "strength_combinations": ["fido2", "x509"],
        }
    ]


def test_a_policy_that_holds_only_somewhere_says_what_narrows_it(land: Landing) -> None:
    conditions = policy()["conditions"] | {"platforms": {"includePlatforms": ["iOS"]}, "signInRiskLevels": ["high"]}
    land.snapshot("ca_policies", [policy(conditions=conditions | {"clientAppTypes": ["browser"]})])
    land.normalise()
    assert land.rows("SELECT narrowed_by FROM ca_policy") == [
        {"narrowed_by": ["client_apps", "platforms", "sign_in_risk"]}
    ]


def test_how_often_one_must_sign_in(land: Landing) -> None:
    def frequency(**said: Any) -> Item:
        return {"sessionControls": {"signInFrequency": {"isEnabled": True, **said}}}

    land.snapshot(
        "ca_policies",
        [
            policy(id="1", **frequency(frequencyInterval="everyTime", value=None, type=None)),
            policy(id="2", **frequency(frequencyInterval="timeBased", value=4, type="hours")),
            policy(id="3", **frequency(isEnabled=False, value=4, type="hours")),
            policy(id="4", sessionControls=None),
        ],
    )
    land.normalise()
    told = land.rows("SELECT sign_in_frequency AS f, sign_in_every_time AS e FROM ca_policy ORDER BY policy_id")
    assert [(row["f"], row["e"]) for row in told] == [(None, True), (14400, False), (None, False), (None, False)]


def test_an_alert_that_is_merely_scanned_again_stays_one_row(land: Landing) -> None:
    alert = {"id": "a", "alertDefinitionId": "DirectoryRole_t_StaleSignInAlert", "isActive": True, "incidentCount": 2}
    for day in (1, 2):
        land.snapshot("pim_alerts", [alert | {"lastScannedDateTime": f"2026-10-0{day}T02:00:00Z"}])
    land.normalise()
    (row,) = land.rows("SELECT alert_type, incident_count, last_scanned_at FROM pim_alert")
    assert (row["alert_type"], row["incident_count"], row["last_scanned_at"].day) == ("StaleSignIn", 2, 2)


def test_writeback_comes_from_its_own_list(land: Landing) -> None:
    land.snapshot("groups", [{"id": GROUP, "displayName": "sg", "groupTypes": [], "securityEnabled": True}])
    land.snapshot(
        "group_writeback",
        [{"id": GROUP, "writebackConfiguration": {"isEnabled": True, "onPremisesGroupType": "universalSecurityGroup"}}],
    )
    land.normalise()
    told = land.rows("SELECT writeback, on_premises_type FROM entra_group WHERE valid_to IS NULL")
    assert told == [{"writeback": True, "on_premises_type": "universalSecurityGroup"}]


def test_plain_role_assignments_count_where_instances_cannot_be_read(land: Landing) -> None:
    plain = {"id": "x", "principalId": ANNA, "roleDefinitionId": ROLE, "directoryScopeId": "/"}
    land.snapshot("role_assignments", [plain])
    land.normalise()
    told = land.rows("SELECT principal_id, target_id, kind, assignment_type, ends_at FROM assignment")
    assert [tuple(row.values()) for row in told] == [(ANNA, ROLE, "active", "assigned", None)]
    land.snapshot("role_assignment_instances", [plain | {"id": "x-1", "assignmentType": "Assigned"}])
    land.normalise()
    assert land.rows("SELECT assignment_id FROM assignment") == [{"assignment_id": "x-1"}]


def test_items_of_odd_shapes_do_not_stop_the_rest(land: Landing) -> None:
    odd: list[Item] = [{"id": "1", "conditions": {"users": None}, "grantControls": None}, {"id": "2", "state": 7}]
    land.snapshot("ca_policies", [policy(), *odd])
    land.snapshot("access_reviews", [{"id": REVIEW, "scope": None, "settings": None}])
    land.normalise()
    assert land.rows("SELECT count(*) AS n FROM ca_policy") == [{"n": 3}]
    assert land.rows("SELECT surface, target_ids FROM access_review") == [{"surface": None, "target_ids": []}]
