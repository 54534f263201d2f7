"""Approvals: what a verdict still needs from people.

An approval counts only for the digest it was given for, never from the requester, and once a person. Whoever answers
in somebody's place is one person with them, and so is an agent with its sponsor.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from policies.verdict import Verdict, VerdictKind

FOUR_EYES = "four_eyes"
"""The one obligation that people fulfil by their number, not by evidence."""


class Approval(BaseModel):
    """A person's yes to exactly what had this digest, with the evidence they add.

    `through` are the people in whose place they answered; `limit_minor` is up to which amount they may decide (None:
    not on amounts at all); `evidence` names the obligation it fulfils and says by what:
    `{"callback_verification": "call 4711"}`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str = Field(min_length=1)
    through: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    limit_minor: int | None = None
    digest: str = Field(min_length=1)
    at: str
    evidence: dict[str, str] = Field(default_factory=dict)

    @property
    def people(self) -> frozenset[str]:
        """Everybody it counts for."""
        return frozenset({self.by, *self.through})


class Outstanding(BaseModel):
    """What is still needed before the action may be carried out.

    `approvals_needed` counts people; none of `excluded` may be one of them; at least one must have
    authority over `required_limit_minor` where it is set. `denied` means that no approval helps.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    approvals_needed: int
    excluded: tuple[str, ...]
    required_limit_minor: int | None = None
    obligations: tuple[str, ...] = ()
    denied: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing is missing any more."""
        return not (self.denied or self.approvals_needed or self.obligations)


def outstanding(
    verdict: Verdict,
    *,
    digest: str,
    approvals: Iterable[Approval],
    requester: str,
    amount_minor: int | None = None,
    sponsor: str | None = None,
    person_needed: bool = False,
) -> Outstanding:
    """What `verdict` still needs, given the approvals of what has `digest` now.

    `amount_minor` is the amount somebody must have the authority for; None when no money is meant. `sponsor` is who
    answers for a requester that is an agent; with `person_needed` it may not move that amount by itself, and
    what the rules allow needs a person all the same.
    """
    given = counted(approvals, digest=digest, requester=requester, sponsor=sponsor)
    answered = {person for approval in given.values() for person in approval.people}
    excluded = tuple(sorted({requester, *answered} | ({sponsor} if sponsor else set())))
    if verdict.kind is VerdictKind.DENY:
        return Outstanding(approvals_needed=0, excluded=excluded, denied=True)
    if verdict.kind is VerdictKind.ALLOW and not person_needed:
        return Outstanding(approvals_needed=0, excluded=excluded)
    unmet = open_obligations(verdict, given.values())
    covered = amount_minor is None or any(_may_decide(approval, amount_minor) for approval in given.values())
    people = 2 if FOUR_EYES in verdict.obligations and FOUR_EYES not in verdict.met else 1
    # Evidence and authority come with an approval, so while one of them is missing one more is needed.
    missing = max(people - len(given), 1 if unmet or not covered else 0)
    return Outstanding(
        approvals_needed=missing,
        excluded=excluded,
        required_limit_minor=None if covered else amount_minor,
        obligations=unmet,
    )


def counted(
    approvals: Iterable[Approval], *, digest: str, requester: str, sponsor: str | None = None
) -> dict[str, Approval]:
    """The approvals that count, by person: the same digest, of nobody who asked or who has been counted before."""
    given: dict[str, Approval] = {}
    taken = {requester} | ({sponsor} if sponsor else set())
    for approval in approvals:
        if approval.digest == digest and not approval.people & taken:
            given[approval.by] = approval
            taken |= approval.people
    return given


def open_obligations(verdict: Verdict, approvals: Iterable[Approval]) -> tuple[str, ...]:
    """The obligations of `verdict` that the counted approvals do not fulfil yet."""
    given = {approval.by: approval for approval in approvals}
    proven = {name for item in given.values() for name, proof in item.evidence.items() if proof.strip()}
    proven.discard(FOUR_EYES)
    if len(given) > 1:
        proven.add(FOUR_EYES)
    return tuple(name for name in verdict.obligations if name not in proven and name not in verdict.met)


def _may_decide(approval: Approval, amount_minor: int) -> bool:
    return approval.limit_minor is not None and abs(amount_minor) <= approval.limit_minor
