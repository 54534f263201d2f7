"""The tool `case.start`: a case starts others, one for each document, each exactly once.

A document's case is found by the hash of its bytes, its sender and its channel, as when it is sent in by anybody else:
what was started before is returned, never started again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.errors import EngineError, NotFound
from graphs.intake import Accepted, Intake, document_key
from graphs.runtime.services import Services
from graphs.store.people import Actor
from policies.action import EffectKind
from tools.errors import Permanent
from tools.port import OutcomeLookup

MOST = 100
TIME_LIMIT = timedelta(seconds=30)


class Value(BaseModel):
    """A frozen value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DocumentToStart(Value):
    """A stored original, and how it came."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    name: Annotated[str, Field(min_length=1, max_length=300)]
    sender: Annotated[str, Field(min_length=1, max_length=300)]
    channel: Literal["mail", "portal", "peppol", "api", "file"]
    mail: dict[str, JsonValue] = Field(default_factory=dict)
    """What is known of the mail that it came with, its verification among it. No part of the case's key."""


class StartCasesArguments(Value):
    """The process, in its latest version, and the documents."""

    process: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    documents: Annotated[tuple[DocumentToStart, ...], Field(min_length=1, max_length=MOST)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStarter:
    """Starts cases as somebody who may. Both are asked when they are needed, not when this is made."""

    services: Callable[[], Services]
    actor: Callable[[], Awaitable[Actor]]

    async def check(self, process: str, documents: tuple[DocumentToStart, ...]) -> None:
        """Raises an `EngineError` for what could not be started, before anything is."""
        who, services = await self.actor(), self.services()
        definition = services.registry.latest(process)
        async with services.database.unit_of_work(who.tenant) as unit:
            for document in documents:
                definition.check_input(_body(document))
                await unit.originals.get(who.tenant, document.sha256)

    async def start(self, process: str, document: DocumentToStart) -> Accepted:
        """The document's case, started now or before."""
        intake = Intake(services=self.services())
        key = document_key(document.sha256, document.sender, document.channel)
        shown = {"name": document.name, **({"mail": document.mail} if document.mail else {})}
        return await intake.start(await self.actor(), process, _body(document), key=key, shown=shown)


def _body(document: DocumentToStart) -> dict[str, Any]:
    return {"document": document.sha256, "channel": document.channel, "sender": document.sender}


class StartCases:
    """`{"cases": [{case, document, created}]}`, in the order of the documents; two of the same bytes have one case."""

    name: ClassVar[str] = "case.start"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.DEDUPES
    arguments: ClassVar[type[BaseModel]] = StartCasesArguments

    def __init__(self, starter: CaseStarter) -> None:
        self._starter = starter

    @property
    def time_limit(self) -> timedelta:
        return TIME_LIMIT

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002 the documents are the keys
        """Start them. Raises `Permanent` before the first, where one of them could not be."""
        asked = StartCasesArguments.model_validate(arguments.model_dump())
        try:
            await self._starter.check(asked.process, asked.documents)
        except NotFound as error:
            raise Permanent(str(error), tool=self.name, code="document_unknown") from error
        except EngineError as error:
            raise Permanent(str(error), tool=self.name, code=error.code) from error
        cases: dict[str, dict[str, Any]] = {}
        for document in asked.documents:
            accepted = await self._starter.start(asked.process, document)
            found = {"case": accepted.case.id, "document": document.sha256, "created": accepted.created}
            cases.setdefault(accepted.case.id, found)
        return {"cases": list(cases.values())}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """None: starting again finds what was started."""
        return None
