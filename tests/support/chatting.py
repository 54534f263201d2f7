"""The chat over the toy engine: asked over HTTP, its stream read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from api.app import create_app
from graphs.chat.model import PACK
from graphs.runtime.services import Services
from policies.packaged import rule_book
from tests.support.api import BASE_URL, key_of
from tests.support.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the chat answered, event by event."""

    status: int
    events: list[dict[str, Any]]

    def __getitem__(self, name: str) -> Any:
        """The part of the first event with that name."""
        return next(event.get(name, event) for event in self.events if event["event"] == name)

    @property
    def names(self) -> list[str]:
        return [event["event"] for event in self.events]

    @property
    def cards(self) -> list[dict[str, Any]]:
        return [event["card"] for event in self.events if event["event"] == "card"]

    @property
    def text(self) -> str:
        return " ".join(line for event in self.events if event["event"] == "text" for line in event["text"])

    @property
    def command(self) -> str | None:
        found: str | None = self["understood"].get("command")
        return found

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self["rows"]["rows"]) if "rows" in self.names else []


def with_chat_rules(engine: Engine) -> Services:
    """The engine's services with the rules that judge what the chat asks of a model."""
    services = engine.services
    return replace(services, rulebooks={**services.rulebooks, PACK: rule_book(PACK)})


def chat_caller(services: Services, login: str, *, tenant: str = "acme") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {key_of(login, tenant)}"}
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers)


async def ask(services: Services, login: str, text: str, *, tenant: str = "acme", **form: Any) -> Told:
    """Ask as somebody; an answer that is refused has no events."""
    async with chat_caller(services, login, tenant=tenant) as client:
        answer = await client.post("/chat", json={"text": text, **form})
    return Told(status=answer.status_code, events=read_stream(answer.text) if answer.is_success else [])


def read_stream(stream: str) -> list[dict[str, Any]]:
    """The data of a server-sent stream."""
    lines = (line for line in stream.splitlines() if line.startswith("data: "))
    found: list[dict[str, Any]] = [json.loads(line.removeprefix("data: ")) for line in lines]
    return found


async def confirm(services: Services, login: str, card: Mapping[str, Any], *, reason: str = "") -> httpx.Response:
    """Send what the card says, as the console does when somebody confirms it."""
    body = {**card["body"], "reason": reason} if card["needs_reason"] else card["body"]
    async with chat_caller(services, login) as client:
        return await client.request(card["method"], card["path"], json=body)
