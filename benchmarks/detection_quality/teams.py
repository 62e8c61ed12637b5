"""The teams of a well-run tenant: what they may activate, how often they do, what they do with it."""

from __future__ import annotations

from dataclasses import dataclass

DIRECTORS = "grp-role-admins"
"""The group whose members may become Privileged Role Administrator, and who give and take everything else."""

HIGH_IMPACT = ("sg-prod-servers", "sg-prod-databases", "sg-payments", "sg-erp-firefighters", "sg-dr-site")
HOLDS = {
    DIRECTORS: "Privileged Role Administrator",
    "grp-mail-admins": "Exchange Administrator",
    "grp-device-admins": "Intune Administrator",
}
"""Role-assignable groups and the role each holds."""

CA, CREDENTIAL = "Update Conditional Access policy", "Add service principal credentials"


@dataclass(frozen=True)
class Team:
    """`share` of all people; `pace` against the tenant's average; `targets` are roles, or groups by their name."""

    name: str
    share: float
    pace: float
    targets: tuple[str, ...]
    called: bool = False
    """Whether one of them is on call at nights and weekends."""
    shifts: bool = False
    """Whether they work early and late, weekends too."""
    work: tuple[str, ...] = ()
    """Sensitive operations that are their daily work."""
    reasons: tuple[str, ...] = ()


TEAMS = (
    Team(
        *("helpdesk", 0.21, 1.5),
        ("Helpdesk Administrator", "Authentication Administrator", "License Administrator"),
        reasons=("Caller locked out", "New phone for a colleague", "Licence for a new colleague", "Lost device"),
    ),
    Team(
        *("accounts", 0.09, 1.1),
        ("User Administrator", "Groups Administrator", "License Administrator"),
        reasons=("Joiners of the week", "Group clean-up", "Rename after a marriage", "Distribution list request"),
    ),
    Team(
        *("messaging", 0.09, 0.9),
        ("grp-mail-admins", "Compliance Administrator"),
        called=True,
        reasons=("Mail flow to a partner", "Shared mailbox", "Retention label", "Quarantined message"),
    ),
    Team(
        *("collaboration", 0.10, 0.7),
        ("SharePoint Administrator", "Teams Administrator"),
        reasons=("Project site", "Restore of a site", "Meeting policy", "External sharing request"),
    ),
    Team(
        *("devices", 0.11, 0.9),
        ("grp-device-admins", "License Administrator"),
        called=True,
        reasons=("Enrolment stuck", "Update ring", "Compliance rule", "Kiosk profile"),
    ),
    Team(
        *("soc", 0.10, 1.3),
        ("Security Operator", "Security Reader"),
        shifts=True,
        reasons=("Triage of alerts", "Phishing wave", "Hunt", "Evidence for an incident"),
    ),
    Team(
        *("security", 0.05, 0.6),
        ("Security Administrator", "Conditional Access Administrator"),
        work=(CA,),
        reasons=("Exclusion for a pilot", "Named location", "Review of a policy", "Block of a legacy client"),
    ),
    Team(
        *("applications", 0.05, 0.6),
        ("Application Administrator",),
        work=(CREDENTIAL,),
        reasons=("Secret before it ends", "Sign-in of a new application", "Consent request", "Certificate"),
    ),
    Team(
        *("identity", 0.04, 0.9),
        (DIRECTORS, "User Administrator", "Hybrid Identity Administrator"),
        called=True,
        reasons=("Eligibility request", "Yearly renewal", "Connector health", "Role review"),
    ),
    Team(
        *("operations", 0.09, 0.8),
        ("sg-prod-servers", "sg-prod-databases"),
        called=True,
        reasons=("Patch round", "Disk full", "Index rebuild", "Certificate on a server"),
    ),
    Team(
        *("finance", 0.04, 0.4),
        ("sg-payments", "sg-erp-firefighters", "Billing Administrator"),
        reasons=("Month end", "Stuck payment run", "Correction of a posting", "Invoice dispute"),
    ),
    Team(
        *("audit", 0.03, 0.3),
        ("Global Reader", "Security Reader"),
        reasons=("Sample for the audit", "Evidence of a control", "Question of the regulator"),
    ),
)
