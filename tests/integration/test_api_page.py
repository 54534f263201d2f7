"""The pages of this server need no other: the API is shown as one page of its own, without a script."""

from __future__ import annotations

import re
import shlex
from asyncio import gather
from html.parser import HTMLParser
from threading import get_ident
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.api_description import ApiDescription
from api.api_page import METHODS, POLICY, api_page
from api.app import create_app
from api.console_files import ConsoleFiles
from tests.support.api import BASE_URL
from tests.support.engine import Engine
from tests.support.route_samples import api_document

LOADS = {"src", "href", "action", "data", "srcset", "poster", "formaction"}


class Page(HTMLParser):
    """What a page loads or leads to, and the anchors on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.anchors: list[str] = []
        self.elements: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in LOADS]
        self.anchors += [value or "" for name, value in attrs if name == "id"]


def foreign(policy: str) -> list[str]:
    """Sources of a policy that are no keyword, hash or `data:`: they would be another server's."""
    named = [one for part in policy.split(";") for one in part.split()[1:]]
    return [one for one in named if not (one.startswith("'") or one == "data:")]


def leading_elsewhere(page: Page) -> list[str]:
    return [one for one in page.addresses if not re.match(r"(/(?!/)|#|data:)", one)]


@pytest.mark.parametrize("path", ["/console/", "/console/tasks", "/console/account"])
@pytest.mark.parametrize("built", [True, False])
async def test_no_page_names_another_server(engine: Engine, path: str, built: bool) -> None:
    files = ConsoleFiles.read() if built else ConsoleFiles(files={})
    transport = httpx.ASGITransport(create_app(engine.services, console_files=files))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as nobody:
        answer = await nobody.get(path)
    assert answer.headers["content-type"].startswith("text/html")
    assert leading_elsewhere(Page(answer.text)) == []
    assert foreign(answer.headers.get("content-security-policy", "")) == []
    assert not re.search(r"""(@import|url\()\s*['"]?(https?:)?//""", answer.text)


def test_no_style_of_the_console_names_another_server() -> None:
    styles = {name: one.content.decode() for name, one in ConsoleFiles.read().files.items() if name.endswith(".css")}
    loaded = {name: re.findall(r"url\(\s*['\"]?((?:https?:)?//[^)'\"]+)", text) for name, text in styles.items()}
    assert {name: found for name, found in loaded.items() if found} == {}


async def test_the_page_shows_every_operation_and_every_link_on_it_leads_somewhere(engine: Engine) -> None:
    app = create_app(engine.services)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL) as nobody:
        answer = await nobody.get("/docs")
        document = (await nobody.get("/openapi.json")).json()
    page = Page(answer.text)
    operations = [(method, path) for path, found in document["paths"].items() for method in found if method in METHODS]
    assert len(operations) > 200
    assert answer.text.count("<summary><b>") == len(operations)
    assert len(page.anchors) == len(set(page.anchors))
    assert leading_elsewhere(page) == []
    assert [one for one in page.addresses if one.startswith("#") and one[1:] not in page.anchors] == []
    assert "script" not in page.elements
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"] == POLICY
    assert foreign(POLICY) == []


class Counted(FastAPI):
    """An application that notes in which thread each of its documents was made."""

    def __init__(self) -> None:
        super().__init__(openapi_url=None)
        self.made: list[int] = []

    def openapi(self) -> dict[str, Any]:
        self.made.append(get_ident())
        return super().openapi()


async def test_both_texts_are_made_once_beside_the_loop_however_many_ask() -> None:
    app = Counted()
    description = ApiDescription(app)
    app.add_route("/openapi.json", description.document)
    app.add_route("/docs", description.page)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL) as nobody:
        answers = await gather(*(nobody.get(path) for path in ("/openapi.json", "/docs") * 3))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert answers[0].json()["info"]["title"] == "FastAPI"
    assert len({answer.content for answer in answers}) == 2
    assert len(app.made) == 2
    assert get_ident() not in app.made


def test_a_command_is_one_that_the_shell_understands() -> None:
    page = api_page(api_document())
    (command,) = re.findall(r"<pre[^>]*>(curl -X POST [^<]*/service-accounts[^<]*)</pre>", page)
    words = shlex.split(command.replace("&quot;", '"').replace("&#x27;", "'"))
    assert words[:3] == ["curl", "-X", "POST"]
    assert words[-1] == '{"login": "…", "name": "…", "reason": "…"}'


def test_what_an_operation_says_of_itself_is_text_and_never_markup() -> None:
    hostile = "<script>alert(1)</script>"
    said: dict[str, Any] = {
        "description": hostile,
        "parameters": [{"name": hostile, "in": "query", "description": hostile, "schema": {"enum": [hostile]}}],
        "responses": {"200": {"description": hostile}},
        "tags": [hostile],
    }
    document = {
        "info": {"title": hostile, "version": "1", "description": hostile},
        "paths": {f"/{hostile}": {"get": said}},
        "components": {"schemas": {hostile: {"properties": {hostile: {"description": hostile}}}}},
    }
    assert "script" not in Page(api_page(document)).elements
