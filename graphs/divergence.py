"""Where a new version would have gone another way than a case went: the first visit that tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from graphs.dry_run import judged_again
from graphs.errors import UndeclaredRoute
from graphs.past import Past, PastVisit
from graphs.routing.performers.chosen import SECTION
from graphs.runtime.judged import Judgement, route_of
from graphs.runtime.review import run_review
from graphs.runtime.run import Run
from graphs.state import EMPTY, CaseState, applied, merge_sections
from graphs.steps import (
    AgentStep,
    AnyStep,
    DecisionStep,
    EffectStep,
    EndStep,
    HandStep,
    ProposeStep,
    ReadStep,
    ReviewStep,
    TimerStep,
    WaitStep,
)
from policies.canonical import jsonable

KEY = "idempotency_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first visit at which the new version differs. `new_route` is None where it cannot say one."""

    step: str
    visit: int
    old_route: str
    new_route: str | None
    fields: tuple[str, ...] = ()
    why: str = ""

    def __str__(self) -> str:
        """One line for people."""
        route = f"{self.old_route} → {self.new_route}" if self.new_route != self.old_route else self.old_route
        rest = [f"differing: {', '.join(self.fields)}"] if self.fields else []
        return "; ".join([f"{self.step} (visit {self.visit}): {route}", *rest, *([self.why] if self.why else [])])


def first_divergence(past: Past, run: Run, *, renamed: frozenset[str]) -> Divergence | None:
    """Replay the past through `run`'s definition: pure steps are run again, all others are taken as they went.

    `renamed` are steps that had another name when they ran: their effects have another key for that reason only.
    """
    state = EMPTY
    for number, item in enumerate(past):
        if isinstance(item, PastVisit):
            start = run.definition.start
            if number == 0 and item.name != start:
                return Divergence(
                    step=item.name, visit=1, old_route=item.route, new_route=None, why=f"starts at {start}"
                )
            found = _compared(item, state, run, renamed=renamed)
            if found is not None:
                return found
        state = applied(state, item.update)
    return None


def _compared(item: PastVisit, state: CaseState, run: Run, *, renamed: frozenset[str]) -> Divergence | None:
    step = run.definition.by_name.get(item.name)
    if step is None:
        return _differs(item, None, why="there is no such step any more")
    if step.kind.value != item.kind:
        return _differs(item, None, why=f"was a {item.kind}, is a {step.kind.value}")
    try:
        return _of_kind(step, item, state, run, renamed=renamed)
    except Exception as error:
        return _differs(item, None, why=f"{type(error).__name__}: {error}")


def _of_kind(
    step: AnyStep, item: PastVisit, state: CaseState, run: Run, *, renamed: frozenset[str]
) -> Divergence | None:
    match step:
        case DecisionStep() | ProposeStep():
            # Who performs was chosen then, by how targets stood: that is taken as it went.
            chosen = {SECTION: (item.update["data"].get(SECTION) or {})}
            state = {**state, "data": merge_sections(state["data"], chosen)}
            judgement = judged_again(step, state, run, digest_then=item.values.get("digest"))
            return _judged(item, route_of(step, judgement), judgement, keyed=step.allow not in renamed)
        case ReviewStep():
            route = run_review(step, state, item.values.get("answer") or {}, run).route
            return None if route == item.route else _differs(item, route)
        case ReadStep() | AgentStep() | TimerStep():
            return None if step.next == item.route else _differs(item, step.next)
        case EffectStep() | WaitStep() | HandStep():
            return None if item.route in step.destinations else _differs(item, step.next)
        case EndStep():
            raise UndeclaredRoute("the case went on behind an end")
        case _:
            assert_never(step)


def _judged(item: PastVisit, route: str, judgement: Judgement, *, keyed: bool) -> Divergence | None:
    action = judgement.action.model_dump(mode="json") if judgement.action else None
    actions = differing(item.values.get("action"), action, "action")
    actions = [name for name in actions if keyed or name != f"action.{KEY}"]
    if route == item.route and not actions:
        return None
    then, now = item.values.get("verdict") or {}, judgement.verdict.model_dump(mode="json")
    facts = differing(then.get("facts"), now["facts"], "facts")
    parameters = differing(then.get("parameters"), now["parameters"], "parameters")
    return _differs(item, route, fields=(*actions, *facts, *parameters))


def differing(then: Any, now: Any, name: str) -> list[str]:
    """The names of the fields that differ, one level into objects and into their arguments."""
    then, now = jsonable(then), jsonable(now)
    if then == now:
        return []
    if not isinstance(then, Mapping) or not isinstance(now, Mapping):
        return [name]
    found: list[str] = []
    for key in sorted({*then, *now}):
        inner = f"{name}.{key}"
        deeper = key == "arguments" and key in then and key in now
        if deeper:
            found += differing(then[key], now[key], inner)
        elif then.get(key) != now.get(key):
            found.append(inner)
    return found


def _differs(item: PastVisit, route: str | None, *, fields: tuple[str, ...] = (), why: str = "") -> Divergence:
    return Divergence(step=item.name, visit=item.visit, old_route=item.route, new_route=route, fields=fields, why=why)
