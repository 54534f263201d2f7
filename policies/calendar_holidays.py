"""Public holidays of countries and their parts: facts of the library `holidays`, asked nowhere else.

The library takes about a second to load: import this module beside an event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

import holidays

from policies.calendar import HolidayRegion
from policies.errors import CalendarInvalid


def holidays_of(region: HolidayRegion) -> Callable[[int], Mapping[date, str]]:
    """The holidays of the region, by year: day and name. Raises `CalendarInvalid` for a region nobody knows."""

    def of_year(year: int) -> Mapping[date, str]:
        language = region.language or _own_language(region.country)
        return in_year(region.country, region.subdivision, region.categories, region.observed, language, year)

    try:
        of_year(2026)
    except (NotImplementedError, ValueError, AttributeError) as error:
        place = "-".join(part for part in (region.country, region.subdivision) if part)
        raise CalendarInvalid(where="holidays", why=f"nothing is known of {place}: {error}") from error
    return of_year


@lru_cache(maxsize=512)
def in_year(
    country: str, subdivision: str | None, categories: tuple[str, ...], observed: bool, language: str | None, year: int
) -> Mapping[date, str]:
    """Raises what `holidays.country_holidays` raises."""
    found = holidays.country_holidays(
        country,
        subdiv=subdivision,
        years=year,
        expand=False,
        observed=observed,
        categories=categories,
        language=language,
    )
    return dict(found)


def _own_language(country: str) -> str | None:
    """The country's own: without one, the library would take that of the machine."""
    language = getattr(getattr(holidays, country, None), "default_language", None)
    return language if isinstance(language, str) else None
