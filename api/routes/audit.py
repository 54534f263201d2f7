"""The audit trail as a whole."""

from __future__ import annotations

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredServices
from api.views.audit import AuditVerification
from graphs.intake import require

AUDIT = "audit.read"

router = APIRouter(tags=["audit"], responses=PROBLEMS)


@router.get("/audit/verify")
async def verify_audit(actor: CurrentActor, services: WiredServices) -> AuditVerification:
    """Recompute the tenant's hash chain: finds an edited, deleted, swapped or cut-off entry."""
    require(actor, AUDIT)
    async with services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
        return AuditVerification.of(await unit.audit_log.verify(actor.tenant))
