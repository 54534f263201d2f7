"""The inlet of a file drop: each file that is ready is an arrival until it is moved to `done` or `refused`."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tools.clock import utc_now
from tools.drop.lane import DroppedFile, Lane, tag_of
from tools.drop.settings import DONE, REFUSED, FileDropSettings
from tools.errors import Permanent, ToolError, Transient
from tools.inlet import Arrival, ArrivedDocument, Refusal, Settlement

CHANNEL = "file"
BATCH = 20
BATCH_BYTES = 64 * 1024 * 1024
MEDIA_TYPES = {"pdf": "application/pdf", "xml": "application/xml", "png": "image/png", "jpg": "image/jpeg"}
UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An arrival's file, its lane, and the name of its bytes."""

    lane: str
    file: DroppedFile
    tag: str


@dataclass(slots=True, kw_only=True)
class FileDropInlet:
    """Looks into the folders. `clock` tells when a file came; `moment`, which never jumps, how long it stood still."""

    name: str
    settings: FileDropSettings
    clock: Callable[[], datetime] = utc_now
    moment: Callable[[], float] = time.monotonic
    lanes: dict[str, Lane] = field(init=False)
    _waiting: dict[str, Waiting] = field(default_factory=dict[str, Waiting])

    def __post_init__(self) -> None:
        """A lane for each folder."""
        folder, stable = self.settings.folder, self.settings.stable_seconds
        self.lanes = {name: Lane(path=folder / name, stable_seconds=stable) for name in self.settings.lanes}

    @property
    def interval(self) -> timedelta:
        """How long to wait between two looks."""
        return timedelta(seconds=self.settings.poll_seconds)

    async def poll(self) -> Sequence[Arrival]:
        """The files that are ready, up to a number and a size together. Raises `Permanent` or `Transient`."""
        return await asyncio.to_thread(self._poll)

    async def settle(self, arrival: Arrival, settlement: Settlement) -> None:
        """Move the file, with a text that says which case it has, or why it was refused."""
        waiting = self._waiting[arrival.reference]
        lane = self.lanes[waiting.lane]
        folder = DONE if settlement.taken else REFUSED
        try:
            await asyncio.to_thread(lane.put_away, waiting.file, folder, tag=waiting.tag, told=told(settlement))
        except OSError as error:
            raise failure_of(error, lane) from error
        self._waiting.pop(arrival.reference, None)

    def _poll(self) -> list[Arrival]:
        self._waiting.clear()
        failures: list[ToolError] = []
        ready: list[tuple[str, Lane, DroppedFile]] = []
        for name, lane in self.lanes.items():
            try:
                lane.path.mkdir(exist_ok=True)
                ready += [(name, lane, file) for file in lane.ready(at=self.moment())]
            except OSError as error:
                failures.append(failure_of(error, lane))
        if failures and not ready:
            # A folder that cannot be used holds up no other; the check tells of it all the same.
            raise failures[0]
        return self._arrivals(ready)

    def _arrivals(self, ready: Sequence[tuple[str, Lane, DroppedFile]]) -> list[Arrival]:
        found: list[Arrival] = []
        left = BATCH_BYTES
        for name, lane, file in sorted(ready, key=lambda one: one[2].signature.changed_ns):
            left -= min(file.signature.size_bytes, self.settings.document_bytes)
            if len(found) == BATCH or (left < 0 and found):
                break
            arrival = self._arrival(name, lane, file)
            found += [arrival] if arrival else []
        return found

    def _arrival(self, lane_name: str, lane: Lane, file: DroppedFile) -> Arrival | None:
        limit = self.settings.document_bytes
        content: bytes | None = None
        refusal: Refusal | None = None
        shown = shown_name(file.name)
        if file.signature.size_bytes > limit:
            reason = f"it has {file.signature.size_bytes} bytes, more than {limit}: place smaller files"
            refusal = Refusal(what=shown, code="document_too_large", problem=reason)
        elif not file.signature.size_bytes:
            refusal = Refusal(what=shown, code="empty", problem="it is empty: place it again")
        else:
            try:
                content = lane.read(file, limit=limit)
            except OSError as error:
                reason = f"it cannot be read ({type(error).__name__}): let the user of this process read it"
                refusal = Refusal(what=shown, code="unreadable", problem=reason)
            if content is None and refusal is None:
                return None
        tag = tag_of(content if content is not None else repr(file.signature).encode())
        reference = f"{lane_name}/{file.name}"
        self._waiting[reference] = Waiting(lane=lane_name, file=file, tag=tag)
        return Arrival(
            reference=reference,
            process=self.settings.lanes[lane_name],
            channel=CHANNEL,
            sender=f"{self.name}/{lane_name}" if lane_name else self.name,
            received_at=self.clock(),
            documents=(self._document(lane_name, file, content),) if content is not None else (),
            refusals=(refusal,) if refusal else (),
        )

    def _document(self, lane_name: str, file: DroppedFile, content: bytes) -> ArrivedDocument:
        extension = file.name.rpartition(".")[2].casefold()
        return ArrivedDocument(
            key=document_key(self.name, lane_name, file.name, content),
            name=shown_name(file.name),
            media_type=MEDIA_TYPES.get(extension, UNKNOWN),
            content=content,
        )


def document_key(inlet: str, lane: str, name: str, content: bytes) -> str:
    """The trigger's key: the same bytes under the same name in the same folder are one case, however often placed."""
    parts = (inlet.encode(), lane.encode(), os.fsencode(name), hashlib.sha256(content).digest())
    return f"file-{hashlib.sha256(b'/'.join(parts)).hexdigest()[:40]}"


def shown_name(name: str) -> str:
    """The file's name as it may be shown and stored."""
    readable = os.fsencode(name).decode("utf-8", errors="replace")
    return "".join(character for character in readable if character.isprintable())[-200:] or "file"


def told(settlement: Settlement) -> str:
    """What the text beside a settled file says."""
    lines = [f"case {case}" for case in settlement.cases]
    lines += [f"refused: {one.what}: {one.code}: {one.problem}" for one in settlement.refusals]
    return "\n".join(re.sub(r"[\r\n]+", " ", line) for line in lines) + "\n"


def failure_of(error: OSError, lane: Lane) -> ToolError:
    """The error in the taxonomy, with what to do."""
    if isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError):
        reason = f"{lane.path} is no folder that this process may read and write ({type(error).__name__})"
        return Permanent(reason, tool="drop", code="no_folder")
    return Transient(f"{lane.path} cannot be used now ({type(error).__name__})", tool="drop", code="unreachable")
