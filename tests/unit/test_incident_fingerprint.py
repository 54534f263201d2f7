"""Failures of one cause share a fingerprint, whatever values they happened with; those of two causes do not."""

from __future__ import annotations

import time

import pytest

from graphs.fingerprint import READ, fingerprint, message_shape, storable, values_of
from graphs.incidents.advice import ELSE, next_step, next_step_of_group
from tools.errors import PASSED_ON

PLACE = {"process": "toy", "step": "write", "tool": "toy.write", "code": "permanent", "specific": False}


def digest_of(message: str, **other: object) -> str:
    return fingerprint(**{**PLACE, "message": message, **other}).digest  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("there is no order PO-2026-001", "there is no order 4711/B"),
        ("10.0.0.1:8000 refused after 3.5 s", "10.0.0.2:443 refused after 12 s"),
        ("'Foo GmbH' is not known", "'Bar & Co' is not known"),
        ("case 3f2b8c1e-aaaa-4bbb-8ccc-1234567890ab is lost", "case 00000000-0000-4000-8000-000000000000 is lost"),
        ("<object at 0x7f31aa>", "<object at 0x99>"),
        ("mail to a@b.example bounced", "mail to c.d@e.example bounced"),
        ("net 1.234,56 EUR is too much", "net -12 EUR is too much"),
        ("read /srv/a/b.pdf: broken", "read /var/c.pdf: broken"),
        ("line 3, 4, 5: empty", "line 12: empty"),
    ],
)
def test_values_do_not_split_a_group(one: str, other: str) -> None:
    assert digest_of(one) == digest_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the fiscal year is closed", "the account is closed"),
        ("KeyError: 'amount'", "KeyError: 'currency'"),
        ("no supplier is found", "two suppliers are found"),
    ],
)
def test_causes_do_not_share_a_group(one: str, other: str) -> None:
    assert digest_of(one) != digest_of(other)


@pytest.mark.parametrize("part", ["process", "step", "tool", "code"])
def test_neither_do_places(part: str) -> None:
    assert digest_of("gone") != digest_of("gone", **{part: "another"})


def test_parts_do_not_run_into_each_other() -> None:
    assert digest_of("gone", process="a", step="bc") != digest_of("gone", process="ab", step="c")


def test_a_code_that_was_chosen_for_one_cause_says_enough() -> None:
    texts = {digest_of(text, code="order_unknown", specific=True) for text in ("no such order", "order is not there")}
    assert len(texts) == 1


@pytest.mark.parametrize("code", sorted(PASSED_ON))
def test_a_code_that_passes_on_the_targets_words_does_not(code: str) -> None:
    closed, missing = (digest_of(text, code=code, specific=True) for text in ("year closed", "account missing"))
    assert closed != missing


def test_what_is_known_of_the_case_is_no_part_of_the_shape() -> None:
    known = values_of({"vendor": "Müller GmbH"}, {"facts": {"city": {"value": "Bad Tölz"}, "net": {"value": 1200}}})
    shape = message_shape("Müller GmbH of BAD TÖLZ is blocked, net 1200", known)
    assert shape == "… of … is blocked, net …"


def test_words_in_small_letters_are_no_values_although_a_case_holds_them() -> None:
    known = values_of({"state": "closed", "note": "a", "flag": True})
    assert message_shape("the year is closed", known) == "the year is closed"


def test_a_value_inside_a_word_stays() -> None:
    assert message_shape("INVoice INV is wrong", ["INV"]) == "INVoice … is wrong"


def test_what_a_database_cannot_store_is_taken_out() -> None:
    assert storable("a\x00b\ud800c\nd\te") == "a…b?c\nd\te"


@pytest.mark.parametrize("evil", ["1" * 10**6, "a-" * 10**5, "'" * 10**6, "a@" * 10**5, "/a" * 10**5, ".,:" * 10**5])
def test_a_hostile_message_takes_no_time(evil: str) -> None:
    began = time.process_time()
    assert len(message_shape(evil)) <= READ
    assert time.process_time() - began < 1


def test_a_value_that_looks_like_a_pattern_is_taken_as_it_is() -> None:
    assert message_shape("supplier A.*(B is blocked", ["A.*(B"]) == "supplier … is blocked"


@pytest.mark.parametrize(
    ("kind", "code", "begins"),
    [
        ("Stuck", "stuck", "send it to another step"),
        ("Transient", "busy", "retry once the target answers"),
        ("KeyError", "KeyError", ELSE[:8]),
    ],
)
def test_there_is_always_something_to_do_next(kind: str, code: str, begins: str) -> None:
    assert next_step(kind, code).startswith(begins)


def test_a_fix_for_all_is_what_to_do_next_while_something_is_open() -> None:
    fix = "correct_field:po=4711"
    assert fix in next_step_of_group("Permanent", "gone", open_ones=2, one_fix=fix)
    assert next_step_of_group("Permanent", "gone", open_ones=0, one_fix=fix).startswith("nothing")
