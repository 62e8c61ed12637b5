"""Planting what stands wrong for long: by the settings of a target, or by who holds what."""

from .planting import state
from .world import Principal, Row, Target, World


def settings_of(target: Target) -> Row:
    """The keys of a finding about the settings of a role, or of one access to a group."""
    return {"surface": target.surface, "target_id": target.id, "access": target.access}


def holding(who: Principal, target: Target) -> Row:
    """The keys of a finding about who holds what."""
    return {**settings_of(target), "principal_id": who.id}


def each(world: World, rule_id: str, severity: str, story: str, *targets: Target, opened: int = 0) -> None:
    """The same wrong in the settings of several targets."""
    for target in targets:
        state(world, f"posture.{rule_id}", settings_of(target), story, severity, opened)


def untold(world: World, *targets: Target, opened: int = 0) -> None:
    """Targets that nobody has put into a tier."""
    for target in targets:
        keys = {"surface": target.surface, "target_id": target.id}
        state(world, "posture.unclassified_target", keys, "in no tier: nobody has decided", "informational", opened)
