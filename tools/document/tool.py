"""The tool `document.read`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from policies.action import EffectKind
from tools.document.errors import DocumentRefused
from tools.document.isolation import read_document_isolated
from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.template import Template
from tools.errors import Permanent
from tools.port import OutcomeLookup

Load = Callable[[str], Awaitable[tuple[str, bytes]]]
"""The name and the bytes of the document with a SHA-256."""
Templates = Callable[[], Awaitable[Sequence[Template]]]
"""The templates that the tenant's reviewers have taught."""


async def no_templates() -> Sequence[Template]:
    """Nobody taught anything."""
    return ()


class ReadDocumentArguments(BaseModel):
    """Which document to read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ReadDocument:
    """Reads a stored document into facts. The result is a `Reading` as JSON."""

    name: ClassVar[str] = "document.read"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = ReadDocumentArguments

    def __init__(self, load: Load, *, limits: Limits = DEFAULT_LIMITS, templates: Templates = no_templates) -> None:
        """`load` fetches the bytes; the reading happens in a child process within `limits`, with the `templates`."""
        self._load = load
        self._templates = templates
        self._limits = limits

    @property
    def time_limit(self) -> timedelta:
        """How long one reading may take."""
        return self._limits.time_limit

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        """The reading. Raises `Permanent` with the refusal's code; the same bytes are refused again."""
        asked = ReadDocumentArguments.model_validate(arguments.model_dump())
        name, content = await self._load(asked.document_sha256)
        try:
            reading = await read_document_isolated(
                content, name=name, limits=self._limits, templates=await self._templates()
            )
        except DocumentRefused as refused:
            raise Permanent(refused.message, tool=self.name, code=refused.code) from refused
        return reading.model_dump(mode="json")

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """None: reading leaves nothing behind to be found, and may simply be done again."""
        return None
