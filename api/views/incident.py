"""Incidents as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.views.view import Form, Text, View
from graphs.store.tables import Incident


class IncidentView(View):
    """A failure that automation could not resolve."""

    id: str
    case: str
    step: Annotated[str, Field(description="The last step that had ended when it happened.")]
    kind: str
    code: str
    message: str
    fingerprint: Annotated[str, Field(description="Equal for equal failures.")]
    status: str
    created_at: datetime
    closed_at: datetime | None
    closed_by: str | None

    @classmethod
    def of(cls, incident: Incident) -> IncidentView:
        """The row as it is shown."""
        return cls(
            id=incident.id,
            case=incident.case_id,
            step=incident.step,
            kind=incident.kind,
            code=incident.code,
            message=incident.message,
            fingerprint=incident.fingerprint,
            status=incident.status,
            created_at=incident.created_at,
            closed_at=incident.closed_at,
            closed_by=incident.closed_by,
        )


class IncidentCloseForm(Form):
    """Why an incident that stopped no case is closed."""

    reason: Text


class IncidentList(View):
    """Incidents, newest first."""

    incidents: list[IncidentView]
