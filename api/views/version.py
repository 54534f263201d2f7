"""Versions of processes, rehearsals and moves, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.views.view import Form, Name, Text, View
from graphs.divergence import Divergence
from graphs.migration import Migrated, Order
from graphs.rehearsal import CaseRehearsal, Rehearsal
from graphs.versions import VersionState

CASES_A_REQUEST = 100


class VersionView(View):
    """A version of a process and who still needs it."""

    name: str
    version: int
    digest: str
    registered: Annotated[bool, Field(description="False: its cases cannot go on, or it was changed.")]
    live: Annotated[dict[str, int], Field(description="Cases that have not ended, by status.")]
    drained: bool

    @classmethod
    def of(cls, state: VersionState) -> VersionView:
        """The version as it is shown."""
        return cls(
            name=state.name,
            version=state.version,
            digest=state.digest,
            registered=state.registered,
            live=dict(state.live),
            drained=state.drained,
        )


class VersionList(View):
    """Every version that is registered or needed."""

    versions: list[VersionView]


class DivergenceView(View):
    """The first visit at which the new version would have gone another way."""

    step: str
    visit: int
    old_route: str
    new_route: str | None
    fields: list[str]
    why: str

    @classmethod
    def of(cls, found: Divergence) -> DivergenceView:
        """The divergence as it is shown."""
        return cls(
            step=found.step,
            visit=found.visit,
            old_route=found.old_route,
            new_route=found.new_route,
            fields=list(found.fields),
            why=found.why,
        )


class CaseRehearsalView(View):
    """How one case gets on with the new version."""

    case: str
    version: int
    status: str
    stands_at: str | None
    fit: str
    reasons: list[str]
    divergence: DivergenceView | None
    ahead: Annotated[str | None, Field(description="What comes next: the kind and name of a step.")]

    @classmethod
    def of(cls, found: CaseRehearsal) -> CaseRehearsalView:
        """The result as it is shown."""
        return cls(
            case=found.case_id,
            version=found.version,
            status=found.status,
            stands_at=found.stands_at,
            fit=found.fit.value,
            reasons=list(found.reasons),
            divergence=DivergenceView.of(found.divergence) if found.divergence else None,
            ahead=found.ahead,
        )


class RehearsalView(View):
    """A page of rehearsed cases."""

    process: str
    digest: str
    counts: dict[str, int]
    cases: list[CaseRehearsalView]
    next: Annotated[str | None, Field(description="`after` of the next page.")]

    @classmethod
    def of(cls, found: Rehearsal) -> RehearsalView:
        """The page as it is shown."""
        return cls(
            process=found.definition.reference,
            digest=found.definition.digest,
            counts=found.counts,
            cases=[CaseRehearsalView.of(case) for case in found.cases],
            next=found.after,
        )


class RehearsalForm(Form):
    """What is to be rehearsed."""

    mapping: dict[Name, Name] = Field(default_factory=dict, description="Old name of a step → new name.")
    after: Text = ""
    limit: Annotated[int, Field(ge=1, le=CASES_A_REQUEST)] = CASES_A_REQUEST


class MigrationForm(Form):
    """Which cases are to be moved where, and why."""

    source: Name
    target: Name
    cases: Annotated[list[Name], Field(min_length=1, max_length=CASES_A_REQUEST)]
    mapping: dict[Name, Name] = Field(default_factory=dict, description="Old name of a step → new name.")
    reason: Text
    only_fitting: Annotated[bool, Field(description="Leave cases that went another way where they are.")] = True
    dry_run: bool = False

    @property
    def order(self) -> Order:
        """The order that this is."""
        return Order(
            source=self.source,
            target=self.target,
            names=self.mapping,
            reason=self.reason,
            only_fitting=self.only_fitting,
            dry_run=self.dry_run,
        )


class MigratedView(View):
    """What became of one case."""

    case: str
    moved: bool
    why: str | None
    stands_at: str | None
    lapsed: Annotated[list[str], Field(description="Tasks that are asked anew.")]

    @classmethod
    def of(cls, found: Migrated) -> MigratedView:
        """The result as it is shown."""
        return cls(
            case=found.case_id,
            moved=found.moved,
            why=found.why,
            stands_at=found.stands_at,
            lapsed=list(found.lapsed),
        )


class MigrationView(View):
    """What became of the cases."""

    source: str
    target: str
    dry_run: bool
    cases: list[MigratedView]
