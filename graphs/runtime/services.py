"""What the runtime is wired with by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from graphs.admission import Admission
from graphs.agents.spending import ModelTerms
from graphs.checkpoints import Checkpointer
from graphs.deadlines.level_shelf import LevelShelf
from graphs.duty_desk import DutyDesk
from graphs.notices.terms import NoticeTerms
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.rule_shelf import RuleShelf
from graphs.runtime.seal import Seal
from graphs.store.claims import LeasedCase
from graphs.store.database import Database
from graphs.store.tables import Case
from graphs.trial import COMMAND
from policies.duties import DutyRules
from policies.judgement import RuleBook
from policies.register import standard_duties
from tools.catalog import Catalog
from tools.clock import utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Database, tools, definitions, the seal of checkpoints, clock, rules about duties, and the release's rule books.

    What a case is judged by is on the `shelf`: the release's book only until the tenant has activated another.
    Without a `checkpointer` nothing signs the trail, and no dossier can be made. An approval of something irreversible
    may be undone for `undo_window`.
    """

    database: Database
    catalogs: Callable[[str], Catalog]
    rulebooks: Mapping[str, RuleBook]
    registry: ProcessRegistry
    seal: Seal
    clock: Callable[[], datetime] = utc_now
    duty_rules: DutyRules = field(default_factory=standard_duties)
    checkpointer: Checkpointer | None = None
    trial_command: Sequence[str] = COMMAND
    model_terms: ModelTerms = field(default_factory=ModelTerms)
    notice_terms: NoticeTerms = field(default_factory=NoticeTerms)
    undo_window: timedelta = timedelta(0)
    admission: Admission = field(init=False)
    shelf: RuleShelf = field(init=False)
    level_shelf: LevelShelf = field(init=False)

    def __post_init__(self) -> None:
        """One admission and one shelf of each kind a process: nothing to start or stop."""
        admission = Admission(self.database)
        object.__setattr__(self, "admission", admission)
        shelf = RuleShelf(self.database, admission, self.rulebooks, clock=self.clock, trial_command=self.trial_command)
        object.__setattr__(self, "shelf", shelf)
        object.__setattr__(self, "level_shelf", LevelShelf(self.database, admission))

    def duties(self, tenant: str) -> DutyDesk:
        """Who may do what there, asked of the acts on record."""
        return DutyDesk(database=self.database, release=self.duty_rules, tenant=tenant)

    def definition_of(self, case: Case | LeasedCase) -> ProcessDefinition:
        """The definition that the case is pinned to. Raises `DefinitionMissing`."""
        return self.registry.pinned(case.process, case.version, case.definition_digest)
