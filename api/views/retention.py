"""Retention as the API shows and takes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from api.views.view import Form, Name, Text, View
from graphs.erasure import BEYOND, ErasurePlan, ErasureRequest
from graphs.holds import HoldScope
from graphs.retention import RetentionRun
from graphs.store.retention_tables import LegalHold, RetentionPolicy

DAY = timedelta(days=1)
MAX_DAYS = 36_500
Days = Annotated[int | None, Field(ge=0, le=MAX_DAYS, description="Days after the end of a case; null is never.")]


class PolicyView(View):
    """How long cases of a process that ended with a status are kept."""

    process: str
    status: str
    compact_after_days: int | None
    erase_after_days: int | None
    set_by: str
    since: datetime

    @classmethod
    def of(cls, policy: RetentionPolicy) -> PolicyView:
        """The row as it is shown."""
        return cls(
            process=policy.process,
            status=policy.status,
            compact_after_days=days(policy.compact_after),
            erase_after_days=days(policy.erase_after),
            set_by=policy.set_by,
            since=policy.since,
        )


class PolicyList(View):
    """All policies; the one that names more wins."""

    policies: list[PolicyView]


class PolicyForm(Form):
    """How long to keep."""

    process: Annotated[Name, Field(description="Name of a process, or `*`.")] = "*"
    status: Literal["*", "done", "rejected", "cancelled"] = "*"
    compact_after_days: Days = None
    erase_after_days: Days = None


class RunForm(Form):
    """Whether only to count."""

    dry_run: bool = False


class RunView(View):
    """What a run did, or would do."""

    dry_run: bool
    compacted: int
    erased: int

    @classmethod
    def of(cls, run: RetentionRun, *, dry: bool) -> RunView:
        """The result as it is shown."""
        return cls(dry_run=dry, compacted=run.compacted, erased=run.erased)


class HoldForm(Form):
    """What to hold, and why."""

    scope: Literal["case", "user", "party"]
    subject: Annotated[Name, Field(description="Id of a case or user, or a party's key as it stands in the cases.")]
    why: Text

    @property
    def held(self) -> HoldScope:
        """The scope as a value."""
        return HoldScope(self.scope)


class LiftForm(Form):
    """Why the hold is no longer needed."""

    why: Text


class HoldView(View):
    """A legal hold."""

    id: str
    scope: str
    subject: str
    why: str
    placed_by: str
    since: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lifted_why: str | None

    @classmethod
    def of(cls, hold: LegalHold) -> HoldView:
        """The row as it is shown."""
        return cls(
            id=hold.id,
            scope=hold.scope,
            subject=hold.subject,
            why=hold.why,
            placed_by=hold.placed_by,
            since=hold.since,
            lifted_by=hold.lifted_by,
            lifted_at=hold.lifted_at,
            lifted_why=hold.lifted_why,
        )


class HoldList(View):
    """Legal holds, newest first."""

    holds: list[HoldView]


class ErasureForm(Form):
    """What to erase. Without `confirm` nothing is erased, only listed."""

    case: Annotated[Name | None, Field(description="Id of a case that has ended.")] = None
    names: Annotated[list[Name], Field(default_factory=list, description="Only the case's values called so.")]
    value: Annotated[Text | None, Field(description="A text, wherever it stands.")] = None
    user: Annotated[Name | None, Field(description="Id of a user.")] = None
    reason: Text = ""
    confirm: Annotated[Name | None, Field(description="`digest` of what was listed.")] = None

    def request(self) -> ErasureRequest:
        """The request for the desk. Raises `Invalid`."""
        return ErasureRequest(case_id=self.case, names=tuple(self.names), value=self.value, user_id=self.user)


class ErasureView(View):
    """What would be, or was, erased."""

    erased: bool
    digest: Annotated[str, Field(description="Confirms exactly this.")]
    rows: Annotated[dict[str, int], Field(description="Rows that hold it, by table.")]
    columns: dict[str, list[str]]
    cases: list[str]
    kept_documents: Annotated[list[str], Field(description="Originals that other cases name, too: they stay.")]
    beyond: Annotated[list[str], Field(description="What this cannot reach.")]

    @classmethod
    def of(cls, plan: ErasurePlan) -> ErasureView:
        """The plan as it is shown."""
        return cls(
            erased=plan.erased,
            digest=plan.digest,
            rows=dict(plan.rows),
            columns={table: list(names) for table, names in plan.columns.items()},
            cases=list(plan.cases),
            kept_documents=list(plan.kept_originals),
            beyond=list(BEYOND),
        )


def days(age: timedelta | None) -> int | None:
    """An age in whole days."""
    return age // DAY if age is not None else None


def age(count: int | None) -> timedelta | None:
    """So many days."""
    return count * DAY if count is not None else None
