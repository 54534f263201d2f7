"""Probes: a question that was answered once is asked again through a copy of its case, as any other task.

The copy is one for analysis, so that none of its effects reaches a tool, and it ends with its answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from graphs.state import CaseState
from graphs.steering import StepNotVisited, fold
from graphs.store.claims import LeasedCase
from graphs.store.tables import Case

PROBE: Final = "probe"
"""Where a copy's summary says that it is one, and who may not be asked."""


class VisitOnRecord(Protocol):
    """A row of the journal."""

    @property
    def name(self) -> str: ...

    @property
    def visit(self) -> int: ...

    @property
    def update(self) -> Mapping[str, Any] | None: ...


def is_probe(case: Case | LeasedCase) -> bool:
    """Whether the case only asks a question again."""
    return PROBE in case.summary


def also_excluded(case: Case | LeasedCase) -> Sequence[str]:
    """Who else may not answer a probe's question: who answered it before, or knows what is right."""
    return case.summary[PROBE]["excluded"] if is_probe(case) else ()


def state_as_asked(journal: Iterable[VisitOnRecord], *, of: str, step: str, visit: int) -> CaseState:
    """The state in which `of` was about to ask the question that the visit of `step` answered.

    Raises `StepNotVisited` where the trail does not hold the question, or `StateErased`.
    """
    visits = list(journal)
    answers = [place for place, row in enumerate(visits) if (row.name, row.visit) == (step, visit)]
    asked = [place for place in range(answers[0] if answers else 0) if visits[place].name == of]
    if not asked:
        raise StepNotVisited(f"the trail does not hold the question that visit {visit} of {step!r} answered")
    state = fold(row.update for row in visits[: asked[-1]])
    return CaseState(data=state["data"], visits=state["visits"], route=of)


def says_the_same(expected: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether two answers are one: the same decision and, where `expected` names corrected values, the same values."""
    if expected["decision"] != given["decision"]:
        return False
    wanted = _stripped(expected.get("set") or {})
    return not wanted or wanted == _stripped(given.get("set") or {})


def _stripped(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value.strip() for name, value in values.items()}
