"""What a forecast rests on, in one sentence: the share, the queue, and when somebody works again."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from policies.forecast import Estimate, NotEnough, Standing
from policies.length import spoken


def sentence(
    found: Estimate | NotEnough,
    standing: Standing,
    *,
    works_again: datetime | None = None,
    zone: ZoneInfo,
    who: str = "nobody who could take it",
) -> str:
    """As a person reads it: `24 %: 9 of 40 like it took longer than the 3 h 10 min left; 7 tasks are before it`.

    `works_again` is there where nobody works now.
    """
    if isinstance(found, NotEnough):
        return f"no forecast: {found.over} like it are over, and {found.needed} are needed"
    parts = [f"{percent(found.probability)}: {_share(found, standing)}"]
    if standing.ahead is not None:
        parts.append(_queue(standing.ahead))
    if works_again is not None:
        parts.append(f"{who} works before {works_again.astimezone(zone):%A %Y-%m-%d %H:%M}")
    return "; ".join(parts)


def _share(found: Estimate, standing: Standing) -> str:
    left = f"the {spoken(timedelta(seconds=standing.left // 60 * 60))} of working time left"
    if not found.alike:
        return f"none like it was at this step for so long; estimated from how long they take on average, with {left}"
    return f"{found.longer} of {found.alike} like it took longer than {left}"


def _queue(ahead: int) -> str:
    if ahead == 0:
        return "no task is before it"
    return f"{ahead} task{' is' if ahead == 1 else 's are'} before it"


def percent(probability: float) -> str:
    """As people read it; nothing that can still come out otherwise is shown as certain."""
    whole = round(100 * probability)
    if whole == 0 and probability > 0:
        return "less than 1 %"
    if whole == 100 and probability < 1:
        return "more than 99 %"
    return f"{whole} %"
