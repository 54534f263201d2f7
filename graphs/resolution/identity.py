"""The ids of the cases that look after an incident: whoever knows the incident knows them."""

from __future__ import annotations

import uuid

RESOLUTIONS = uuid.UUID("7b0f4f0e-52c1-4d5e-9c40-0d1f0f6a9a31")


def resolution_id(incident_id: str, *, applied: bool = False) -> str:
    """The id of the case that looks for a fix of the incident, or of the one that applies it for a person."""
    return str(uuid.uuid5(RESOLUTIONS, f"{'apply/' if applied else ''}{incident_id}"))
