"""What a scripted model server plays in answer to a request: good answers, and everything that goes wrong in use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DATA = re.compile(
    r"<<<begin (?P<label>[a-z0-9_]+) (?P<key>[0-9a-f]+)>>>\n(?P<text>.*?)\n<<<end (?P=label) (?P=key)>>>", re.S
)
QUESTION = re.compile(r"^Question: (?P<name>\S+) \((?P<prompt>[^\s()]+)\)$", re.MULTILINE)
NOTHING_SCRIPTED = "Nothing is scripted for this question."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came, with what Interlock writes into one. `number` counts from 0."""

    number: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """All messages, one after the other."""
        return "\n".join(str(message.get("content")) for message in self.body.get("messages", []))

    @property
    def question(self) -> str:
        """The name of the question, empty where there is none."""
        found = QUESTION.search(self.text)
        return found["name"] if found else ""

    @property
    def material(self) -> dict[str, str]:
        """What stands between the marks, by its label; `fields` is JSON."""
        return {found["label"]: found["text"] for found in DATA.finditer(self.text)}

    @property
    def fields(self) -> dict[str, Any]:
        """The question's fields."""
        found: dict[str, Any] = json.loads(self.material.get("fields", "{}"))
        return found

    @property
    def form(self) -> str:
        """How an answer is asked for: `json_schema`, `json_object`, `tool_call` or `text`."""
        if self.body.get("tools"):
            return "tool_call"
        return str(self.body.get("response_format", {}).get("type", "text"))

    @property
    def texts(self) -> list[str]:
        """The texts that embeddings are asked of."""
        found = self.body.get("input", [])
        return [found] if isinstance(found, str) else list(found)

    @property
    def is_repair(self) -> bool:
        """Whether a wrong answer was shown."""
        return len(self.body.get("messages", [])) > 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer: an object, or the very text. `probabilities` are those of its tokens. Without `count`, no usage."""

    content: Mapping[str, Any] | str
    finish_reason: str = "stop"
    probabilities: Sequence[float] = ()
    count: bool = True
    after_seconds: float = 0.0

    @property
    def text(self) -> str:
        """What is sent."""
        return self.content if isinstance(self.content, str) else json.dumps(self.content, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The model declines, in the protocol's own field; or a content filter does."""

    text: str = "I cannot help with that."
    by_filter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls of tools, by name, each with the text of its arguments."""

    calls: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """An error of the protocol."""

    status: int
    code: str = ""
    parameter: str = ""
    message: str = "scripted"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A body that is no chat completion."""

    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No answer, until the client goes away or `seconds` are over."""

    seconds: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip:
    """A body that comes byte by byte and does not end."""

    pause_seconds: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Huge:
    """A completion of so many bytes."""

    size: int = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """The connection breaks off in the middle of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """Embeddings of the texts that were sent: alike texts have alike vectors, the same text always the same one.

    `fault` is what is wrong with them, one of `VECTOR_FAULTS`. Without `count`, no usage.
    """

    dimensions: int = 256
    fault: str = ""
    count: bool = True
    after_seconds: float = 0.0


VECTOR_FAULTS = ("too_few", "twice", "uneven", "not_a_number", "no_direction", "too_long")
"""What can be wrong with embeddings: one is missing, one came twice, one is shorter, NaN, all zeros, absurdly long."""

Play = Answer | Refusal | Calls | Status | Raw | Silence | Drip | Huge | Reset | Vectors
Script = Callable[[Asked], Play]
"""What is played to a request."""

FAULTS: Mapping[str, Play] = {
    "time_out": Silence(),
    "busy": Status(status=429, headers={"Retry-After": "1"}),
    "broken": Status(status=500),
    "reset": Reset(),
    "refusal": Refusal(),
    "content_filter": Refusal(by_filter=True),
    "empty": Answer(content=""),
    "garbage": Raw(body=b"<html>an error of a gateway in between</html>", media_type="text/html"),
    "invalid_json": Answer(content='{"reason": "it is'),
    "wrong_schema": Answer(content={"an": "other", "schema": 1}),
    "unknown_tool": Calls(calls=[("pay_invoice", '{"amount": "1000000"}')]),
    "nan_confidence": Answer(content='{"confidence": NaN}'),
    "huge": Huge(),
    "drip": Drip(),
}
"""Every fault by its name."""
EMBEDDING_FAULTS: Mapping[str, Play] = {f"vectors_{name}": Vectors(fault=name) for name in VECTOR_FAULTS}
"""Those that only embeddings can have."""


def in_turn(*plays: Play, then: Play | None = None) -> Script:
    """One play after the other, and `then` for all that follow; without it the last one stays."""

    def script(asked: Asked) -> Play:
        if asked.number < len(plays):
            return plays[asked.number]
        return then or plays[-1]

    return script


def from_table(answers: Mapping[str, Mapping[str, Any] | str]) -> Script:
    """Answers by the names of questions; one that is not in the table is declined."""

    def script(asked: Asked) -> Play:
        found = answers.get(asked.question)
        return Refusal(text=NOTHING_SCRIPTED) if found is None else Answer(content=found)

    return script


def only_forms(script: Script, *forms: str, status: int = 400) -> Script:
    """`script` on a server that knows only some forms, and answers `status` to the others."""

    def limited(asked: Asked) -> Play:
        return script(asked) if asked.form in forms else Status(status=status, message=f"{asked.form} is unknown")

    return limited
