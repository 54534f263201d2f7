"""Duties as the engine keeps them: what an approval or an effect does to whom, and why somebody may not do it.

An act is looked at beside the acts on its subject that are on record, and is added only if none was added meanwhile.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.errors import DutiesConflict
from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import Authority, EffectStep, ProposeStep, ReviewStep, StepDuty
from graphs.store.statements import DUTIES, DUTY_LOCKS, json_text
from graphs.store.writer import Change
from policies.duties import DutyAct, DutyRules, SplitFound, ToxicFound, split_by, toxic_with

ACT_NAMESPACE = uuid.UUID("0d6a1f0e-3a0b-4c58-8a1e-6d4b2f9c7e31")
BY_ANSWER, BY_EFFECT = "answer", "effect"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDuty:
    """A duty that approving a task does. `by` is `answer`, or `effect` where it counts only once that happens.

    `subject` is None where it is not known; `asked_by` is who started the case.
    """

    duty: str
    subject: str | None
    by: str
    asked_by: str
    case: str
    amount_minor: int | None = None
    currency: str | None = None

    def as_data(self) -> dict[str, Any]:
        """As it stands with the task."""
        return {name: getattr(self, name) for name in self.__slots__}

    def act(self, step: str, *, who: str, also: Iterable[str] = (), at: datetime) -> DutyAct:
        """The act of doing it at a step of the case; done again, it is the same act.

        Raises `DutiesConflict` where nobody knows to whom it would be done.
        """
        if self.subject is None:
            raise DutiesConflict(f"{self.duty}: to whom this is done is not known, so nobody can say who may not do it")
        return DutyAct(
            id=str(uuid.uuid5(ACT_NAMESPACE, f"{self.case}/{step}/{self.duty}/{who}")),
            who=who,
            also=frozenset(also) - {who},
            did=self.duty,
            to=self.subject,
            at=at,
            asked_by=self.asked_by,
            of=self.case,
            amount_minor=self.amount_minor,
            currency=self.currency,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What is on record beside an act: other acts, and the number of the last one on its subject."""

    acts: Sequence[DutyAct]
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Acts that may be added, each with the number of the last act on its subject as it was looked at."""

    acts: Sequence[tuple[DutyAct, int]] = ()

    def add_to(self, change: Change, *, case_id: str, step: str) -> None:
        """Have them committed with the change, or the change refused."""
        for act, seen in self.acts:
            key = f"{change.tenant}/{act.to}"
            change.add(DUTY_LOCKS, key)
            change.add(
                DUTIES,
                key,
                seen,
                act.id,
                change.tenant,
                act.who,
                act.did,
                act.to,
                json_text(sorted(act.also)),
                act.asked_by,
                act.amount_minor,
                act.currency,
                case_id,
                step,
                act.at,
            )

    @property
    def recorded(self) -> list[dict[str, Any]]:
        """As the audit entry holds them."""
        return [
            {"id": act.id, "who": act.who, "also": sorted(act.also), "did": act.did, "to": act.to}
            for act, _ in self.acts
        ]


NOTHING = Claimed()
"""What most answers and effects do."""


def asked_duties(review: ReviewStep, definition: ProcessDefinition, view: CaseView) -> list[dict[str, Any]] | None:
    """What approving the review's question does, of itself and by the effect that it lets happen; None if nothing."""
    asked = [asked_duty(review.duty, BY_ANSWER, view, review.authority(view))] if review.duty else []
    of = definition.step(review.of)
    effect = definition.step(of.allow) if isinstance(of, ProposeStep) else None
    if isinstance(effect, EffectStep) and effect.duty is not None:
        asked.append(asked_duty(effect.duty, BY_EFFECT, view, review.authority(view)))
    return [duty.as_data() for duty in asked] or None


def asked_duty(duty: StepDuty, by: str, view: CaseView, authority: Authority | None) -> AskedDuty:
    """The duty, done to the subject that the case is about."""
    return AskedDuty(
        duty=duty.name,
        subject=duty.subject(view),
        by=by,
        asked_by=view.requester,
        case=view.case_id,
        amount_minor=authority.amount_minor if authority else None,
        currency=authority.currency if authority else None,
    )


def check_act(
    rules: DutyRules, act: DutyAct, record: OnRecord, *, names: Mapping[str, str], limit_minor: int | None = None
) -> None:
    """Raises `DutiesConflict` that shows the earlier act; `limit_minor` is up to which amount they may decide."""
    toxic = toxic_with(rules, act, record.acts)
    if toxic:
        raise DutiesConflict(toxic_text(toxic[0], act, names))
    if limit_minor is None or act.currency is None:
        return
    for rule in rules.splits:
        split = split_by(rule, act, record.acts, limit_minor=limit_minor, currency=act.currency)
        if split is not None:
            raise DutiesConflict(split_text(split, names))


def toxic_text(found: ToxicFound, act: DutyAct, names: Mapping[str, str]) -> str:
    """What was done earlier, by whom and when, and which rule keeps both apart."""
    other = found.earlier if found.later.id == act.id else found.later
    people = ", ".join(names.get(person, person) for person in found.people)
    return (
        f"{people} did {other.did} to {other.to} on {other.at.date().isoformat()} (act {other.id}), which does not go "
        f"together with {act.did}: {found.rule}, {found.title} ({found.source}). Somebody else must answer"
    )


def split_text(found: SplitFound, names: Mapping[str, str]) -> str:
    """Which acts together are over the limit that each is just under."""
    ids = ", ".join(act.id for act in found.acts[:-1])
    common = names.get(found.common, found.common)
    return (
        f"with this, {len(found.acts)} of {common} just under the limit of {found.limit_minor} {found.currency} minor "
        f"units are {found.sum_minor} together (acts {ids}): {found.rule}, {found.title} ({found.source}). Somebody "
        "with a limit of at least the sum must answer"
    )
