"""One request to a model and what comes back, in Interlock's words: no library's types."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tools.llm.question import Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What a model is asked: messages, and the JSON Schema of an answer under the question's name."""

    name: str
    messages: tuple[Message, ...]
    schema: Mapping[str, Any]
    temperature: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a model has answered: `content`, or `problem`, why there is nothing that could be an answer.

    Tokens are None where the endpoint does not count them. `scripted`: the server says that it is no model. `model` is
    what the endpoint says has answered, empty where it does not.
    """

    content: str
    capability: Capability
    problem: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    likelihood_bps: int | None = None
    scripted: bool = False
    model: str = ""


class ChatClient(Protocol):
    """The wire to an endpoint. Every method raises a `Fault`."""

    async def complete(self, body: Mapping[str, Any], *, seconds: float) -> bytes:
        """The endpoint's whole answer to a chat request, of bounded size, within `seconds`."""
        ...

    def pieces(self, body: Mapping[str, Any], *, seconds: float) -> AsyncIterator[str]:
        """The text of the answer, piece by piece as it comes, of bounded size, within `seconds`.

        To be closed by the task that reads it, in `contextlib.aclosing`: its time runs while pieces are looked at.
        """
        ...

    async def embed(self, body: Mapping[str, Any], *, seconds: float) -> bytes:
        """The endpoint's whole answer to a request for embeddings, of bounded size, within `seconds`."""
        ...

    async def models(self, *, seconds: float) -> frozenset[str]:
        """Names of the models that the endpoint lists; none where it has no list."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
