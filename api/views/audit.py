"""The audit trail as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.views.view import View
from graphs.audit import ChainEntry, Verification


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


class SigningKey(View):
    """What an outsider should have from us before a dossier."""

    key: Annotated[str, Field(description="Verifier key (C2SP signed note): name+id+base64.")]
    origin: Annotated[str, Field(description="Name of the tenant's log: the first line of each of its checkpoints.")]
    checkpoint: Annotated[str | None, Field(description="The newest checkpoint, a signed note.")]
