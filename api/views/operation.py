"""Groups of incidents, and operations on them, as the API takes and shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.views.incident import IncidentView
from api.views.steering import FactInput, Reason
from api.views.view import Form, Name, Text, View
from graphs.incidents.group import Group, GroupPage
from graphs.incidents.move import Move, MoveKind
from graphs.incidents.operation import OperationPage, Order, Preview, Progress
from graphs.incidents.pace import AT_ONCE, CANARY, MOST_AT_ONCE, MOST_CANARY
from graphs.store.incidents import GroupRow
from graphs.store.operation_tables import OperationItemRow

Kind = Literal["retry", "correct", "skip", "reroute", "cancel", "apply", "close"]
Values = Annotated[
    dict[Name, Text], Field(min_length=1, max_length=50, description="Fields as they are entered into a form.")
]
Facts = Annotated[dict[Name, FactInput], Field(max_length=50, description="What the step would have found.")]


class CorrectForm(Form):
    """Correct facts of the stopped case; it is judged again."""

    values: Values
    reason: Reason

    def move(self) -> Move:
        """The order."""
        return Move(kind=MoveKind.CORRECT, values=self.values)


class SkipForm(Form):
    """Let the stopped case go on behind the step it stands at."""

    step: Annotated[Name | None, Field(description="The step it stands at, if it should be no other.")] = None
    facts: Facts = Field(default_factory=dict)
    reason: Reason

    def move(self) -> Move:
        """The order."""
        return Move(kind=MoveKind.SKIP, step=self.step or "", facts=self.facts)


class RerouteForm(Form):
    """Let the stopped case go on from another step."""

    from_step: Name
    reason: Reason

    def move(self) -> Move:
        """The order."""
        return Move(kind=MoveKind.REROUTE, step=self.from_step)


class BulkForm(Form):
    """Which open incidents of the group are meant, how carefully, and whether only to look."""

    reason: Reason
    dry_run: Annotated[bool, Field(description="Say what would become of each case, and change nothing.")] = False
    versions: Annotated[
        list[Annotated[int, Field(ge=1, le=1_000_000)]],
        Field(max_length=50, description="Only cases of these versions."),
    ] = Field(default_factory=list)
    before: Annotated[AwareDatetime | None, Field(strict=False, description="Only incidents opened before then.")] = (
        None
    )
    incidents: Annotated[
        list[Annotated[UUID, Field(strict=False)]],
        Field(max_length=1000, description="Only these; else all open ones."),
    ] = Field(default_factory=list)
    canary: Annotated[int, Field(ge=1, le=MOST_CANARY, description="Tried before any other.")] = CANARY
    at_once: Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="Under way at once, at most.")] = AT_ONCE

    def move(self) -> Move:
        """The order about each incident."""
        return Move(kind=MoveKind.RETRY)

    def order(self, kind: MoveKind) -> Order:
        """The order about the group; `kind` where the form does not say."""
        move = self.move()
        return Order(
            move=move if move.kind is not MoveKind.RETRY else Move(kind=kind),
            reason=self.reason,
            versions=tuple(self.versions),
            before=self.before,
            incidents=tuple(str(incident) for incident in self.incidents),
            canary=self.canary,
            at_once=self.at_once,
        )


class BulkCorrectForm(BulkForm):
    """The same correction for all, each judged again by itself."""

    values: Values

    def move(self) -> Move:
        """The order about each incident."""
        return Move(kind=MoveKind.CORRECT, values=self.values)


class BulkSkipForm(BulkForm):
    """Skip the step that each case stands at."""

    step: Annotated[Name | None, Field(description="Only where it stands at this one.")] = None
    facts: Facts = Field(default_factory=dict)

    def move(self) -> Move:
        """The order about each incident."""
        return Move(kind=MoveKind.SKIP, step=self.step or "", facts=self.facts)


class BulkRerouteForm(BulkForm):
    """Let every case go on from another step."""

    from_step: Name

    def move(self) -> Move:
        """The order about each incident."""
        return Move(kind=MoveKind.REROUTE, step=self.from_step)


class GroupView(View):
    """Incidents of one cause."""

    fingerprint: str
    process: str
    versions: list[int]
    step: Annotated[str, Field(description="The step that failed.")]
    tool: str
    kind: str
    code: str
    shape: Annotated[str, Field(description="The message without the values of a case.")]
    open: int
    closed: int
    cases: int
    first_seen: datetime
    last_seen: datetime

    @classmethod
    def of(cls, row: GroupRow) -> Self:
        """The group as it is shown."""
        return cls(**_group(row))


def _group(row: GroupRow) -> dict[str, Any]:
    return {
        "fingerprint": row.fingerprint,
        "process": row.process,
        "versions": sorted(row.versions),
        "step": row.failed_step or row.step,
        "tool": row.tool or "",
        "kind": row.kind,
        "code": row.code,
        "shape": row.shape or row.message,
        "open": row.open,
        "closed": row.closed,
        "cases": row.cases,
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
    }


class GroupList(View):
    """Groups, the one that failed last first."""

    groups: list[GroupView]


class GroupDetail(GroupView):
    """A group with what to do next, what agents propose for it, and its incidents."""

    next_step: str
    fixes: Annotated[dict[str, int], Field(description="How often which fix is proposed; `none` where none is.")]
    looked_at: Annotated[int, Field(description="The oldest open incidents whose proposals were counted.")]
    same_fix: Annotated[str | None, Field(description="The fix that is proposed for all of them.")]
    operation: Annotated[str | None, Field(description="The operation under way for it.")]
    incidents: list[IncidentView]
    titles: Annotated[dict[str, str], Field(description="Titles of the incidents' cases by id.")]

    @classmethod
    def shown(cls, page: GroupPage) -> GroupDetail:
        """The page as it is shown."""
        group: Group = page.group
        return cls(
            **_group(group.row),
            next_step=group.next_step,
            fixes=dict(group.fixes),
            looked_at=group.asked,
            same_fix=group.one_fix,
            operation=group.under_way.id if group.under_way else None,
            incidents=[IncidentView.of(incident) for incident in page.incidents],
            titles=dict(page.titles),
        )


class OperationView(View):
    """One order about many, and how far it is."""

    id: str
    about: Annotated[str, Field(description="`incidents` of a group, or chosen `cases`.")]
    kind: Kind | Literal["suspend", "resume", "reassign"]
    fingerprint: Annotated[str, Field(description="The group's; of an order about cases, the digest of both.")]
    request: dict[str, Any]
    chosen: dict[str, Any]
    reason: str
    status: Annotated[str, Field(description="`running`, `done`, `stopped` or `cancelled`.")]
    why: Annotated[str, Field(description="Why it was stopped or cancelled.")]
    total: int
    waiting: int
    moving: Annotated[int, Field(description="Ordered; what came of it is not known yet.")]
    done: int
    failed: int
    left: Annotated[int, Field(description="Left as it was.")]
    canary: int
    at_once: int
    ordered_by: str
    ordered_at: datetime
    ended_at: datetime | None
    created: Annotated[bool, Field(description="False where the same order was under way already.")] = False

    @classmethod
    def of(cls, progress: Progress) -> OperationView:
        """The operation as it is shown."""
        return cls(**_operation(progress))


def _operation(progress: Progress) -> Mapping[str, Any]:
    row = progress.operation
    shown = (
        "id",
        "about",
        "kind",
        "fingerprint",
        "request",
        "chosen",
        "reason",
        "status",
        "why",
        "total",
        "canary",
        "at_once",
    )
    times = ("ordered_by", "ordered_at", "ended_at")
    return {**{name: getattr(row, name) for name in (*shown, *times)}, **progress.counts, "created": progress.created}


class OperationItemView(View):
    """What became of one incident or case."""

    incident: Annotated[str | None, Field(description="Null where the order is about the case.")]
    case: str
    place: int
    status: str
    code: str
    message: str
    ended_at: datetime | None

    @classmethod
    def of(cls, row: OperationItemRow) -> OperationItemView:
        """The item as it is shown."""
        return cls(
            incident=row.incident_id,
            case=row.case_id,
            place=row.place,
            status=row.status,
            code=row.code,
            message=row.message,
            ended_at=row.ended_at,
        )


class OperationDetail(OperationView):
    """An operation with its items, in order."""

    items: list[OperationItemView]

    @classmethod
    def shown(cls, page: OperationPage) -> OperationDetail:
        """The page as it is shown."""
        items = [OperationItemView.of(row) for row in page.items]
        return cls(**_operation(page.progress), items=items)


class OperationList(View):
    """Operations, newest first."""

    operations: list[OperationView]


class ForeseenView(View):
    """What would become of one incident: what is ordered, or the error that refuses it."""

    incident: str
    case: str
    ordered: str
    code: str
    message: str


class BulkAnswer(View):
    """The operation that was begun, or with `dry_run` what it would do to the first cases of `total`."""

    operation: OperationView | None = None
    total: int
    preview: list[ForeseenView] = Field(default_factory=list)

    @classmethod
    def begun(cls, progress: Progress) -> BulkAnswer:
        """The operation."""
        return cls(operation=OperationView.of(progress), total=progress.operation.total)

    @classmethod
    def foreseen(cls, preview: Preview) -> BulkAnswer:
        """What it would do."""
        cases = [
            ForeseenView(
                incident=found.incident_id,
                case=found.case_id,
                ordered=found.ordered,
                code=found.code,
                message=found.message,
            )
            for found in preview.cases
        ]
        return cls(total=preview.total, preview=cases)


class CancelOperationForm(Form):
    """Why an operation is ended."""

    reason: Reason


class Ordered(View):
    """What was ordered about an incident, in words."""

    incident: str
    case: str
    ordered: str
