"""How much of a document is read before it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper bounds, each inclusive: a document exactly at a limit is read.

    `max_pixels` bounds each picture, also one inside a PDF. `max_unpacked_bytes` bounds what an archive's members,
    or a PDF's attachments, hold together once they are unpacked. `memory_bytes` is address space of the process that
    reads one document, `time_limit` its wall clock and its processor time; the clock stands still while pages are
    recognised, for at most `scan_seconds`.
    """

    max_bytes: int = 20 * MEBIBYTE
    max_pages: int = 100
    max_scanned_pages: int = 20
    max_pixels: int = 50_000_000
    max_xml_depth: int = 64
    max_xml_elements: int = 200_000
    max_characters_per_page: int = 60_000
    max_page_objects: int = 50_000
    max_revisions: int = 5
    max_members: int = 50
    max_unpacked_bytes: int = 60 * MEBIBYTE
    time_limit: timedelta = timedelta(seconds=20)
    scan_seconds: int = 240
    memory_bytes: int = 512 * MEBIBYTE


DEFAULT_LIMITS = Limits()


def limits_data(limits: Limits) -> dict[str, Any]:
    """`limits` as JSON data, the time limit in seconds."""
    return {**asdict(limits), "time_limit": limits.time_limit.total_seconds()}


def limits_of(data: Mapping[str, Any]) -> Limits:
    """The limits that `limits_data` wrote."""
    given: dict[str, Any] = {**data, "time_limit": timedelta(seconds=data["time_limit"])}
    return Limits(**given)
