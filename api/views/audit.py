"""The audit trail as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.progress_lines import Stopped
from api.views.view import View
from graphs.audit import ChainEntry, Verification
from graphs.store.audit_search import AuditFindings
from graphs.trail_check import CheckedHead, TrailResult


class AuditEntryView(View):
    """One link of the chain with its values; an erased value is null."""

    seq: int
    at: datetime
    kind: str
    actor: str
    case: str | None
    step: str | None
    values: dict[str, Any]
    hash: str
    previous_hash: str

    @classmethod
    def of(cls, entry: ChainEntry, values: Mapping[str, Any]) -> AuditEntryView:
        """The entry as it is shown."""
        return cls(
            seq=entry.seq,
            at=entry.at,
            kind=entry.kind,
            actor=entry.actor,
            case=entry.case_id,
            step=entry.step,
            values=dict(values),
            hash=entry.hash,
            previous_hash=entry.previous_hash,
        )


class AuditTrail(View):
    """The entries of one case, in order."""

    entries: list[AuditEntryView]


class FoundEntryView(AuditEntryView):
    """An entry that was found, with the name of who acted."""

    actor_name: Annotated[str, Field(description="Empty where no person is known by that id.")]


class AuditPage(View):
    """What was found in a stretch of the trail, the newest first."""

    entries: list[FoundEntryView]
    looked_to: Annotated[int, Field(description="The oldest number that was looked at.")]
    looked_to_at: datetime | None
    next: Annotated[int | None, Field(description="Cursor with which the search goes on, null at its end.")]

    @classmethod
    def of(cls, found: AuditFindings, names: Mapping[str, str]) -> AuditPage:
        """The findings as they are shown."""
        return cls(
            entries=[
                FoundEntryView(**AuditEntryView.of(entry, values).model_dump(), actor_name=names.get(entry.actor, ""))
                for entry, values in found.entries
            ],
            looked_to=found.looked_to,
            looked_to_at=found.looked_to_at,
            next=found.following,
        )


class AuditProblem(View):
    """What is wrong, and at which number."""

    seq: int
    what: str


class AuditVerification(View):
    """The result of recomputing a tenant's whole chain."""

    sound: bool
    tenant: str
    entries: int
    values: int
    erased: Annotated[int, Field(description="Values that were erased; the chain stays sound.")]
    head: str
    problems: list[AuditProblem]

    @classmethod
    def of(cls, found: Verification) -> AuditVerification:
        """The result as it is shown."""
        return cls(
            sound=found.sound,
            tenant=found.tenant,
            entries=found.entries,
            values=found.values,
            erased=found.erased,
            head=found.head,
            problems=[AuditProblem(seq=problem.seq, what=problem.what) for problem in found.problems],
        )


class SignedHeadView(View):
    """The newest signed checkpoint beside the entries that it covers."""

    key: Annotated[str, Field(description="Verifier key that it is opened with.")]
    origin: str
    size: Annotated[int, Field(description="How many entries it covers; 0 where it cannot be opened.")]
    at: datetime | None
    problem: Annotated[str, Field(description="What does not fit; empty where everything does.")]

    @classmethod
    def of(cls, head: CheckedHead) -> SignedHeadView:
        """The head as it is shown."""
        return cls(key=head.key, origin=head.origin, size=head.size, at=head.at, problem=head.problem)


class TrailVerification(View):
    """The result of checking a whole trail: its chain, and its newest signed head."""

    sound: bool
    chain: AuditVerification
    head: SignedHeadView | None

    @classmethod
    def of(cls, found: TrailResult) -> TrailVerification:
        """The result as it is shown."""
        head = SignedHeadView.of(found.head) if found.head else None
        return cls(sound=found.sound, chain=AuditVerification.of(found.chain), head=head)


class TrailProgressView(View):
    """How far a check is: entry `entry` of `of`."""

    entry: int
    of: int


class TrailLine(View):
    """A line of a check: one of these."""

    progress: TrailProgressView | None = None
    result: TrailVerification | None = None
    problem: Stopped | None = None


class SigningKey(View):
    """What an outsider should have from us before a dossier."""

    key: Annotated[str, Field(description="Verifier key (C2SP signed note): name+id+base64.")]
    origin: Annotated[str, Field(description="Name of the tenant's log: the first line of each of its checkpoints.")]
    checkpoint: Annotated[str | None, Field(description="The newest checkpoint, a signed note.")]
