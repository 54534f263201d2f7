"""Mails that arrive in a mailbox, and an inlet desk that looks at them once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from api.inlets import InletDesk, Source
from graphs.runtime.services import Services
from graphs.store.inlet_turns import InletTurns
from tools.document.isolation import NO_SAFEGUARDS, Safeguards
from tools.mail.arrival import Reading
from tools.mail.inlet import MailInlet
from tools.mail.position import Position
from tools.testing.mail import MemoryMailbox


async def looked_at(
    services: Services,
    url: str,
    folder: Path,
    reading: Reading,
    box: MemoryMailbox,
    *,
    safeguards: Safeguards = NO_SAFEGUARDS,
) -> None:
    """Look at the mailbox of tenant `acme` once; `folder` keeps how far it was read."""
    inlet = MailInlet(
        name="mail",
        mailbox=box,
        reading=reading,
        position=Position.read(folder / "position.json"),
        interval=timedelta(seconds=1),
        batch_bytes=10**7,
    )
    turns = InletTurns(url, role=None)
    try:
        desk = InletDesk(services=services, turns=turns, safeguards=safeguards)
        await desk.look(Source(inlet=inlet, tenant="acme"))
    finally:
        await turns.close()
