"""Access reviews: a definition, its instances, and what reviewers decided about whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .clock import whole
from .governance import NOBODY, reviewer
from .world import Kept, Principal, Row, Target, World


@dataclass(frozen=True)
class Verdict:
    """What was decided about one person; `by` None means that nobody has looked yet."""

    who: Principal
    decision: str = "NotReviewed"
    by: Principal | None = None
    reason: str = ""
    applied: str = "New"
    recommended: str = "Approve"


def add_review(world: World, name: str, query: str, *, auto_apply: bool, since: datetime, months: int = 3) -> Row:
    """A recurring review of what `query` names: everybody with a role, or the members of a group."""
    row: Row = {
        "id": world.guid("review", name),
        "displayName": name,
        "createdDateTime": whole(since),
        "lastModifiedDateTime": whole(since),
        "status": "InProgress",
        "descriptionForAdmins": name,
        "descriptionForReviewers": "Does this person still need it?",
        "scope": _scope(query),
        "instanceEnumerationScope": None,
        "reviewers": [{"query": "/users/owner", "queryType": "MicrosoftGraph", "queryRoot": None}],
        "fallbackReviewers": [],
        "settings": {
            "mailNotificationsEnabled": True,
            "reminderNotificationsEnabled": True,
            "justificationRequiredOnApproval": True,
            "defaultDecisionEnabled": False,
            "defaultDecision": "None",
            "instanceDurationInDays": 14,
            "autoApplyDecisionsEnabled": auto_apply,
            "recommendationsEnabled": True,
            "recurrence": {
                "pattern": {"type": "absoluteMonthly", "interval": months, "month": 0, "dayOfMonth": 0},
                "range": {"type": "noEnd", "numberOfOccurrences": 0, "startDate": f"{since:%Y-%m-%d}"},
            },
        },
    }
    world.kept.append(Kept("access_reviews", row, since=since))
    return row


def role_query(role: Target) -> str:
    """Everybody with an active or eligible assignment of a role."""
    return f"/roleManagement/directory/roleDefinitions/{role.id}"


def member_query(group: Target) -> str:
    """Everybody who is a member of a group or in a group that is."""
    return f"/groups/{group.id}/transitiveMembers/microsoft.graph.user"


def add_instance(
    world: World,
    review: Row,
    target: Target,
    begins: datetime,
    status: str,
    verdicts: list[Verdict],
    until: datetime | None = None,
) -> str:
    """One round of a review: from `begins` for a fortnight, seen until `until`; returns its key."""
    ends = begins + timedelta(days=14)
    ident = world.guid("review instance", review["id"], begins)
    key = f"{review['id']}/{ident}"
    instance = {"id": ident, "startDateTime": whole(begins), "endDateTime": whole(ends), "status": status}
    row = instance | {"scope": review["scope"] | {"query": f"/v1.0{review['scope']['query']}"}, "reviewers": []}
    world.kept.append(Kept("review_instances", row, review["id"], begins, until))
    for number, verdict in enumerate(verdicts):
        at = begins + timedelta(days=2, hours=number, minutes=7)
        world.kept.append(Kept("review_decisions", _decision(world, ident, target, verdict, at), key, at, until))
    return key


def _scope(query: str) -> Row:
    kind = "#microsoft.graph.accessReviewQueryScope"
    return {"@odata.type": kind, "query": query, "queryType": "MicrosoftGraph", "queryRoot": None}


def _decision(world: World, instance: str, target: Target, verdict: Verdict, at: datetime) -> Row:
    role = target.surface == "entra_role"
    kind = "directoryRole" if role else "group"
    link = "roleManagement/directory/roleDefinitions" if role else "groups"
    return {
        "id": world.guid("decision", instance, verdict.who.key),
        "accessReviewId": instance,
        "reviewedDateTime": whole(at) if verdict.by else None,
        "decision": verdict.decision,
        "justification": verdict.reason,
        "appliedDateTime": whole(at + timedelta(days=12)) if verdict.applied == "AppliedSuccessfully" else None,
        "applyResult": verdict.applied,
        "recommendation": verdict.recommended,
        "principalLink": f"https://graph.microsoft.com/v1.0/users/{verdict.who.id}",
        "resourceLink": f"https://graph.microsoft.com/v1.0/{link}/{target.id}",
        "resource": {"id": target.id, "displayName": target.name, "type": kind},
        "reviewedBy": reviewer(verdict.by) if verdict.by else NOBODY,
        "appliedBy": NOBODY,
        "principal": {"@odata.type": "#microsoft.graph.userIdentity", **reviewer(verdict.who)},
    }
