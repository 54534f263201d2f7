"""Approvals: what a verdict still needs from people.

An approval counts only for the digest it was given for, never from the requester, and once a person.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from policies.verdict import Verdict, VerdictKind

FOUR_EYES = "four_eyes"
"""The one obligation that people fulfil by their number, not by evidence."""


class Approval(BaseModel):
    """A person's yes to exactly what had this digest, with the evidence they add.

    `limit_minor` is up to which amount they may decide (None: not on amounts at all); `evidence`
    names the obligation it fulfils and says by what: `{"callback_verification": "call 4711"}`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str = Field(min_length=1)
    roles: tuple[str, ...] = ()
    limit_minor: int | None = None
    digest: str = Field(min_length=1)
    at: str
    evidence: dict[str, str] = Field(default_factory=dict)


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
) -> Outstanding:
    """What `verdict` still needs, given the approvals of what has `digest` now.

    `amount_minor` is the amount somebody must have the authority for; None when no money is meant.
    """
    given = counted(approvals, digest=digest, requester=requester)
    excluded = tuple(sorted({requester, *given}))
    if verdict.kind is VerdictKind.DENY:
        return Outstanding(approvals_needed=0, excluded=excluded, denied=True)
    if verdict.kind is VerdictKind.ALLOW:
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


def counted(approvals: Iterable[Approval], *, digest: str, requester: str) -> dict[str, Approval]:
    """The approvals that count, by person: the same digest, not the requester's, the first of each."""
    given: dict[str, Approval] = {}
    for approval in approvals:
        if approval.digest == digest and approval.by != requester:
            given.setdefault(approval.by, approval)
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
