"""How much of a document is read before it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper bounds, each inclusive: a document exactly at a limit is read."""

    max_bytes: int = 20 * MEBIBYTE
    max_pages: int = 100
    max_scanned_pages: int = 20
    max_pixels: int = 60_000_000
    max_xml_depth: int = 64
    max_xml_elements: int = 200_000
    max_characters_per_page: int = 60_000
    time_limit: timedelta = timedelta(seconds=30)
    scan_seconds: int = 240
    memory_bytes: int = 1024 * MEBIBYTE


DEFAULT_LIMITS = Limits()
