"""How a performer stands now: its target's breaker, slots and queue, or the people who could do it by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from graphs.routing.performers.hands import Hands


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a performer at an instant.

    `off` is why a person has switched it off, None where it is on. `left_alone_until` is when the breaker lets a call
    through again, `free_at` when the next call is allowed by the rate. `at_once` is how many it serves at the same time
    (None: no limit), `ahead` how many are being served or wait. `usual` is the median time of the last `samples`.
    `hands` is who would do it by hand; None for everything that works at any hour.
    """

    off: str | None = None
    left_alone_until: datetime | None = None
    free_at: datetime | None = None
    at_once: int | None = None
    ahead: int = 0
    usual: timedelta | None = None
    samples: int = 0
    hands: Hands | None = None

    def starts_at(self, now: datetime, *, takes: timedelta) -> datetime | None:
        """When it would begin: once the breaker, the rate, those before it and people's hours let it.

        None where nobody knows when people work.
        """
        begins = max(found for found in (now, self.left_alone_until, self.free_at) if found is not None)
        turns = 0
        if self.at_once is not None and self.ahead >= self.at_once:
            turns = (self.ahead - self.at_once) // max(1, self.at_once) + 1
        reached = self._worked(begins, turns * takes)
        # Who is through with what was before it as their day ends begins with it on the next.
        return self._worked(reached, timedelta(0)) if reached is not None else None

    def done_at(self, starts_at: datetime, *, takes: timedelta) -> datetime | None:
        """When it would be done, of people in their own hours; None where nobody knows."""
        return self._worked(starts_at, takes)

    def _worked(self, at: datetime, work: timedelta) -> datetime | None:
        return at + work if self.hands is None else self.hands.after(at, work)

    def in_words(self, now: datetime) -> str:
        """What keeps it from beginning at once; empty where nothing does."""
        found: list[str] = [self.hands.words] if self.hands is not None and self.hands.words else []
        if self.left_alone_until is not None and self.left_alone_until > now:
            found.append(f"its breaker is open until {self.left_alone_until.isoformat(timespec='seconds')}")
        if self.free_at is not None and self.free_at > now:
            found.append(f"its rate allows the next call at {self.free_at.isoformat(timespec='seconds')}")
        if self.at_once is not None and self.ahead >= self.at_once:
            found.append(f"{self.ahead} are before it, and it serves {self.at_once} at once")
        return "; ".join(found)
