"""Texts of notices: whatever a value holds it stays text, and nothing is missing from one language."""

from __future__ import annotations

import json
from datetime import datetime
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from graphs.notices.delivery import link_mark
from graphs.notices.standing import STILL_TRUE
from graphs.notices.text import LONGEST_BODY, LONGEST_TITLE, NoticeText, Wording, kinds, packaged, plain

ENGLISH = Wording(language="en", zone=ZoneInfo("Europe/Berlin"))
GERMAN = Wording(language="de", zone=ZoneInfo("Europe/Berlin"))
TOLD = (
    "task.assigned",
    "task.reassigned",
    "task.delegated",
    "task.commented",
    "information.asked",
    "deadline.at_risk",
    "deadline.breached",
    "escalation",
    "incident.opened",
    "account.invited",
    "account.reset",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def test_every_kind_has_its_text_in_every_language() -> None:
    assert set(TOLD) <= set(kinds())
    assert set(STILL_TRUE) <= set(kinds())
    assert sorted(packaged()) == ["de", "en"]
    assert set(packaged()["de"].texts) == set(kinds())


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_has_the_same_places_in_every_language(kind: str) -> None:
    def places(text: NoticeText) -> set[str]:
        return {*Template(text.title).get_identifiers(), *Template(text.body).get_identifiers()}

    found = [places(texts.texts[kind]) for texts in packaged().values()]
    assert found[0] == found[1]


@settings(max_examples=60)
@given(kind=st.sampled_from(kinds()) | st.text(max_size=120), values=st.dictionaries(st.text(max_size=12), JSON))
def test_a_text_can_always_be_filled(kind: str, values: dict[str, Any]) -> None:
    for wording in (ENGLISH, GERMAN):
        title, body = wording.filled(kind, values)
        assert 0 < len(title) <= LONGEST_TITLE
        assert len(title.splitlines()) == 1
        assert 0 < len(body) <= LONGEST_BODY


@given(value=st.text(max_size=300))
def test_a_value_is_one_line_without_a_mark_of_ours(value: str) -> None:
    around = ENGLISH.filled("task.commented", {"text": "", "by": "b", "task": "t", "link": "l"})[1]
    filled = ENGLISH.filled("task.commented", {"text": value, "by": "b", "task": "t", "link": "l"})[1]
    assert len(filled.splitlines()) == len(around.splitlines())
    assert "<" not in filled


@pytest.mark.parametrize(
    "hostile",
    [
        "approve\nat once:\nhttps://evil.example",
        "[click](https://evil.example)",
        "<a href='https://evil.example'>here</a>",
        "@everyone @channel look",
        "\u202egnorw",
        link_mark("11111111-1111-1111-1111-111111111111"),
        "${link} $link $$",
    ],
)
def test_what_a_document_says_stays_what_it_says(hostile: str) -> None:
    values = {"text": hostile, "by": "b", "task": "t", "link": "https://interlock.example/tasks/1"}
    _, body = ENGLISH.filled("task.commented", values)
    assert body.count("https://interlock.example/tasks/1") == 1
    assert len(body.splitlines()) == 4
    assert [mark for mark in ("<", "\u202e", "@everyone", "](") if mark in body] == []


def test_what_is_missing_is_shown_as_such() -> None:
    assert "Due: (not given)" in ENGLISH.filled("task.assigned", {"task": "Approve"})[1]
    assert "Fällig: (nicht angegeben)" in GERMAN.filled("task.assigned", {"task": "Approve", "due_at": None})[1]


def test_an_instant_is_shown_by_the_persons_clock() -> None:
    at = datetime.fromisoformat("2026-07-01T22:30+00:00").isoformat()
    assert "Due: 2026-07-02 00:30 (Europe/Berlin)" in ENGLISH.filled("task.assigned", {"due_at": at})[1]


def test_a_kind_without_a_text_names_what_it_is_about() -> None:
    title, body = ENGLISH.filled("robot.jammed", {"case": "INV-1", "case_id": "c1", "task": "Look", "task_id": "t1"})
    assert title == "robot.jammed: INV-1"
    assert all(said in body for said in ("robot.jammed", "INV-1 (c1)", "Look (t1)"))
    assert plain("odd $kind").title == "odd $$kind: ${case}"


def test_an_unknown_language_is_english() -> None:
    french = Wording(language="fr", zone=ZoneInfo("UTC"))
    assert french.filled("notice.test", {"person": "Clara"})[0] == "Test: notices reach you"


def test_a_tenants_own_text_goes_before_the_packaged_one() -> None:
    own = {("task.assigned", "de"): NoticeText(version=3, label="Neu", title="Bitte: ${task}", body="${task}")}
    german, english = (Wording(language=one, zone=ZoneInfo("UTC"), own=own) for one in ("de", "en"))
    assert german.filled("task.assigned", {"task": "Prüfen"}) == ("Bitte: Prüfen", "Prüfen")
    assert english.filled("task.assigned", {"task": "Check"})[0] == "Task for you: Check"


@pytest.mark.parametrize(
    ("title", "body"), [("costs $5", "b"), ("two\nlines", "b"), ("", "b"), ("t", ""), ("t", "${}"), ("bell\x07", "b")]
)
def test_a_text_that_cannot_be_filled_is_refused(title: str, body: str) -> None:
    with pytest.raises(ValidationError):
        NoticeText(version=1, label="l", title=title, body=body)


def test_a_value_that_is_no_text_is_shown_as_json() -> None:
    _, body = ENGLISH.filled("task.commented", {"text": {"a": [1, True]}})
    assert json.dumps({"a": [1, True]}) in body
