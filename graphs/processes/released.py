"""The release's process definitions: every version of every process that cases may be pinned to."""

from __future__ import annotations

from graphs.process import ProcessDefinition
from graphs.processes import (
    bank_change,
    incident_resolution,
    information_request,
    notification,
    procure_to_pay,
    supplier_mail,
)
from graphs.processes.procure_to_pay import order_confirmation, portal_invoices


def process_definitions() -> list[ProcessDefinition]:
    """Every version of every process that cases may be pinned to. Each has golden checkpoints (`tests/golden`)."""
    return [
        *procure_to_pay.released(),
        *order_confirmation.released(),
        portal_invoices.definition(),
        supplier_mail.definition(),
        bank_change.definition(),
        incident_resolution.definition(),
        notification.definition(),
        information_request.definition(),
    ]
