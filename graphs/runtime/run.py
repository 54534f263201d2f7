"""A run: one worker advancing one case under one lease, and what a step may use while it lasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from graphs.audit import AuditRecord
from graphs.process import ProcessDefinition
from graphs.state import CaseState, CaseView
from graphs.store.database import Database
from graphs.store.tables import Case, Task, Timer
from policies.judgement import RuleBook
from tools.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`epoch` is the fencing token: every write of the run is refused once another worker has the case."""

    database: Database
    catalog: Catalog
    rulebook: RuleBook
    clock: Callable[[], datetime]
    definition: ProcessDefinition
    case: Case
    epoch: int

    @property
    def today(self) -> date:
        """The day that rules are judged on."""
        return self.clock().date()

    def view(self, state: CaseState) -> CaseView:
        """The state as a step's function sees it."""
        return CaseView(
            case_id=self.case.id,
            tenant=self.case.tenant,
            requester=self.case.created_by,
            input=self.case.input,
            data=state["data"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEnd:
    """How the case ends with this step."""

    status: Literal["done", "rejected", "cancelled"]
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What a visit of a step leaves: data and route for the state; rows for the same transaction."""

    route: str
    data: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[AuditRecord, ...] = ()
    task: Task | None = None
    timer: Timer | None = None
    end: CaseEnd | None = None
    title: str | None = None
