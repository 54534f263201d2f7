"""Traces of a program, from its start to its end, where OpenTelemetry's standard variables ask for them.

Without `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) nothing is imported and nothing traced.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from api.errors import SettingsInvalid
from api.version import installed_version

EXPORTER = "tools.telemetry.otel"
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether spans are to be sent. Raises `SettingsInvalid` for what Interlock cannot do."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    if exporter == "none" or not any(environment.get(name, "").strip() for name in ENDPOINTS):
        return False
    if exporter != "otlp":
        raise SettingsInvalid(f"OTEL_TRACES_EXPORTER: {exporter!r} is not known here: set `otlp` or `none`")
    protocol = next((said for name in PROTOCOLS if (said := environment.get(name, "").strip())), PROTOCOL)
    if protocol != PROTOCOL:
        raise SettingsInvalid(f"{PROTOCOLS[1]}: spans are sent as {PROTOCOL} only, not as {protocol!r}")
    return True


@contextmanager
def traces(role: str) -> Iterator[None]:
    """Send spans until the block ends, where that is wanted. Raises `SettingsInvalid`."""
    if not wanted(os.environ):
        yield
        return
    exporting = importlib.import_module(EXPORTER).Exporting(version=installed_version(), role=role)
    try:
        yield
    finally:
        exporting.close()
