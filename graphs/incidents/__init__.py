"""Incidents: what automation could not resolve, one by one and by the cause they share."""

from __future__ import annotations

from graphs.incidents.desk import OPEN, RETRY, CaseNotStopped, CaseStopped, IncidentDesk

__all__ = ["OPEN", "RETRY", "CaseNotStopped", "CaseStopped", "IncidentDesk"]
