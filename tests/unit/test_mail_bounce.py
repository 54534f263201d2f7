"""Which mails are reports that a mail of ours did not arrive."""

from __future__ import annotations

import pytest

from tests.support.bounces import REASON, report
from tests.support.mails import mail
from tools.inlet import Bounce
from tools.mail.bounce import bounce_of
from tools.mail.identity import message_id_of
from tools.mail.message import parsed

KEY, DOMAIN = "interlock-1234", "acme.example"
OURS = message_id_of(KEY, domain=DOMAIN)


def found(content: bytes, domain: str | None = DOMAIN) -> Bounce | None:
    message = parsed(content)
    assert message is not None
    return bounce_of(message, domain=domain)


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_names_the_mail_and_says_why(returned: str) -> None:
    bounce = found(report(OURS, key=KEY, returned=returned))
    assert bounce == Bounce(message_id=OURS, key=KEY, status="5.1.1", reason=REASON)


def test_a_report_without_our_key_still_names_the_mail() -> None:
    bounce = found(report(OURS))
    assert bounce is not None
    assert (bounce.message_id, bounce.key) == (OURS, "")


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded", "", "FAILED?"])
def test_only_a_failure_is_a_bounce(action: str) -> None:
    assert found(report(OURS, action=action)) is None


@pytest.mark.parametrize(
    "message_id",
    ["<a@b.example>", message_id_of(KEY, domain="other.example"), "<interlock.12@acme.example>", "none", ""],
)
def test_a_report_about_somebody_elses_mail_is_none(message_id: str) -> None:
    assert found(report(message_id)) is None


@pytest.mark.parametrize(
    "content",
    [
        mail(b"%PDF-1.4"),
        report(OURS, kind="multipart/mixed"),
        report(OURS, kind="text/plain"),
        report(OURS, returned="text/plain"),
        b"Content-Type: multipart/report\r\n\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n--b--",
    ],
)
def test_what_is_no_report_is_none(content: bytes) -> None:
    assert found(content) is None


def test_without_mails_of_our_own_nothing_bounces() -> None:
    assert found(report(OURS), domain=None) is None


def test_what_a_stranger_writes_into_a_report_is_cut_and_made_one_line() -> None:
    bounce = found(report(OURS, status="5" * 900, reason="x\u202e\r\n injected: y " * 400, key="k" * 10_000))
    assert bounce is not None
    assert len(bounce.status) <= 20
    assert len(bounce.reason) <= 200
    assert len(bounce.key) <= 300
    assert bounce.reason.isprintable()
