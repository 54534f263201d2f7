"""Tryton's wire: what each kind of answer means, and how little of an error is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tools.erp.tryton_rpc import TrytonSession, decode, encode, refusal, warning_code
from tools.errors import MESSAGE_LIMIT, Ambiguous, Permanent, TargetWarning, ToolError, Transient

HUGE = "x" * 50_000
Handler = Callable[[dict[str, Any]], httpx.Response]


def answer(result: Any = None, *, error: Any = None) -> httpx.Response:
    """A well-formed answer."""
    return httpx.Response(200, json={"id": 1, "error": error} if error else {"id": 1, "result": result})


def session(handle: Handler) -> TrytonSession:
    """A session whose logins succeed and whose other calls `handle` answers."""

    def respond(request: httpx.Request) -> httpx.Response:
        call = json.loads(request.content)
        if call["method"] == "common.db.login":
            return answer([7, "token", None])
        if call["method"] == "model.res.user.get_preferences":
            return answer({"company": 1})
        return handle(call)

    return TrytonSession(
        "http://erp", database="db", user="u", password="secret", transport=httpx.MockTransport(respond)
    )


async def caught(call: Any) -> ToolError:
    """The error a call raises."""
    with pytest.raises(ToolError) as raised:
        await call
    return raised.value


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (Decimal("1.10"), {"__class__": "Decimal", "decimal": "1.10"}),
        (date(2026, 1, 31), {"__class__": "date", "year": 2026, "month": 1, "day": 31}),
        (b"\x00\xff", {"__class__": "bytes", "base64": "AP8="}),
    ],
)
def test_values_survive_the_wire(value: object, wire: dict[str, object]) -> None:
    assert encode(value) == wire
    assert decode(wire) == value


def test_an_instant_is_read_as_its_day_and_never_sent() -> None:
    assert decode({"__class__": "datetime", "year": 2026, "month": 1, "day": 2, "hour": 3}) == date(2026, 1, 2)
    with pytest.raises(TypeError):
        encode(datetime(2026, 1, 2))  # noqa: DTZ001 - the point is that no instant is sent


@pytest.mark.parametrize(
    ("payload", "kind", "reason"),
    [
        (["UserError", ["No period", "more", {"domain": HUGE}]], Permanent, "refused_by_erp"),
        (["UserWarning", ["0" * 32 + ".invoice_similar", "Is it the same?", ""]], TargetWarning, "invoice_similar"),
        (["ConcurrencyException", "x"], Transient, "concurrent_change"),
        (["LoginException", ["sms", "Code?", "char"]], Permanent, "login_refused"),
        (["KeyError: 'party'\nTraceback …", HUGE], Permanent, "erp_fault"),
        ([], Permanent, "erp_fault"),
        ("garbage", Permanent, "erp_fault"),
        ([{"odd": HUGE}], Permanent, "erp_fault"),
    ],
)
def test_an_error_payload_says_what_may_be_done(payload: object, kind: type[ToolError], reason: str) -> None:
    error = refusal(payload)
    assert type(error) is kind
    assert error.reason == reason


@pytest.mark.parametrize(
    "payload", [["UserError", [HUGE]], ["UserWarning", [HUGE, HUGE]], [HUGE, HUGE], ["UserError", HUGE]]
)
def test_an_error_is_cut_short_however_long_it_comes(payload: object) -> None:
    assert len(refusal(payload).message) <= MESSAGE_LIMIT


def test_only_the_first_message_of_an_error_is_kept() -> None:
    error = refusal(["UserError", ["No period for the date", "description", [["party", "=", 1]]]])
    assert error.message == "UserError: No period for the date"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("4d43e53fc179494a951a6639a092ee0c.invoice_similar", "invoice_similar"),
        ("4d43e53fc179494a951a6639a092ee0c.account.invoice eu_vat valid", "account.invoice_eu_vat_valid"),
        ("invoice_similar", "invoice_similar"),
        ("", "warning"),
    ],
)
def test_a_warning_is_named_without_the_records_it_is_about(name: str, code: str) -> None:
    assert warning_code(name) == code


@pytest.mark.parametrize(
    ("status", "on_read", "on_write"),
    [
        (429, Transient, Transient),
        (403, Permanent, Permanent),
        (404, Permanent, Permanent),
        (401, Permanent, Permanent),
        (500, Transient, Ambiguous),
        (502, Transient, Ambiguous),
        (503, Transient, Ambiguous),
        (504, Transient, Ambiguous),
    ],
)
async def test_an_http_status_says_what_may_be_done(
    status: int, on_read: type[ToolError], on_write: type[ToolError]
) -> None:
    erp = session(lambda _call: httpx.Response(status))
    assert type(await caught(erp.read("m"))) is on_read
    assert type(await caught(erp.write("m"))) is on_write


@pytest.mark.parametrize(
    "said",
    [
        "could not serialize access due to concurrent update",
        "deadlock detected",
        "could not obtain lock on row in relation &#34;ir_sequence_strict&#34;",
        "couldn&#39;t get a connection after 30.00 sec",
    ],
)
async def test_a_write_that_postgresql_has_undone_may_be_sent_again(said: str) -> None:
    page = f"<!doctype html>\n<title>503 Service Unavailable</title>\n<p>{said}\nDETAIL: none</p>\n"
    erp = session(lambda _call: httpx.Response(503, text=page))
    error = await caught(erp.write("m"))
    assert (type(error), error.reason) == (Transient, "write_conflict")


@pytest.mark.parametrize(
    "said", ["the connection is closed", "server closed the connection unexpectedly", "SSL SYSCALL error", ""]
)
async def test_a_503_that_does_not_say_the_write_was_undone_leaves_it_open(said: str) -> None:
    erp = session(lambda _call: httpx.Response(503, text=f"<p>{said}</p>"))
    assert type(await caught(erp.write("m"))) is Ambiguous
    assert type(await caught(erp.read("m"))) is Transient


def test_a_warning_carries_the_name_it_is_acknowledged_by() -> None:
    name = "0" * 32 + ".invoice_similar"
    error = refusal(["UserWarning", [name, "Is it the same?", ""]])
    assert isinstance(error, TargetWarning)
    assert error.warning == name
    assert error.message == "invoice_similar: Is it the same?"


async def test_a_call_may_have_a_context_beside_the_users() -> None:
    seen: list[dict[str, Any]] = []

    def remember(call: dict[str, Any]) -> httpx.Response:
        seen.append(call)
        return answer(None)

    erp = session(remember)
    await erp.write("wizard.x.execute", 3, context={"active_id": 4})
    await erp.write("model.x.write", [1])
    assert [call["params"][-1] for call in seen] == [{"company": 1, "active_id": 4}, {"company": 1}]


async def test_an_answer_that_is_not_json_leaves_a_write_open() -> None:
    erp = session(lambda _call: httpx.Response(200, text="<html>"))
    assert type(await caught(erp.read("m"))) is Transient
    assert type(await caught(erp.write("m"))) is Ambiguous


async def test_an_expired_session_logs_in_again_once() -> None:
    statuses = [401, 200, 401, 401]
    erp = session(lambda _call: httpx.Response(statuses.pop(0), json={"id": 1, "result": "done"}))
    assert await erp.read("m") == "done"
    assert (await caught(erp.read("m"))).reason == "login_refused"
    assert statuses == []


async def test_every_call_carries_the_users_context_last() -> None:
    seen: list[dict[str, Any]] = []

    def remember(call: dict[str, Any]) -> httpx.Response:
        seen.append(call)
        return answer(None)

    await session(remember).read("model.x.read", [1], ["name"])
    assert seen[0]["params"] == [[1], ["name"], {"company": 1}]


async def test_the_password_stands_in_no_error() -> None:
    erp = TrytonSession(
        "http://erp",
        database="db",
        user="u",
        password="secret",
        transport=httpx.MockTransport(lambda _request: httpx.Response(401)),
    )
    error = await caught(erp.read("m"))
    assert error.reason == "login_refused"
    assert "secret" not in str(error)
