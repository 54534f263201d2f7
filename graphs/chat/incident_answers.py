"""Answers about incidents: which causes have open ones, and what may be done about a cause at once."""

from __future__ import annotations

from typing import Final

from graphs.chat.answer import Answer, Cell, Chart, Column, Row, Suggestion, Table
from graphs.chat.asker import Asker
from graphs.chat.intent import IncidentsQuery
from graphs.incidents.desk import RETRY
from graphs.incidents.group import GroupDesk
from graphs.store.incidents import GroupRow

MOST: Final = 100
SUGGESTED: Final = 3
COLUMNS: Final = (
    Column(id="cause", kind="text"),
    Column(id="place", kind="name"),
    Column(id="process", kind="text"),
    Column(id="open", kind="number"),
    Column(id="since", kind="since"),
    Column(id="last_at", kind="since"),
)


async def incidents(asker: Asker, query: IncidentsQuery) -> Answer:
    """Open incidents by cause. Raises `PermissionMissing` or `Unclear`."""
    process = asker.process(query.process)
    desk = GroupDesk(services=asker.services)
    found = await desk.listed(asker.actor, status="open", process=process, limit=MOST)
    if not found:
        return Answer(text=(asker.say("found.none"),))
    text = asker.say("found.incidents", open=sum(group.open for group in found), count=len(found))
    table = Table(
        columns=COLUMNS,
        rows=[_row(asker, group) for group in found],
        total=len(found),
        topics=("incident", "case", "operation"),
        chart=Chart(label="cause", values=("open",)),
    )
    return Answer(text=(text,), table=table, suggestions=_suggested(asker, found))


def _row(asker: Asker, group: GroupRow) -> Row:
    cells: dict[str, Cell] = {
        "cause": f"{group.code}: {group.shape or group.message}",
        "place": group.failed_step or group.step,
        "process": asker.vocabulary.processes.get(group.process, group.process),
        "open": group.open,
        "since": group.first_seen.isoformat(),
        "last_at": group.last_seen.isoformat(),
    }
    may = RETRY in asker.actor.permissions
    return Row(id=group.fingerprint, cells=cells, ask=f"/retry-group {group.fingerprint}" if may else None)


def _suggested(asker: Asker, found: list[GroupRow]) -> tuple[Suggestion, ...]:
    if RETRY not in asker.actor.permissions:
        return ()
    return tuple(
        Suggestion(
            command=f"/retry-group {group.fingerprint}", text=f"{asker.say('example.retry-group')}: {group.code}"
        )
        for group in found[:SUGGESTED]
    )
