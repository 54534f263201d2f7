"""Which mails may come of a mail of ours: by what they answer, or by the tag of their subject."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.bounces import report
from tests.support.mails import mail
from tools.inlet import Reply
from tools.mail.arrival import Reading, arrival_of
from tools.mail.identity import message_id_of, own_part, own_part_of, tags_in, written_tag
from tools.mail.limits import DEFAULT_LIMITS

TAG = "abcdefghijklmnopqrstuvwxyz"
FIRST, SECOND = (message_id_of(key, domain="buyer.example") for key in ("one", "two"))


def reply_of(content: bytes, *, domain: str | None = "buyer.example", whole: bool = True) -> Reply | None:
    reading = Reading(process="toy", limits=DEFAULT_LIMITS, authserv_id=None, domain=domain, without_document="case")
    now = datetime(2026, 11, 1, tzinfo=UTC)
    return arrival_of(content, reference="r", received_at=now, whole=whole, reading=reading).reply


def test_the_nearest_mail_comes_first_and_other_peoples_are_left_out() -> None:
    found = reply_of(mail(headers={"In-Reply-To": SECOND, "References": f"{FIRST} <x@elsewhere.example> {SECOND}"}))
    assert found is not None
    assert tuple(dict.fromkeys(found.answers)) == (SECOND, FIRST)
    assert own_part_of(found.answers[0]) == own_part("two")


def test_a_tag_is_found_wherever_it_stands_in_a_subject_and_words_are_not() -> None:
    found = reply_of(mail(subject=f"AW: Re: {'long ' * 100}{written_tag(TAG).upper()}"))
    assert found is not None
    assert (found.answers, found.tags) == ((), (TAG,))
    assert reply_of(mail(subject="Re: your question about invoice 4711")) is None
    assert tags_in("[ref:short] [ref:ABCDEFGHIJKLMNOPQRSTUVWXY1] ref:" + TAG) == []
    assert len(tags_in(" ".join(written_tag(TAG[:-2] + a + b) for a in "abcde" for b in "abcde"))) == 5


def test_an_installation_that_sends_nothing_has_no_replies() -> None:
    assert reply_of(mail(headers={"In-Reply-To": FIRST}), domain=None) is None
    assert reply_of(mail(headers={"In-Reply-To": message_id_of("one", domain="elsewhere.example")})) is None


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({}, False),
        ({"Auto-Submitted": "no"}, False),
        ({"Auto-Submitted": "auto-replied; owner-email=x"}, True),
        ({"Precedence": "Auto_Reply"}, True),
        ({"Precedence": "junk"}, True),
        ({"Precedence": "first-class"}, False),
        ({"X-Autoreply": "yes"}, True),
        ({"Return-Path": "<>"}, True),
    ],
)
def test_a_machine_is_known_by_its_headers(headers: dict[str, str], automatic: bool) -> None:
    found = reply_of(mail(headers={"In-Reply-To": FIRST, **headers}))
    assert found is not None
    assert found.automatic is automatic


def test_a_report_that_answers_is_a_machines() -> None:
    found = reply_of(report(FIRST, headers={"In-Reply-To": FIRST}, action="delayed"))
    assert found is not None
    assert found.automatic


def test_a_mail_of_which_only_the_headers_were_fetched_answers_too() -> None:
    found = reply_of(mail(headers={"In-Reply-To": FIRST}), whole=False)
    assert found is not None
    assert found.payload["text"] == ""
