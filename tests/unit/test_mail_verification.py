"""Who a mail is from is what the receiving server said, and nothing that came with the mail."""

from __future__ import annotations

import pytest

from policies.fact import Fact, Integrity, SourceKind
from tools.mail.message import parsed
from tools.mail.verification import verify, without_comments

MX = "mx.buyer.example"
OURS = f"Authentication-Results: {MX}; "
FROM = "From: Billing <billing@supplier.example>"


def facts(*lines: str, authserv_id: str | None = MX, sender: str = FROM) -> dict[str, Fact]:
    message = parsed("\r\n".join([*lines, sender, "Subject: x", "", "y"]).encode())
    assert message is not None
    return verify(message, authserv_id=authserv_id).facts


def verdict(*lines: str, **known: str | None) -> object:
    return facts(*lines, **known)["sender_verified"].value  # type: ignore[arg-type]  # the keyword arguments of facts


def test_a_dmarc_pass_of_the_own_server_verifies_the_sender_and_says_who_says_so() -> None:
    found = facts(OURS + "spf=pass smtp.mailfrom=supplier.example; dkim=pass header.d=supplier.example;\r\n"
                  " dmarc=pass (p=reject) header.from=supplier.example")  # fmt: skip
    assert {name: found[name].value for name in ("spf", "dkim", "dmarc", "sender_verified")} == dict.fromkeys(
        ("spf", "dkim", "dmarc", "sender_verified"), "pass"
    )
    said = found["sender_verified"]
    assert (said.source.kind, said.source.ref) == (SourceKind.SYSTEM_OF_RECORD, f"mail server {MX}")
    assert (said.integrity, found["from"].integrity) == (Integrity.TRUSTED, Integrity.UNTRUSTED)


def test_without_a_configured_server_nobody_is_verified() -> None:
    found = facts(OURS + "dmarc=pass header.from=supplier.example", authserv_id=None)
    assert (found["sender_verified"].value, found["dmarc"].value) == ("none", "none")
    assert found["dmarc"].source.ref == "no mail server is trusted"


@pytest.mark.parametrize(
    "header",
    [
        "Authentication-Results: mx.evil.example; dmarc=pass header.from=supplier.example",
        f"Authentication-Results: evil.example {MX}; dmarc=pass header.from=supplier.example",
        f"Authentication-Results: ({MX}) evil.example; dmarc=pass header.from=supplier.example",
        f"X-Authentication-Results: {MX}; dmarc=pass header.from=supplier.example",
        f"ARC-Authentication-Results: i=1; {MX}; dmarc=pass header.from=supplier.example",
    ],
)
def test_what_another_server_says_is_not_read(header: str) -> None:
    assert verdict(header) == "none"


@pytest.mark.parametrize(
    "between",
    [
        ["Received: from evil by mx"],
        [],
        ["Authentication-Results: relay.example; spf=none"],
    ],
    ids=["below our server's Received", "right below", "below another's"],
)
def test_a_forged_header_below_the_own_one_changes_nothing(between: list[str]) -> None:
    own = OURS + "dkim=fail header.d=supplier.example; dmarc=fail header.from=supplier.example"
    forged = OURS + "dkim=pass header.d=supplier.example; dmarc=pass header.from=supplier.example"
    assert verdict(own, *between, forged) == "fail"


def test_results_that_the_server_spread_over_several_headers_are_read_together() -> None:
    found = facts(OURS + "spf=pass smtp.mailfrom=supplier.example", OURS + "dmarc=pass header.from=supplier.example")
    assert (found["spf"].value, found["sender_verified"].value) == ("pass", "pass")


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("none", "none"),
        ("spf=pass smtp.mailfrom=supplier.example", "none"),
        ("spf=fail smtp.mailfrom=supplier.example", "fail"),
        ("spf=softfail", "fail"),
        ("spf=temperror", "none"),
        ("dkim=pass header.d=supplier.example", "pass"),
        ("dkim=pass header.i=@supplier.example", "pass"),
        ("dkim=pass header.d=mailer.example", "none"),
        ("dkim=fail header.d=old.example; dkim=pass header.d=supplier.example", "pass"),
        ("dkim=pass header.d=supplier.example; dmarc=fail header.from=supplier.example", "fail"),
        ("dmarc=pass header.from=other.example", "fail"),
        ("dmarc=pass", "pass"),
        ("DMARC=PASS header.from=Supplier.Example", "pass"),
        ("dmarc/1=pass header.from=supplier.example", "pass"),
        ("dmarc=passed", "none"),
        ("dmarc=none; spf=neutral", "none"),
        ('spf=none reason="x; dmarc=pass header.from=supplier.example"', "none"),
        ("spf=none (x; dmarc=pass header.from=supplier.example)", "none"),
        ("spf=none (a (nested) ; dmarc=pass)", "none"),
        ('spf=none (of "a) ; dmarc=pass header.from=supplier.example; ("@evil)', "none"),
        (r"spf=none (\) ; dmarc=pass)", "none"),
        ("spf=none (never closed; dmarc=pass", "none"),
    ],
)
def test_what_the_server_says_is_weighed(results: str, expected: str) -> None:
    assert verdict(OURS + results) == expected


@pytest.mark.parametrize(
    "sender",
    [
        "From: a@supplier.example, b@evil.example",
        "From: a@supplier.example\r\nFrom: b@evil.example",
        "Subject: nobody",
        "From: undisclosed",
    ],
)
def test_a_mail_without_exactly_one_sender_verifies_nobody(sender: str) -> None:
    assert verdict(OURS + "dmarc=pass header.from=supplier.example", sender=sender) == "none"


@pytest.mark.parametrize(
    ("path", "same", "address"),
    [
        ("<bounce@supplier.example>", True, "bounce@supplier.example"),
        ("<x@mailer.example>", False, "x@mailer.example"),
        ("<>", False, ""),
    ],
)
def test_from_and_envelope_are_compared(path: str, same: bool, address: str) -> None:
    found = facts(f"Return-Path: {path}")
    assert (found["from_is_envelope"].value, found["envelope_from"].value) == (same, address)
    assert found["from_is_envelope"].integrity is Integrity.UNTRUSTED


def test_comments_and_quotes_are_dropped_and_open_ones_hide_the_rest() -> None:
    assert without_comments('a (b (c) d) e "f;g" h') == "a  e  h"
    assert without_comments('a "b') == "a "
    assert without_comments("a ) b") == "a  b"
