"""Documents over HTTP: content, sender and channel are the key of a document without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import httpx
import pytest

from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.api import caller
from tests.support.engine import Engine
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook, toy_definition
from tools.document.isolation import Safeguards
from tools.document.virus_scan import scanner_of

DOCUMENT = ("invoice.xml", b"<Invoice/>", "application/xml")


def accepts_documents(body: Mapping[str, Any]) -> None:
    """A toy that takes anything."""


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    await populate(database)
    toy = replace(toy_definition(), check_input=accepts_documents, case_title=lambda body: str(body["name"]))
    return Engine(
        database=database,
        url=own_database.app_url,
        reader=AmountReader(500),
        notebook=Notebook(),
        definitions=(toy,),
    )


async def send(client: httpx.AsyncClient, document: Any = DOCUMENT, **fields: str) -> httpx.Response:
    form = {"process": "toy", "channel": "mail", "sender": "billing@example.com"} | fields
    return await client.post("/cases", data=form, files={"document": document})


async def test_a_document_starts_a_case_that_names_it(engine: Engine) -> None:
    async with caller(engine) as clara:
        started = await send(clara)
        case = (await clara.get(f"/cases/{started.json()['case']['id']}")).json()
    assert started.status_code == 201
    assert case["title"] == "invoice.xml"
    assert case["input"]["channel"] == "mail"
    assert case["input"]["sender"] == "billing@example.com"


async def test_the_same_document_from_the_same_sender_is_the_same_case(engine: Engine) -> None:
    async with caller(engine) as clara:
        first, again = await send(clara), await send(clara, ("another name.xml", *DOCUMENT[1:]))
        other = await send(clara, sender="someone@example.org")
    assert again.status_code == 200
    assert again.json()["case"]["id"] == first.json()["case"]["id"]
    assert other.status_code == 201


async def test_without_a_sender_the_caller_is_the_sender(engine: Engine) -> None:
    async with caller(engine, "intake") as intake:
        started = await intake.post("/cases", data={"process": "toy"}, files={"document": DOCUMENT})
        case = (await intake.get(f"/cases/{started.json()['case']['id']}")).json()
    assert (case["input"]["channel"], case["input"]["sender"]) == ("api", "intake")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\invoices\\a.pdf", "a.pdf"),
        ("a\u202eb.pdf", "ab.pdf"),
        ("..", "document"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
async def test_only_the_last_part_of_a_file_name_is_kept(engine: Engine, sent: str, kept: str) -> None:
    async with caller(engine) as clara:
        started = await send(clara, (sent, *DOCUMENT[1:]))
    assert started.json()["case"]["title"] == kept


async def test_an_empty_document_is_refused(engine: Engine) -> None:
    async with caller(engine) as clara:
        response = await send(clara, ("empty.pdf", b"", "application/pdf"))
    assert response.status_code == 422
    assert response.json()["errors"] == [{"where": "body.document", "message": "the file is empty"}]


async def test_a_form_without_a_document_is_refused(engine: Engine) -> None:
    async with caller(engine) as clara:
        response = await clara.post("/cases", files={"process": (None, "toy")})
    assert response.status_code == 422
    assert response.json()["code"] == "invalid_request"


async def test_an_unknown_field_and_a_field_given_twice_are_refused(engine: Engine) -> None:
    async with caller(engine) as clara:
        unknown = await send(clara, tenant="bolt")
        twice = await clara.post("/cases", data={"process": ["toy", "toy"]}, files={"document": DOCUMENT})
    assert unknown.status_code == 422
    assert (twice.status_code, twice.json()["code"]) == (400, "duplicate_form_field")


async def test_a_body_at_the_limit_is_read_and_one_byte_more_is_refused(engine: Engine) -> None:
    request = httpx.Request("POST", "http://x/", data={"process": "toy"}, files={"document": DOCUMENT})
    body = request.read()
    headers = {"Content-Type": request.headers["Content-Type"]}
    async with caller(engine, max_body_bytes=len(body)) as clara:
        fits = await clara.post("/cases", content=body, headers=headers)
    async with caller(engine, max_body_bytes=len(body) - 1) as clara:
        large = await clara.post("/cases", content=body, headers=headers)
    assert fits.status_code == 201
    assert large.status_code == 413
    assert large.headers["content-type"] == "application/problem+json"
    assert large.json()["code"] == "too_large"


async def test_a_body_that_declares_no_length_is_counted(engine: Engine) -> None:
    async def chunks() -> Any:
        for _ in range(4):
            yield b" " * 100

    async with caller(engine, max_body_bytes=399) as clara:
        response = await clara.post("/cases", content=chunks(), headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def zipped(**members: bytes) -> tuple[str, bytes, str]:
    """A zip archive with a file for each member, named after it."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"march/{name}.xml", content)
    return ("invoices.zip", buffer.getvalue(), "application/zip")


async def test_an_archive_of_one_document_is_that_document_zipped_or_not(engine: Engine) -> None:
    async with caller(engine) as clara:
        started = await send(clara, zipped(invoice=DOCUMENT[1]))
        plain = await send(clara)
    assert (started.status_code, started.json()["case"]["title"]) == (201, "invoice.xml")
    assert (plain.status_code, plain.json()["case"]["id"]) == (200, started.json()["case"]["id"])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (zipped(first=b"<a/>", second=b"<b/>"), "several_documents"),
        (zipped(), "empty_archive"),
        (zipped(inner=zipped(first=b"<a/>")[1]), "nested_archive"),
        (zipped(bomb=bytes(30_000_000)), "archive_bomb"),
        (("cut.zip", zipped(first=b"<a/>")[1][:-9], "application/pdf"), "damaged_archive"),
    ],
    ids=["several", "empty", "nested", "bomb", "cut off"],
)
async def test_any_other_archive_is_refused_at_the_door_by_name_and_starts_nothing(
    engine: Engine, sent: tuple[str, bytes, str], code: str
) -> None:
    async with caller(engine) as clara:
        refused = await send(clara, sent)
        cases = (await clara.get("/cases")).json()["cases"]
    assert (refused.status_code, refused.json()["code"], cases) == (422, code, [])


async def test_an_archive_the_scanner_says_nothing_about_is_to_be_sent_again(engine: Engine) -> None:
    silent = Safeguards(scanner=scanner_of("clamd://127.0.0.1:1"))
    async with caller(engine, safeguards=silent) as clara:
        refused = await send(clara, zipped(invoice=DOCUMENT[1]))
    assert (refused.status_code, refused.json()["code"]) == (503, "not_scanned")
    assert "Retry-After" in refused.headers


async def test_nothing_is_unpacked_for_somebody_who_may_not_start_a_case(engine: Engine) -> None:
    async with caller(engine, "anton") as anton:
        refused = await send(anton, zipped(bomb=bytes(30_000_000)))
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
