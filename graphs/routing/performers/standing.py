"""How a performer stands now: its target's breaker, slots and queue, or the people who could do it by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a performer at an instant.

    `off` is why a person has switched it off, None where it is on. `left_alone_until` is when the breaker lets a call
    through again, `free_at` when the next call is allowed by the rate. `at_once` is how many it serves at the same time
    (None: no limit), `ahead` how many are being served or wait. `usual` is the median time of the last `samples`.
    """

    off: str | None = None
    left_alone_until: datetime | None = None
    free_at: datetime | None = None
    at_once: int | None = None
    ahead: int = 0
    usual: timedelta | None = None
    samples: int = 0

    def starts_at(self, now: datetime, *, takes: timedelta) -> datetime:
        """When it would begin: once the breaker, the rate and those before it let it."""
        begins = max(found for found in (now, self.left_alone_until, self.free_at) if found is not None)
        if self.at_once is None or self.ahead < self.at_once:
            return begins
        turns = (self.ahead - self.at_once) // max(1, self.at_once) + 1
        return begins + turns * takes

    def in_words(self, now: datetime) -> str:
        """What keeps it from beginning at once; empty where nothing does."""
        found: list[str] = []
        if self.left_alone_until is not None and self.left_alone_until > now:
            found.append(f"its breaker is open until {self.left_alone_until.isoformat(timespec='seconds')}")
        if self.free_at is not None and self.free_at > now:
            found.append(f"its rate allows the next call at {self.free_at.isoformat(timespec='seconds')}")
        if self.at_once is not None and self.ahead >= self.at_once:
            found.append(f"{self.ahead} are before it, and it serves {self.at_once} at once")
        return "; ".join(found)
