"""What a replay reports: flips, money, people's work, and all that it cannot say."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from policies.fact import FactValue

FLIPS_LISTED = 1000
NO_CURRENCY = "XXX"
"""ISO 4217 for no currency: the field declares none, or it was unknown."""


class Part(BaseModel):
    """A frozen part of a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Flip(Part):
    """A recorded verdict that the new rules would have given otherwise; rules are those that decided."""

    seq: int
    case: str
    step: str
    point: str
    kind: str
    before: str
    after: str
    rules_before: tuple[str, ...]
    rules_after: tuple[str, ...]


class Change(Part):
    """How many verdicts and cases changed in one way. Money is minor units by currency, each case once."""

    verdicts: int = 0
    cases: int = 0
    money: dict[str, int] = Field(default_factory=dict)


class Wait(Part):
    """Cases that would have waited at a step for a person, and how long past tasks of that step waited.

    An estimate: the median of past answers, None where there are none.
    """

    step: str
    cases: int
    past_tasks: int
    median_seconds: int | None


class Baseline(Part):
    """The activation that the new rules were compared with; number 0 is what came with the release."""

    number: int
    digest: str


class UnknownInput(Part):
    """Verdicts for which the new rules need facts that were not recorded: nothing is guessed about them."""

    verdicts: int = 0
    cases: int = 0
    fields: dict[str, int] = Field(default_factory=dict)


class Recomputed(Part):
    """Verdicts judged again by the very rules that gave them: `different` must be 0, or nothing here can be relied on.

    `text_missing` were given by a pack whose text is not stored.
    """

    identical: int = 0
    different: int = 0
    text_missing: int = 0
    first_different: tuple[int, ...] = ()


class ReplayReport(Part):
    """What a pack would have made of the recorded verdicts, compared with what is active now."""

    pack: str
    version: str
    digest: str
    parameters: dict[str, FactValue]
    against: Baseline
    since: date | None
    only_cases: tuple[str, ...] | None
    made_at: datetime
    up_to_entry: int
    verdicts: int
    cases: int
    newly_blocked: Change
    newly_reviewed: Change
    newly_allowed: Change
    amounts_from: dict[str, int]
    """Cases by the field their amount was taken from: the first money field, in the pack's order, that was recorded."""
    tasks_more: int
    tasks_less: int
    waits: tuple[Wait, ...]
    unknown_input: UnknownInput
    erased: int
    recorded_faults: int
    """Verdicts that were faults when they were given: what was asked then is not recorded whole."""
    new_faults: int
    first_fault: str | None
    never_in_force: tuple[str, ...]
    """Rules of the new pack that were not in force on any replayed day: this replay says nothing about them."""
    recomputed: Recomputed
    flips: tuple[Flip, ...]

    @property
    def flipped(self) -> int:
        """How many verdicts changed."""
        return self.newly_blocked.verdicts + self.newly_reviewed.verdicts + self.newly_allowed.verdicts

    @property
    def extra_tasks(self) -> int:
        """How much more people are asked; negative is less."""
        return self.tasks_more - self.tasks_less
