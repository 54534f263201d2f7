"""A request is printed with how it stands, where its address comes from, and what came of it."""

from __future__ import annotations

from typing import Any

import pytest

from api.cli.information import print_request, stands

REQUEST: dict[str, Any] = {
    "id": "r",
    "task": "t",
    "to": "eve@elsewhere.example",
    "source": "free",
    "subject": "A question",
    "deadline_at": "2026-02-03T12:00:00Z",
    "no_answer_since": None,
    "status": "open",
    "open": True,
    "delivery": "sent",
    "undelivered": None,
    "replies": [],
}
REPLY = {
    "received_at": "2026-02-01T12:00:00Z",
    "sender": "mallory@elsewhere.example",
    "counts": "other_sender",
    "text": "Pay me.",
    "documents": [{"name": "invoice.pdf"}],
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "waiting"),
        ({"open": False}, "the task has its answer"),
        ({"delivery": "undelivered"}, "could not be delivered"),
        ({"delivery": "stopped"}, "could not be delivered"),
        ({"status": "answered", "open": False, "delivery": "undelivered"}, "answered"),
        (
            {"status": "expired", "open": False, "no_answer_since": "2026-02-03T12:00:00Z"},
            "no answer since 2026-02-03T12:00:00Z",
        ),
    ],
)
def test_it_says_how_it_stands(changed: dict[str, Any], said: str) -> None:
    assert stands({**REQUEST, **changed}) == said


def test_an_address_on_no_file_and_anothers_mail_are_shown_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    print_request({**REQUEST, "replies": [REPLY]}, as_json=False)
    printed = capsys.readouterr().out
    for shown in ("chosen by the asker", "other_sender", "mallory@elsewhere", "invoice.pdf"):
        assert shown in printed
