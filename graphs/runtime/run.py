"""A run: one worker advancing one case under one lease, and what a step may use while it lasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from graphs.admission import Admission, Admitted
from graphs.agents.spending import ModelTerms
from graphs.analysis import is_analysis
from graphs.deadlines.case_clocks import CaseClocks
from graphs.duty_desk import DutyDesk
from graphs.ledger import EffectLedger
from graphs.process import ProcessDefinition
from graphs.rule_shelf import ActiveRules, RuleShelf
from graphs.runtime.assignment import Assignment
from graphs.runtime.pending import Pending
from graphs.runtime.room import Place
from graphs.runtime.services import Services
from graphs.state import CaseState, CaseView
from graphs.store.claims import LeasedCase, SavedCheckpoint
from graphs.store.database import Database
from graphs.store.lifecycle_tables import Subscription
from graphs.store.tables import Case
from graphs.trial import Question
from policies.duties import DutyRules, SplitFound
from policies.fact import Fact, FactValue, told
from policies.register import standard_duties
from policies.sponsor import AgentStanding
from policies.verdict import Verdict
from tools.catalog import Catalog
from tools.port import Tool
from tools.telemetry.metrics import VERDICTS

if TYPE_CHECKING:
    from langgraph.checkpoint.base import CheckpointTuple
    from langgraph.types import Interrupt

    from graphs.runtime.judged import Judgement

SUSPECT_AFTER = 2
"""Workers lost with a case in a row, without a step committed."""


@dataclass(slots=True, kw_only=True)
class Run:
    """`pending` is what the run has not committed yet; every commit is refused once another worker has the case.

    `effects` is the ledger as it stood when the case was taken, kept up to date by this run.
    """

    database: Database
    catalog: Catalog
    rules: ActiveRules
    shelf: RuleShelf
    clock: Callable[[], datetime]
    definition: ProcessDefinition
    case: LeasedCase
    pending: Pending
    assignment: Assignment
    admission: Admission
    place: Place | None = None
    """What the case takes of its worker's room; None where no worker has it."""
    checkpoint: CheckpointTuple | None = None
    saved: SavedCheckpoint | None = None
    """The newest checkpoint, sealed: `checkpoint` is the one that the graph is to begin with."""
    effects: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    asked: Sequence[Interrupt] = ()
    """What the graph asked last."""
    verdicts: dict[Any, Verdict] = field(default_factory=dict)
    judgements: dict[str, Judgement] = field(default_factory=dict)
    """The last judgement of each proposal of this run."""
    agent: AgentStanding | None = None
    """The agent that started the case; None where a person or a service did."""
    splits: dict[str, SplitFound] = field(default_factory=dict)
    """What proposals of this run would split although nobody is asked, by step."""
    duty_rules: DutyRules = field(default_factory=standard_duties)
    model_terms: ModelTerms = field(default_factory=ModelTerms)
    tells_assignees: bool = False
    """Whether whoever is given a new task is told of it."""
    explained: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Why the performers of this run's proposals were chosen, by step."""
    subscriptions: list[Subscription] = field(default_factory=list)
    """What this run began to wait for."""
    clocks: CaseClocks | None = None
    """The case's deadlines; None where no service levels were ever set for its process."""

    @property
    def epoch(self) -> int:
        """The fencing token."""
        return self.case.epoch

    @property
    def suspect(self) -> bool:
        """Whether workers were lost with the case, one after the other: judging it may be what ended them."""
        beyond = self.case.takeovers - SUSPECT_AFTER
        return beyond >= 0 and beyond % 2 == 0

    @property
    def analysis(self) -> bool:
        """Whether the case is a copy for analysis: none of its effects may reach a tool."""
        return is_analysis(self.case)

    def ledger(self, step: str, visit: int) -> EffectLedger:
        """The effect ledger for one visit."""
        return EffectLedger(
            pending=self.pending,
            admitted=self.admitted,
            clock=self.clock,
            known=self.effects,
            case_id=self.case.id,
            step=step,
            visit=visit,
        )

    @property
    def duties(self) -> DutyDesk:
        """Who may do what, asked of the acts on record."""
        return DutyDesk(database=self.database, release=self.duty_rules, tenant=self.case.tenant)

    @property
    def today(self) -> date:
        """The day that rules are judged on."""
        return self.clock().date()

    async def look_up_rules(self) -> None:
        """Judge by what is active now from here on. Raises `ViewTooOld`, `RulesUnusable`."""
        tenant, pack, started_at = self.case.tenant, self.definition.pack, self.case.created_at
        rules = self.shelf.at_hand(tenant, pack, started_at) or await self.shelf.active(tenant, pack, started_at)
        if rules is not self.rules:
            self.rules = rules
            self.verdicts.clear()

    async def judged(self, point: str, facts: Mapping[str, FactValue | Fact]) -> Verdict:
        """The verdict of the rules active now; of a suspect case, given in a child process.

        Raises `ViewTooOld`, `RulesUnusable`, `JudgingKilled`.
        """
        await self.look_up_rules()
        given = told(facts)
        if self.suspect and (question := self._question(point, given)) not in self.verdicts:
            asked = Question(point=point, facts=given, on=self.today)
            self.verdicts[question] = self._counted(await self.shelf.judge_apart(self.rules, asked))
        return self.verdict(point, given)

    def _counted(self, verdict: Verdict) -> Verdict:
        kind = "fault" if verdict.engine_fault else verdict.kind.value
        VERDICTS.of(self.definition.name, kind).inc()
        return verdict

    def _question(self, point: str, facts: Mapping[str, FactValue]) -> tuple[str, date, str]:
        return point, self.today, repr(sorted(facts.items()))

    def verdict(self, point: str, facts: Mapping[str, FactValue | Fact]) -> Verdict:
        """The verdict of the active rules. A question that this run has asked them before has the same answer."""
        given = told(facts)
        question = self._question(point, given)
        if question not in self.verdicts:
            self.verdicts[question] = self._counted(self.rules.judge(point, given, on=self.today))
        return self.verdicts[question]

    def admitted(self, tool: Tool, *, agent: str | None = None) -> Admitted:
        """A context in which one call of the tool may be made, for `agent` where one makes it."""
        return self.admission.admitted(
            tenant=self.case.tenant,
            process=self.case.process,
            tool=tool,
            case_id=self.case.id,
            now=self.clock(),
            agent=agent,
            place=self.place,
        )

    def view(self, state: CaseState) -> CaseView:
        """The state as a step's function sees it."""
        return view_of(self.case, state)


def view_of(case: LeasedCase | Case, state: CaseState) -> CaseView:
    """The state of a case as a step's function sees it."""
    return CaseView(
        case_id=case.id, tenant=case.tenant, requester=case.created_by, input=case.input, data=state["data"]
    )


def opened_run(
    services: Services,
    definition: ProcessDefinition,
    case: LeasedCase,
    *,
    rules: ActiveRules,
    catalog: Catalog,
    assignment: Assignment,
    place: Place | None = None,
) -> Run:
    """A run of the case as it was taken, without its checkpoint."""
    return Run(
        database=services.database,
        catalog=catalog,
        rules=rules,
        shelf=services.shelf,
        clock=services.clock,
        definition=definition,
        case=case,
        pending=Pending(
            writer=services.database.writer,
            clock=services.clock,
            tenant=case.tenant,
            case_id=case.id,
            epoch=case.epoch,
            journaled=case.journaled,
        ),
        assignment=assignment,
        admission=services.admission,
        place=place,
        duty_rules=services.duty_rules,
        model_terms=services.model_terms,
        tells_assignees=services.notice_terms.assignments,
        effects={key: {**known, "seen_at": services.clock()} for key, known in case.effects.items()},
    )
