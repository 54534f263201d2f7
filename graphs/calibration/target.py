"""The target error of a decision class: what the active rules of every process that asks it allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphs.agents.decision_class import DecisionClass
from graphs.calibration.outcome import WHOLE
from graphs.process import ProcessRegistry
from graphs.rule_shelf import ActiveRules
from graphs.runtime.services import Services
from policies.agent_error import FOR_ALL, for_class


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedClass:
    """A version of a decision class that some process asks, and the rule packs of those processes."""

    asks: DecisionClass
    packs: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """At most so many of the automatic decisions may be wrong; None where the rules allow none, and `why`."""

    bps: int | None
    why: str = ""


def asked_classes(registry: ProcessRegistry) -> Mapping[tuple[str, int], AskedClass]:
    """Every version of a decision class that a registered process asks, by name and version."""
    found: dict[tuple[str, int], AskedClass] = {}
    for definition in registry:
        for step in definition.agent_steps:
            key = (step.asks.name, step.asks.version)
            packs = found[key].packs if key in found else frozenset[str]()
            found[key] = AskedClass(asks=step.asks, packs=packs | {definition.pack})
    return found


async def target_of(services: Services, tenant: str, asked: AskedClass) -> Target:
    """The strictest target among the packs; a pack without one closes the class, whatever the others say.

    Raises `ViewTooOld`, `RulesUnusable`.
    """
    targets: list[int] = []
    for pack in sorted(asked.packs):
        target = target_in(await services.shelf.active(tenant, pack, services.clock()), asked.asks.name, pack)
        if target.bps is None:
            return target
        targets.append(target.bps)
    return Target(bps=min(targets)) if targets else Target(bps=None, why="no process asks this class")


def target_in(rules: ActiveRules, decision_class: str, pack: str) -> Target:
    """What one pack with the tenant's parameters allows."""
    own = for_class(decision_class)
    for name in (own, FOR_ALL):
        if name not in rules.book.pack.parameters:
            continue
        value = rules.parameters.get(name, rules.book.pack.parameters[name].value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < WHOLE:
            return Target(bps=value)
        return Target(bps=None, why=f"rule pack {pack}: {name} is {value}, which is no share of {WHOLE} above 0")
    return Target(bps=None, why=f"rule pack {pack} has neither {own} nor {FOR_ALL}: it allows no error")
