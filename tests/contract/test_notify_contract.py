"""What `notify.send` promises; held against the twin and apprise with a webhook and a mail server on loopback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.mail_sink import MailSink, mail_sink
from tests.support.webhook import Webhook, webhook
from tools.connector import ConnectorContext, Standing
from tools.errors import Ambiguous, Permanent, ToolError, Transient
from tools.notify.actions import ATTEMPTS, Notify, NotifyArguments
from tools.notify.channels import AppriseAnnouncer, delivery_of
from tools.notify.connector import NOTIFY
from tools.notify.port import Announcer, Delivery, Note, Outcome
from tools.notify.settings import NotifySettings
from tools.notify.template import NoteTemplate, harmless
from tools.resilience import typed_arguments
from tools.secret import SecretMissing
from tools.testing.notify import MemoryAnnouncer

KEY = "interlock-7"
TOKEN = "xoxb-very-secret"
TEMPLATE = NoteTemplate(version=3, title="Task for ${who}", body="Case ${case} waits until ${until}.")
FIELDS = {"who": "Clara", "case": "NB-1", "until": "Friday"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An announcer with the channels `hook` and `mail`, what came there, and how `hook` is made to fail."""

    announcer: Announcer
    titles: Callable[[str], list[str]]
    fail: Callable[[Outcome], None]

    def tool(self) -> Notify:
        return Notify(
            target="notify", announcer=self.announcer, templates={"task": TEMPLATE}, pause=timedelta(milliseconds=1)
        )


def twin() -> Subject:
    announcer = MemoryAnnouncer(channels=("hook", "mail"))

    def titles(channel: str) -> list[str]:
        return [note.title for name, note in announcer.announced if name == channel]

    def fail(outcome: Outcome) -> None:
        announcer.faults.setdefault("hook", []).append(Delivery(outcome=outcome, reason="as told"))

    return Subject(announcer=announcer, titles=titles, fail=fail)


def addresses(hook: int, mail: int) -> dict[str, str]:
    return {
        "env:HOOK": f"json://127.0.0.1:{hook}/{TOKEN}",
        "env:MAIL": f"mailto://127.0.0.1:{mail}?from=interlock@buyer.example&to=clara@buyer.example&mode=insecure",
    }


def announcer_of(known: dict[str, str], *, timeout: float = 5) -> AppriseAnnouncer:
    def secret(reference: str) -> SecretStr:
        if reference not in known:
            raise SecretMissing(f"{reference}: the variable is not set")
        return SecretStr(known[reference])

    channels = {reference.removeprefix("env:").lower(): reference for reference in known}
    return AppriseAnnouncer(addresses=channels, secret=secret, call_timeout_seconds=timeout)


def real(hook: Webhook, sink: MailSink) -> Subject:
    codes = {Outcome.FAILED: 503, Outcome.REFUSED: 404, Outcome.UNKNOWN: None}

    def titles(channel: str) -> list[str]:
        if channel == "hook":
            return [str(posted["title"]) for posted in hook.posted]
        return [message_from_bytes(sent.content, policy=default)["Subject"] for sent in sink.sent]

    return Subject(
        announcer=announcer_of(addresses(hook.port, sink.port)),
        titles=titles,
        fail=lambda outcome: hook.answers.append(codes[outcome]),
    )


@pytest.fixture(params=["memory", "apprise"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """Each announcer in turn."""
    if request.param == "memory":
        yield twin()
        return
    async with webhook() as hook, mail_sink() as sink:
        yield real(hook, sink)


def arguments(*channels: str, **changes: Any) -> NotifyArguments:
    known = {"template": "task", "channels": channels or ("hook", "mail"), "fields": FIELDS}
    return NotifyArguments.model_validate({**known, **changes})


async def test_a_note_reaches_every_channel(subject: Subject) -> None:
    result = await subject.tool().execute(arguments(), key=KEY)
    assert (result["delivered"], result["failed"], result["template"]) == (["hook", "mail"], {}, "task@3")
    assert [subject.titles(channel) for channel in ("hook", "mail")] == [["Task for Clara"], ["Task for Clara"]]


async def test_a_channel_that_refuses_is_told_of_and_the_others_have_the_note(subject: Subject) -> None:
    subject.fail(Outcome.REFUSED)
    result = await subject.tool().execute(arguments(), key=KEY)
    assert (result["delivered"], result["failed"]["hook"]["outcome"]) == (["mail"], "refused")
    assert (subject.titles("hook"), len(subject.titles("mail"))) == ([], 1)


async def test_only_the_channel_that_failed_is_tried_again(subject: Subject) -> None:
    subject.fail(Outcome.FAILED)
    result = await subject.tool().execute(arguments(), key=KEY)
    assert (sorted(result["delivered"]), result["failed"]) == (["hook", "mail"], {})
    assert [len(subject.titles(channel)) for channel in ("hook", "mail")] == [1, 1]


@pytest.mark.parametrize(
    ("outcome", "times", "error"),
    [
        (Outcome.FAILED, ATTEMPTS, Transient),
        (Outcome.REFUSED, 1, Permanent),
        (Outcome.UNKNOWN, 1, Ambiguous),
    ],
)
async def test_a_note_that_no_channel_has_fails_by_what_is_known(
    subject: Subject, outcome: Outcome, times: int, error: type[ToolError]
) -> None:
    for _ in range(times):
        subject.fail(outcome)
    with pytest.raises(error):
        await subject.tool().execute(arguments("hook"), key=KEY)
    assert len(subject.titles("hook")) == (outcome is Outcome.UNKNOWN)


async def test_an_unknown_outcome_is_not_tried_again_by_the_tool_itself(subject: Subject) -> None:
    subject.fail(Outcome.UNKNOWN)
    result = await subject.tool().execute(arguments(), key=KEY)
    assert (result["failed"]["hook"]["outcome"], len(subject.titles("hook"))) == ("unknown", 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"template": "other"}, "unknown_template"),
        ({"channels": ["hook", "nowhere"]}, "unknown_channel"),
        ({"fields": {"who": "x"}}, "fields_do_not_fit"),
        ({"fields": {**FIELDS, "more": "x"}}, "fields_do_not_fit"),
    ],
)
async def test_what_does_not_fit_is_refused_before_anybody_is_told(
    subject: Subject, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Permanent) as refused:
        await subject.tool().execute(arguments(**changes), key=KEY)
    assert (refused.value.reason, subject.titles("hook"), subject.titles("mail")) == (code, [], [])


@pytest.mark.parametrize("changes", [{"channels": []}, {"url": "json://evil"}, {"urgency": "loud"}])
def test_an_address_is_never_an_argument(changes: dict[str, Any]) -> None:
    proposed = {"template": "task", "channels": ["hook"], "fields": FIELDS, **changes}
    with pytest.raises(Permanent) as refused:
        typed_arguments(twin().tool(), proposed)
    assert refused.value.reason == "invalid_arguments"


# What only real channels do


async def test_the_second_time_a_note_is_marked_and_has_the_same_id() -> None:
    async with webhook() as hook, mail_sink() as sink:
        tool = real(hook, sink).tool()
        await tool.execute(arguments(), key=KEY)
        await tool.again.execute(arguments(), key=KEY)
        assert [posted["title"] for posted in hook.posted] == ["Task for Clara", "[again] Task for Clara"]
        assert len({headers["idempotency-key"] for headers in hook.headers}) == 1
        mails = [message_from_bytes(sent.content, policy=default) for sent in sink.sent]
        assert len({message["Message-ID"] for message in mails}) == 1
        assert [message["X-Interlock-Repeated"] for message in mails] == [None, "yes"]


class Heard(logging.Handler):
    """What reaches the handlers of the process. `caplog` listens at loggers that tell nobody, so it hears more."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def heard() -> Iterator[Heard]:
    """All that is logged, at the least severity."""
    root, handler = logging.getLogger(), Heard()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(before)
    root.removeHandler(handler)


async def test_no_log_and_no_error_holds_an_address(heard: Heard) -> None:
    async with webhook() as hook, mail_sink() as sink:
        subject = real(hook, sink)
        for outcome in (Outcome.FAILED, Outcome.UNKNOWN, Outcome.REFUSED):
            subject.fail(outcome)
        result = await subject.tool().execute(arguments(), key=KEY)
        with pytest.raises(Permanent) as refused:
            await subject.tool().execute(arguments("hook"), key=KEY)
        health = await subject.announcer.check()
    said = f"{result}{refused.value}{health}{heard.lines}{subject.announcer}"
    assert heard.lines
    assert hook.asked == 3
    assert TOKEN not in said


async def test_a_channel_that_is_not_there_failed_for_certain() -> None:
    async with webhook() as hook, mail_sink() as sink:
        gone = real(hook, sink)
    for channel in ("hook", "mail"):
        delivery = await gone.announcer.announce(channel, Note(id="1", title="x", body="y", urgency="info"))
        assert delivery.outcome is Outcome.FAILED


async def test_a_channel_that_does_not_answer_is_given_up_in_time() -> None:
    async with webhook() as hook:
        hook.stalls = True
        announcer = announcer_of({"env:HOOK": f"json://127.0.0.1:{hook.port}/{TOKEN}"}, timeout=0.6)
        delivery = await announcer.announce("hook", Note(id="1", title="x", body="y", urgency="info"))
        assert delivery.outcome is Outcome.UNKNOWN


async def test_channels_that_are_slow_take_no_thread_that_other_work_needs() -> None:
    """Names are looked up, scans recognised and packs compiled by the same few threads of the process."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    async with webhook() as hook, asyncio.timeout(30):
        hook.stalls = True
        announcer = announcer_of({"env:HOOK": f"json://127.0.0.1:{hook.port}/{TOKEN}"}, timeout=20)
        note = Note(id="1", title="x", body="y", urgency="info")
        sending = [asyncio.create_task(announcer.announce("hook", note)) for _ in range(3)]
        while hook.asked < len(sending):
            await asyncio.sleep(0.01)
        assert await asyncio.to_thread(lambda: "done")
        assert not any(one.done() for one in sending)
        hook.hang_up()
        assert {delivery.outcome for delivery in await asyncio.gather(*sending)} == {Outcome.UNKNOWN}


async def test_a_redirect_is_not_followed_to_a_place_that_nobody_configured() -> None:
    async with webhook() as hook:
        hook.answers = [302]
        announcer = announcer_of({"env:HOOK": f"json://127.0.0.1:{hook.port}/{TOKEN}"})
        delivery = await announcer.announce("hook", Note(id="1", title="x", body="y", urgency="info"))
        assert (delivery.outcome, hook.posted) == (Outcome.REFUSED, [])


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("nope://x", "what env:C holds is no address that apprise knows"),
        ("json://hooks.example.com/x", "its address is not encrypted"),
        ("mailto://mail.example.com:25?from=a@b.example&to=c@d.example&mode=insecure", "it needs a sender, and TLS"),
        ("jsons://hooks.example.com/x", ""),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", ""),
        ("workflows://example.com/workflow/signature", ""),
    ],
)
async def test_the_check_says_what_is_wrong_with_a_channel_and_tells_nobody(address: str, problem: str) -> None:
    found = await announcer_of({"env:C": address}).check()
    assert problem in found.problem
    assert (found.standing is Standing.OK) is (not problem)


async def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    def secret(reference: str) -> SecretStr:
        raise SecretMissing(f"{reference}: the variable is not set in the environment of this process")

    async def load(sha256: str) -> tuple[str, bytes]:
        raise LookupError(sha256)

    async def store(name: str, content: bytes) -> str:
        raise LookupError(name)

    context = ConnectorContext(tenant="acme", folder=tmp_path, load=load, store=store, secret=secret)
    settings = NotifySettings.model_validate(
        {"channels": {"ops": {"url": "env:OPS_URL"}}, "templates": {"task": TEMPLATE.model_dump()}}
    )
    async with NOTIFY.open("notify", settings, context) as connector:
        assert [tool.name for tool in connector.tools()] == ["notify.send"]
        found = await connector.check()
    assert (found.standing, "ops: env:OPS_URL: the variable is not set" in found.problem) == (Standing.DOWN, True)


@pytest.mark.parametrize(
    ("logged", "outcome"),
    [
        ("Failed to send: error=429.", Outcome.FAILED),
        ("Failed to send: error=500.", Outcome.UNKNOWN),
        ("Failed to send: error=502.", Outcome.UNKNOWN),
        ("Failed to send: error=403.", Outcome.REFUSED),
        ("A Connection error occurred: ReadTimeout", Outcome.UNKNOWN),
        ("Socket Exception: NewConnectionError", Outcome.FAILED),
        ("", Outcome.UNKNOWN),
    ],
)
def test_what_is_not_certain_is_unknown(logged: str, outcome: Outcome) -> None:
    assert delivery_of(False, logged).outcome is outcome


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Nordlicht GmbH", "Nordlicht GmbH"),
        ("a\r\nb", "a b"),
        ("<!channel> <https://evil|bank>", "‹!channel› ‹https://evil|bank›"),
        ("@everyone and @Here, clara@buyer.example", "(at)everyone and (at)Here, clara@buyer.example"),
        ("[bank](https://evil)", "[bank] (https://evil)"),
        ("${case} $$", "${case} $$"),
        ("\u202eevil", "evil"),
        ("x" * 600, "x" * 500),
    ],
)
def test_a_value_stays_text(value: str, shown: str) -> None:
    assert harmless(value) == shown


@pytest.mark.parametrize("text", ["${", "$ 5", "${a b}"])
def test_a_template_that_cannot_be_filled_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write places as"):
        NoteTemplate(version=1, title="x", body=text)
