"""An operation as a tool: typed arguments in, an answer that fits its schema out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from policies.action import EffectKind
from policies.canonical import jsonable
from tools.document.errors import DocumentRefused
from tools.document.strict_json import read_json
from tools.errors import Ambiguous, Permanent, ToolError, Transient
from tools.limits import USUAL
from tools.port import OutcomeLookup
from tools.rest.arguments import BODY
from tools.rest.document import OpenApi
from tools.rest.exact_json import exact_json
from tools.rest.operation import Operation
from tools.rest.status import refusal
from tools.rest.transport import Answer, PinnedClient

DOTS = (".", "..")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """How a write is found again: `operation` is called with the key as `parameter`.

    Of the list at `items` in its answer, one whose `field` is the key is what the write made.
    """

    operation: Operation
    parameter: str
    items: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """Where the idempotency key of a write goes: a header that the system dedupes by, or a field it can be found by."""

    header: str | None = None
    field: str | None = None
    lookup: Lookup | None = None

    @property
    def outcome_lookup(self) -> OutcomeLookup:
        """How an unknown outcome is resolved."""
        if self.lookup is not None:
            return OutcomeLookup.ASKABLE
        return OutcomeLookup.DEDUPES if self.header else OutcomeLookup.NEITHER


class RestTool:
    """Calls one operation. The result is `{"status": …, "answer": …}`."""

    def __init__(
        self,
        *,
        name: str,
        target: str,
        effect_kind: EffectKind,
        document: OpenApi,
        operation: Operation,
        arguments: type[BaseModel],
        key_use: KeyUse,
        client: PinnedClient,
        time_limit: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self.name = name
        self.target = target
        self.limits = USUAL
        self.effect_kind = effect_kind
        self.outcome_lookup = key_use.outcome_lookup
        self.arguments = arguments
        self.time_limit = time_limit
        self._document = document
        self._operation = operation
        self._key_use = key_use
        self._client = client
        self._clock = clock

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        """Raises a `ToolError`; after a write was sent, an answer that cannot be understood is `Ambiguous`."""
        reads = self.effect_kind is EffectKind.READ
        given = arguments.model_dump(by_alias=True, exclude_unset=True)
        status, answer = await self._call(self._operation, given, key=None if reads else key, reads=reads)
        return {"status": status, "answer": answer}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """What the write with the key has made, in the form of its answer; None without a look-up."""
        lookup = self._key_use.lookup
        if lookup is None:
            return None
        status, found = await self._call(lookup.operation, {lookup.parameter: key}, key=None, reads=True)
        for name in lookup.items:
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, list):
            raise Transient("the look-up's answer holds no list where one is configured", code="answer_invalid")
        made = [item for item in found if isinstance(item, dict) and item.get(lookup.field) == key]
        if len(made) > 1:
            raise Transient("more than one record has the key", code="key_not_unique")
        return {"status": status, "answer": made[0]} if made else None

    async def _call(
        self, operation: Operation, given: Mapping[str, Any], *, key: str | None, reads: bool
    ) -> tuple[int, Any]:
        body = self._body(operation, given.get(BODY), key)
        unclear = Transient if reads else Ambiguous
        answer = await self._client.call(
            operation.method,
            self._path(operation, given),
            query={
                p.name: _text(given[p.name])
                for p in operation.parameters
                if p.place == "query" and _given(p.name, given)
            },
            headers=self._headers(operation, given, key),
            body=body,
            no_answer=unclear,
        )
        refused = refusal(answer, reads=reads, now=self._clock())
        if answer.status == HTTPStatus.CONFLICT and key is not None and self._key_use.header:
            # A system that dedupes says so while the first call with the key is still being worked on.
            raise Ambiguous("HTTP 409: a call with this key may be under way", tool=self.name, code="in_progress")
        if refused is not None:
            raise refused
        return answer.status, self._read(operation, answer, Permanent if reads else Ambiguous)

    def _body(self, operation: Operation, body: Any, key: str | None) -> bytes | None:
        field = self._key_use.field if key is not None else None
        if operation.body is None or (body is None and field is None):
            return None
        whole = {**(body or {}), field: key} if field else body
        problem = self._document.problem(operation.body, whole)
        if problem:
            raise Permanent(f"{BODY}: {problem}", tool=self.name, code="invalid_arguments")
        return exact_json(whole).encode()

    def _path(self, operation: Operation, given: Mapping[str, Any]) -> str:
        path = operation.path
        for parameter in operation.parameters:
            if parameter.place == "path":
                text = _text(given[parameter.name])
                if not text or text in DOTS:
                    message = f"{parameter.name}: {text!r} cannot stand in an address"
                    raise Permanent(message, tool=self.name, code="invalid_arguments")
                path = path.replace(f"{{{parameter.name}}}", quote(text, safe=""))
        return path

    def _headers(self, operation: Operation, given: Mapping[str, Any], key: str | None) -> dict[str, str]:
        found = {
            p.name: _text(given[p.name]) for p in operation.parameters if p.place == "header" and _given(p.name, given)
        }
        if any(not text.isascii() or not text.isprintable() for text in found.values()):
            raise Permanent("a header may hold visible ASCII only", tool=self.name, code="invalid_arguments")
        if key is not None and self._key_use.header:
            found[self._key_use.header] = key
        return found

    def _read(self, operation: Operation, answer: Answer, unclear: type[ToolError]) -> Any:
        schema = operation.answer_schema(answer.status)
        if schema is None or answer.status == HTTPStatus.NO_CONTENT:
            return None
        try:
            found = read_json(answer.body)
        except DocumentRefused as error:
            raise unclear(f"the answer is no JSON: {error.message}", tool=self.name, code="answer_invalid") from error
        problem = self._document.problem(schema, found)
        if problem:
            raise unclear(f"the answer does not fit the document: {problem}", tool=self.name, code="answer_invalid")
        return jsonable(found)


def _given(name: str, given: Mapping[str, Any]) -> bool:
    return given.get(name) is not None


def _text(value: Any) -> str:
    """A single value as it stands in an address or a header."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else exact_json(value)
