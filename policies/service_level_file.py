"""Calendars and service levels, as people write them in YAML."""

from __future__ import annotations

from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from policies.calendar import Calendar
from policies.errors import CalendarInvalid, RegisterInvalid, ServiceLevelInvalid
from policies.service_level import ServiceLevels
from policies.strict_yaml import read_strictly

SIZE_LIMIT = 200_000

Written = TypeVar("Written", bound=BaseModel)


def read_calendar(text: str, *, name: str) -> Calendar:
    """The calendar written in `text`; `name` stands in the errors. Raises `CalendarInvalid`."""
    return _read(text, Calendar, name=name, refused=CalendarInvalid)


def read_service_levels(text: str, *, name: str) -> ServiceLevels:
    """The service levels written in `text`; `name` stands in the errors. Raises `ServiceLevelInvalid`."""
    return _read(text, ServiceLevels, name=name, refused=ServiceLevelInvalid)


def _read(text: str, kind: type[Written], *, name: str, refused: type[RegisterInvalid]) -> Written:
    if len(text) > SIZE_LIMIT:
        raise refused(where=name, why=f"is longer than {SIZE_LIMIT} characters")
    try:
        data = read_strictly(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise refused(where=name, why=f"is not YAML: {error}") from error
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the text"
        raise refused(where=f"{name}: {place}", why=first["msg"]) from error
