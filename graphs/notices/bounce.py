"""A bounce: the mail of a case came back, which is an incident of that case."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from graphs.runtime.incident import opened
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.information import InformationRequests
from graphs.store.notices import Notices
from graphs.store.tables import Case, Incident
from tools.inlet import Bounce
from tools.mail.address import domain_of
from tools.mail.identity import message_id_of, own_part_of

CODE = "bounced"
MAIL_TOOL = "mail.send"
BOUNCES = uuid.UUID("0c7e1f86-8f0f-4f5e-8b43-0a3a53f4d9a1")


async def report_bounce(services: Services, tenant: str, bounce: Bounce) -> str | None:
    """Open an incident of the case that sent the mail, once a mail; returns the case, None where nobody sent it.

    The case itself goes on or stays ended: what it did is done. Its notices say that they came back.
    """
    now = services.clock()
    async with services.database.unit_of_work(tenant) as unit:
        found = await _sender(unit, tenant, bounce)
        if found is None:
            return None
        case, step = found
        incident = _incident(case, step, bounce, now=now)
        if all(known.id != incident.id for known in await unit.incidents.of_case(case.id)):
            unit.session.add(incident)
            unit.record(tenant, opened(incident, mail=bounce.message_id))
            await Notices(unit.session).bounced(case.id, why=incident.message)
        return case.id


async def _sender(unit: UnitOfWork, tenant: str, bounce: Bounce) -> tuple[Case, str] | None:
    """The case that sent the mail, with the step: by the key that came back with it, or by the Message-ID."""
    domain = domain_of(bounce.message_id.removesuffix(">"))
    if bounce.key and message_id_of(bounce.key, domain=domain) == bounce.message_id:
        effect = await unit.effects.by_key(tenant, bounce.key)
        if effect is not None and effect.tool == MAIL_TOOL:
            return await unit.cases.get(effect.case_id), effect.step
    request = await InformationRequests(unit.session).of_mail(tenant, own_part_of(bounce.message_id))
    if request is not None:
        return await unit.cases.get(request.id), "send_request"
    case_id = await Notices(unit.session).delivery_of_message(tenant, bounce.message_id)
    return (await unit.cases.get(case_id), "deliver") if case_id else None


def _incident(case: Case, step: str, bounce: Bounce, *, now: datetime) -> Incident:
    """The incident, with an id that is the same however often the report comes."""
    said = " ".join(part for part in (bounce.status, bounce.reason) if part)
    return Incident(
        id=str(uuid.uuid5(BOUNCES, f"{case.tenant}/{bounce.message_id}")),
        tenant=case.tenant,
        case_id=case.id,
        step=step,
        kind="Bounce",
        code=CODE,
        message=f"the mail came back: {said or 'the report does not say why'}"[:500],
        fingerprint=hashlib.sha256(f"{case.process}/{step}/{MAIL_TOOL}/{CODE}".encode()).hexdigest()[:16],
        status="open",
        created_at=now,
    )
