"""How much of a mail is taken."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MIB = 1024 * 1024


class MailLimits(BaseModel):
    """Beyond these a mail, or a part of it, is refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    message_bytes: Annotated[int, Field(ge=1024, description="Largest mail that is fetched.")] = 35 * MIB
    document_bytes: Annotated[int, Field(ge=1, description="Largest document that is taken.")] = 25 * MIB
    documents: Annotated[int, Field(ge=1, le=200, description="Most documents of one mail.")] = 20
    parts: Annotated[int, Field(ge=1, le=5000, description="Most MIME parts of one mail.")] = 200
    nesting: Annotated[int, Field(ge=0, le=20, description="Deepest attached mail within attached mails.")] = 3
    text_characters: Annotated[int, Field(ge=0, description="How much of the text is kept.")] = 20_000


DEFAULT_LIMITS = MailLimits()
