"""Cassettes: what models have answered, in a file, so that the same questions can be answered without a network."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.canonical import digest
from tools.llm.channel import Channel
from tools.llm.chat import Chat, Completion
from tools.llm.errors import ModelUnavailable
from tools.llm.fault import KINDS, Fault, Spent
from tools.llm.meter import Meter, estimated_tokens
from tools.llm.question import AskArguments, Capability, Origin
from tools.llm.readable import readable

Mode = Literal["replay", "record"]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class CassetteUnreadable(ValueError):
    """A file is no cassette."""


class CassetteEntryMissing(ModelUnavailable):
    """The cassette does not hold the request: nothing was asked, and no network was used."""

    code = "cassette_entry_missing"


class Entry(BaseModel):
    """What came of one request: the text of an answer, or the kind of fault it ended with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: str = ""
    problem: str = ""
    fault: str = ""
    capability: Capability = "json_schema"
    tokens_in: int | None = None
    tokens_out: int | None = None
    likelihood_bps: int | None = None


class CassetteText(BaseModel):
    """The file. `scripted` answers were written, or came from a server that plays a script: no model gave them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: Literal["recorded", "scripted"]
    model: str
    fallback_model: str | None = None
    recorded_on: date | None = None
    entries: dict[Digest, Entry] = Field(default_factory=dict)


def request_digest(arguments: AskArguments, *, model: str, sample: int, repair: bool = False) -> str:
    """The name of a request in a cassette: what is asked, of which model, which sample, and whether it is a repair.

    Never the endpoint or its key; and not the answer's schema, which the question has from its class.
    """
    asked = {
        "question": arguments.question,
        "prompt_digest": arguments.prompt_digest,
        "fields": dict(arguments.fields),
        "passages": [[passage.label, readable(passage.text)] for passage in arguments.passages],
        "sample": sample,
        "model": model,
    }
    return digest({**asked, "repair": True} if repair else asked)


def read_cassette(file: Path) -> CassetteText:
    """The cassette in `file`. Raises `CassetteUnreadable`."""
    try:
        return CassetteText.model_validate_json(file.read_bytes())
    except OSError as error:
        raise CassetteUnreadable(f"{file} cannot be read ({type(error).__name__})") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CassetteUnreadable(f"{file} is no cassette: {where}: {first['msg']}") from error


def write_cassette(file: Path, cassette: CassetteText) -> None:
    """Put the cassette in the place of `file`, all of it or nothing."""
    text = cassette.model_dump_json(indent=1, exclude_defaults=True, by_alias=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(text + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class ReplayChannel:
    """Answers from a cassette alone."""

    def __init__(self, cassette: CassetteText, *, model: str) -> None:
        """`model` is one of the cassette's."""
        self.model = model
        self.origin: Origin = cassette.origin
        self._entries = cassette.entries

    async def answer(self, chat: Chat, meter: Meter, *, digest: str) -> Completion:
        """The recorded answer, or the recorded fault. Raises `CassetteEntryMissing`."""
        entry = self._entries.get(digest)
        if entry is None:
            raise CassetteEntryMissing(
                f"the cassette has no answer of {self.model} to this request of {chat.name} ({digest[:16]}…): "
                "record it anew, or ask what was recorded"
            )
        tokens_in = sum(estimated_tokens(message.content) for message in chat.messages)
        share = meter.reserve(tokens_in=entry.tokens_in or tokens_in, tokens_out=entry.tokens_out or 0)
        if entry.fault:
            meter.release(share)
            raise KINDS.get(entry.fault, Fault)(f"the cassette holds a failure here ({entry.fault})")
        meter.settle(share, tokens_in=entry.tokens_in, tokens_out=entry.tokens_out, answered=entry.content)
        return Completion(**entry.model_dump(exclude={"fault"}), scripted=self.origin == "scripted")


class Recorder:
    """One cassette that is being recorded, for all channels of a gateway. The file belongs to this process alone."""

    def __init__(self, file: Path, *, model: str, fallback_model: str | None, today: Callable[[], date]) -> None:
        """Goes on with the file if there is one. Raises `CassetteUnreadable`, also where it is of another model."""
        self._file = file
        self._today = today
        self._lock = asyncio.Lock()
        self._cassette = CassetteText(origin="recorded", model=model, fallback_model=fallback_model)
        if file.exists():
            self._cassette = read_cassette(file)
            if self._cassette.model != model:
                raise CassetteUnreadable(
                    f"{file} is a cassette of {self._cassette.model}, not of {model}: name another file"
                )

    async def keep(self, digest: str, entry: Entry, *, scripted: bool) -> None:
        """Add an entry, in the file as well."""
        async with self._lock:
            update = {
                "origin": "scripted" if scripted else self._cassette.origin,
                "recorded_on": self._today(),
                "entries": {**self._cassette.entries, digest: entry},
            }
            self._cassette = self._cassette.model_copy(update=update)
            await asyncio.to_thread(write_cassette, self._file, self._cassette)


class RecordingChannel:
    """A channel whose answers and faults are kept."""

    def __init__(self, channel: Channel, recorder: Recorder) -> None:
        """`channel` is asked."""
        self.model = channel.model
        self.origin: Origin = channel.origin
        self._channel = channel
        self._recorder = recorder

    async def answer(self, chat: Chat, meter: Meter, *, digest: str) -> Completion:
        """What the channel answers, once it is in the file."""
        try:
            found = await self._channel.answer(chat, meter, digest=digest)
        except Spent:
            raise
        except Fault as fault:
            await self._recorder.keep(digest, Entry(fault=fault.kind), scripted=False)
            raise
        await self._recorder.keep(digest, _entry(found), scripted=found.scripted)
        return found


def _entry(found: Completion) -> Entry:
    values: Mapping[str, object] = {name: getattr(found, name) for name in Entry.model_fields if name != "fault"}
    return Entry.model_validate(values)
