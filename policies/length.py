"""Lengths of time, as people write and say them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

LENGTH = re.compile(r"^(?:(\d{1,5})h)? ?(?:(\d{1,5})m)?$")


def written_length(value: Any) -> timedelta:
    """A length of time, written as `4h`, `90m` or `1h 30m`. Raises `ValueError`."""
    if isinstance(value, timedelta):
        return value
    found = LENGTH.match(value) if isinstance(value, str) and value else None
    length = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0)) if found else timedelta(0)
    if not length:
        raise ValueError(f"{value!r} is no length of time: write 4h, 90m or 1h 30m")
    return length


def write_length(length: timedelta) -> str:
    """As `written_length` reads it."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return f"{hours}h {minutes}m" if hours and minutes else f"{hours}h" if hours else f"{minutes}m"


Length = Annotated[timedelta, BeforeValidator(written_length), PlainSerializer(write_length, when_used="json")]


def spoken(length: timedelta) -> str:
    """`2 h`, `1 h 30 min`, `45 min`, and seconds where there are any."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"
