"""What the runtime is wired with by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from graphs.admission import Admission
from graphs.checkpoints import Checkpointer
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.runtime.seal import Seal
from graphs.store.claims import LeasedCase
from graphs.store.database import Database
from graphs.store.tables import Case
from policies.duties import DutyRules
from policies.judgement import RuleBook
from policies.register import standard_duties
from tools.catalog import Catalog


def utc_now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Database, tools, rule books by pack name, definitions, the seal of checkpoints, clock, rules about duties.

    Without a `checkpointer` nothing signs the trail, and no dossier can be made.
    """

    database: Database
    catalogs: Callable[[str], Catalog]
    rulebooks: Mapping[str, RuleBook]
    registry: ProcessRegistry
    seal: Seal
    clock: Callable[[], datetime] = utc_now
    duty_rules: DutyRules = field(default_factory=standard_duties)
    checkpointer: Checkpointer | None = None
    admission: Admission = field(init=False)

    def __post_init__(self) -> None:
        """One admission a process: nothing to start or stop."""
        object.__setattr__(self, "admission", Admission(self.database))

    def definition_of(self, case: Case | LeasedCase) -> ProcessDefinition:
        """The definition that the case is pinned to. Raises `DefinitionMissing`."""
        return self.registry.pinned(case.process, case.version, case.definition_digest)
