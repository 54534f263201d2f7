"""The tool `document.read`, and what tools on stored documents have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field

from policies.action import EffectKind
from tools.document.errors import DocumentRefused, NotScanned, RecognitionUnavailable
from tools.document.isolation import NO_SAFEGUARDS, Safeguards, read_document_isolated
from tools.document.ocr_channel import RecognitionAsked, ask_first
from tools.document.reading_room import ReadingRoom
from tools.document.recognised import Recognise
from tools.document.template import Template
from tools.errors import Permanent, Transient
from tools.limits import Elsewhere
from tools.port import OutcomeLookup

Load = Callable[[str], Awaitable[tuple[str, bytes]]]
"""The name and the bytes of the document with a SHA-256."""
Templates = Callable[[], Awaitable[Sequence[Template]]]
"""The templates that the tenant's reviewers have taught."""


async def no_templates() -> Sequence[Template]:
    """Nobody taught anything."""
    return ()


RECOGNITION: Final = "document.ocr"
"""The target of a call that has pages recognised."""


class ReadDocumentArguments(BaseModel):
    """Which document to read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class StoredDocumentTool(ABC):
    """A read of a stored document, in a child process and past the safeguards. A subclass says what is read."""

    name: ClassVar[str]
    arguments: ClassVar[type[BaseModel]]
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE

    def __init__(
        self,
        load: Load,
        *,
        safeguards: Safeguards = NO_SAFEGUARDS,
        recognise: Recognise | None = None,
        room: ReadingRoom | None = None,
    ) -> None:
        """`load` fetches the bytes; `recognise` reads pages without text, by default the OCR process of this process.

        `room` is shared with all who read documents in this process. Whoever calls the tool waits for a slot of it
        (`tools.limits`).
        """
        self._load = load
        self._safeguards = safeguards
        self.recogniser: Recognise | None = ask_first
        self._recognise = recognise
        self._room = room or ReadingRoom()
        self.slots = self._room.reading
        self.target = self.name

    @property
    def recognising(self) -> Self:
        """The same tool for a document with pages without text: another system, with slots of its own."""
        other = copy(self)
        other.recogniser, other.slots, other.target = self._recognise, self._room.recognising, RECOGNITION
        return other

    @property
    def time_limit(self) -> timedelta:
        """How long it may take, with the virus scan, the recognition of pages and the validation."""
        return self._safeguards.time_limit

    @abstractmethod
    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        """What is read. Raises `Permanent`, `Transient` or `Elsewhere`."""

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """None: reading leaves nothing behind to be found, and may simply be done again."""
        return None

    async def _result(
        self, sha256: str, read: Callable[[str, bytes, Recognise | None], Awaitable[BaseModel]]
    ) -> dict[str, Any]:
        """What `read` makes of name and bytes of the document, as JSON.

        Raises `Permanent` with the refusal's code, for the same bytes are refused again; `Transient` where the virus
        scanner gave no verdict (the document stays closed until it does), and where text recognition is busy; and
        `Elsewhere` where this is the tool for documents with text, and it has pages without.
        """
        if self.recogniser is ask_first and self._room.is_scan(sha256):
            raise Elsewhere(self.recognising)
        name, content = await self._load(sha256)
        try:
            found = await read(name, content, self.recogniser)
        except RecognitionAsked:
            self._room.remember(sha256)
            raise Elsewhere(self.recognising) from None
        except (NotScanned, RecognitionUnavailable) as refused:
            raise Transient(refused.message, tool=self.name, code=refused.code) from refused
        except DocumentRefused as refused:
            raise Permanent(refused.message, tool=self.name, code=refused.code) from refused
        return found.model_dump(mode="json")


class ReadDocument(StoredDocumentTool):
    """Reads a stored document into facts. The result is a `Reading` as JSON."""

    name: ClassVar[str] = "document.read"
    arguments: ClassVar[type[BaseModel]] = ReadDocumentArguments

    def __init__(
        self,
        load: Load,
        *,
        safeguards: Safeguards = NO_SAFEGUARDS,
        recognise: Recognise | None = None,
        templates: Templates = no_templates,
        room: ReadingRoom | None = None,
    ) -> None:
        """`templates` are what the tenant's reviewers have taught."""
        super().__init__(load, safeguards=safeguards, recognise=recognise, room=room)
        self._templates = templates

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        """The reading. Raises `Permanent`, `Transient` or `Elsewhere`."""
        asked = ReadDocumentArguments.model_validate(arguments.model_dump())

        async def read(name: str, content: bytes, recognise: Recognise | None) -> BaseModel:
            return await read_document_isolated(
                content,
                name=name,
                safeguards=self._safeguards,
                recognise=recognise,
                templates=await self._templates(),
            )

        return await self._result(asked.document_sha256, read)
