"""The capability ladder: the forms in which an endpoint can be made to answer in a schema, the strictest first."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from tools.llm.chat import Chat
from tools.llm.question import Capability
from tools.llm.schema import strict_schema

LADDER: tuple[Capability, ...] = ("json_schema", "json_object", "tool_call")
FORM_REFUSED = frozenset({500, 501})
"""Statuses by which servers answer a form they do not know, besides those of 4xx: llama-cpp-python answers 500."""

OPTIONAL = ("temperature", "logprobs", "max_tokens")
"""Parameters that some models refuse: without the first two a question can still be asked, the third has a new name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How one model of one endpoint is asked, as found out; None while no form is known to work."""

    model: str
    answer_tokens: int
    logprobs: bool = False
    capability: Capability | None = None
    refused: frozenset[str] = field(default_factory=frozenset)

    def with_capability(self, capability: Capability) -> Wire:
        """The wire with the form that works."""
        return replace(self, capability=capability)

    def without(self, parameter: str) -> Wire | None:
        """The wire without a parameter that the endpoint has refused; None where that is no way out."""
        name = next((name for name in OPTIONAL if parameter == name and name not in self.refused), None)
        return replace(self, refused=self.refused | {name}) if name else None


def wire_name(name: str) -> str:
    """A question's name in the characters that the protocol allows for the name of a schema or a function."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64]


def request_body(chat: Chat, wire: Wire, capability: Capability) -> dict[str, Any]:
    """The body of a chat request for an answer in the chat's schema."""
    messages = [{"role": message.role, "content": message.content} for message in chat.messages]
    if capability != "json_schema":
        told = json.dumps(chat.schema, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        messages[0]["content"] += f"\n\nAnswer with one JSON object of this JSON Schema, and nothing else:\n{told}"
    limit = "max_completion_tokens" if "max_tokens" in wire.refused else "max_tokens"
    body: dict[str, Any] = {"model": wire.model, "messages": messages, limit: wire.answer_tokens}
    if "temperature" not in wire.refused:
        body["temperature"] = chat.temperature
    if wire.logprobs and "logprobs" not in wire.refused:
        body["logprobs"] = True
    return {**body, **_form(chat, capability)}


def _form(chat: Chat, capability: Capability) -> dict[str, Any]:
    strict, name = strict_schema(chat.schema), wire_name(chat.name)
    match capability:
        case "json_schema":
            named = {"name": name, "schema": strict or dict(chat.schema), "strict": strict is not None}
            return {"response_format": {"type": "json_schema", "json_schema": named}}
        case "json_object":
            return {"response_format": {"type": "json_object", "schema": strict or dict(chat.schema)}}
        case "tool_call":
            function = {"name": name, "description": "Gives the answer.", "parameters": strict or chat.schema}
            return {
                "tools": [{"type": "function", "function": function}],
                "tool_choice": {"type": "function", "function": {"name": name}},
            }
