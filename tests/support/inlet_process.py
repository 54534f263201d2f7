"""A process that looks once and dies at a point: `python -m tests.support.inlet_process URL KIND FOLDER AT`.

`AT` is `polled`, `committed` (nothing is put away yet), `renaming` (the text lies there, the file not yet), `renamed`,
or `end`, where it ends by itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from api.inlets import InletDesk, Source
from graphs.process import ProcessRegistry
from graphs.runtime.services import Services
from graphs.store.database import Database
from graphs.store.inlet_turns import InletTurns
from tests.support.arriving import arriving_definition
from tests.support.engine import SEAL
from tests.support.toy import toy_rulebook
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.drop.inlet import FileDropInlet
from tools.drop.settings import FileDropSettings
from tools.inlet import Arrival, Inlet, Settlement
from tools.mail.arrival import Reading
from tools.mail.inlet import MailInlet
from tools.mail.limits import DEFAULT_LIMITS
from tools.mail.maildir import MaildirMailbox
from tools.mail.position import Position


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """The inlet, in a process that dies at `at`."""

    def __init__(self, inlet: Inlet, at: str) -> None:
        self._inlet, self._at = inlet, at
        self.name, self.interval = inlet.name, inlet.interval

    async def poll(self) -> Sequence[Arrival]:
        arrivals = await self._inlet.poll()
        if self._at == "polled":
            die()
        return arrivals

    async def settle(self, arrival: Arrival, settlement: Settlement) -> None:
        if self._at == "committed":
            die()
        if self._at.startswith("renam"):
            die_at_rename(before=self._at == "renaming")
        await self._inlet.settle(arrival, settlement)


def die_at_rename(*, before: bool) -> None:
    """The next rename of what arrived is the last thing this process does, or does not do any more."""
    rename = os.rename

    def last(source: Any, target: Any, **known: Any) -> None:
        arrived = not str(source).endswith(".new")
        if arrived and before:
            die()
        rename(source, target, **known)
        if arrived:
            die()

    os.rename = last


def inlet_of(kind: str, folder: Path) -> Inlet:
    """The inlet that a new process opens."""
    if kind == "drop":
        settings = FileDropSettings(folder=folder, process="toy", stable_seconds=0)
        return FileDropInlet(name="drop", settings=settings)
    reading = Reading(process="toy", limits=DEFAULT_LIMITS, authserv_id=None, domain=None, without_document="case")
    return MailInlet(
        name="mail",
        mailbox=MaildirMailbox(path=folder),
        reading=reading,
        position=Position.read(folder.parent / "position.json"),
        interval=timedelta(seconds=1),
        batch_bytes=10**7,
    )


async def look(url: str, kind: str, folder: Path, at: str) -> None:
    """One look."""
    database = Database(url, clock=utc_now)
    services = Services(
        database=database,
        catalogs=lambda tenant: Catalog(),
        rulebooks={"toy": toy_rulebook()},
        registry=ProcessRegistry([arriving_definition()]),
        seal=SEAL,
    )
    turns = InletTurns(url, role=None)
    desk = InletDesk(services=services, turns=turns)
    await desk.look(Source(inlet=Mortal(inlet_of(kind, folder), at), tenant="acme"))
    await turns.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(look(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
