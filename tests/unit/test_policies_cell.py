"""Cells of decision tables: what each form accepts, at its boundary, and what is no test at all."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.cell import CellInvalid, joined, read_cell
from policies.expression import Kind

NUMBERS = [
    ("5", {4: False, 5: True, 6: False}),
    ("<= 5", {4: True, 5: True, 6: False}),
    ("<5", {4: True, 5: False}),
    (">= 5", {4: False, 5: True, 6: True}),
    ("> 5", {5: False, 6: True}),
    ("[5..7]", {4: False, 5: True, 7: True, 8: False}),
    ("(5..7)", {5: False, 6: True, 7: False}),
    ("]5..7[", {5: False, 6: True, 7: False}),
    ("[5..7[", {5: True, 6: True, 7: False}),
    ("1, [5..7], > 20", {0: False, 1: True, 2: False, 5: True, 7: True, 8: False, 20: False, 21: True}),
    ("not(5)", {4: True, 5: False, 6: True}),
    ("not(< 0, > 9)", {-1: False, 0: True, 9: True, 10: False}),
    ("-3", {-3: True, 3: False}),
    ("-", {0: True, -(2**61): True}),
]
TEXTS = [
    ("goods", {"goods": True, "Goods": False, "service": False}),
    ("goods, service", {"goods": True, "service": True, "none": False}),
    ('"goods", "a, b"', {"goods": True, "a, b": True, "a": False}),
    ("not(goods)", {"goods": False, "anything": True}),
    ('"-"', {"-": True, "x": False}),
    ('""', {"": True, "x": False}),
    (r'"say \"so\""', {'say "so"': True}),
]


@pytest.mark.parametrize(("text", "answers"), NUMBERS)
def test_a_cell_of_numbers_accepts_what_it_says(text: str, answers: dict[int, bool]) -> None:
    cell = read_cell(text, Kind.INT)
    assert {number: cell.accepts(number) for number in answers} == answers


@pytest.mark.parametrize(("text", "answers"), TEXTS)
def test_a_cell_of_texts_accepts_what_it_says(text: str, answers: dict[str, bool]) -> None:
    cell = read_cell(text, Kind.STR)
    assert {value: cell.accepts(value) for value in answers} == answers


@pytest.mark.parametrize("text", ["[2026-01-01..2026-01-31]", 'date("2026-01-02")', "2026-01-02", "< 2026-01-03"])
def test_days_are_written_as_people_or_as_feel_writes_them(text: str) -> None:
    cell = read_cell(text, Kind.DATE)
    assert cell.accepts(date(2026, 1, 2).toordinal())
    assert not cell.accepts(date(2026, 2, 1).toordinal())


def test_booleans_are_true_and_false() -> None:
    assert [read_cell("true", Kind.BOOL).accepts(value) for value in (True, False)] == [True, False]
    assert [read_cell("not(true)", Kind.BOOL).accepts(value) for value in (True, False)] == [False, True]


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("", Kind.INT, "empty"),
        ("1.5", Kind.INT, "not an exact integer"),
        ("ten", Kind.INT, "not an exact integer"),
        ("[7..5]", Kind.INT, "accepts nothing"),
        ("(5..6)", Kind.INT, "accepts nothing"),
        ("not(< 0, > -1)", Kind.INT, "accepts nothing"),
        ("not(true, false)", Kind.BOOL, "accepts nothing"),
        (str(2**62), Kind.INT, "out of range"),
        ("> goods", Kind.STR, "only numbers and days have an order"),
        ("yes", Kind.BOOL, "neither true nor false"),
        ("2026-13-01", Kind.DATE, "not a day"),
        ('goods "quoted" more', Kind.STR, "not a list of tests"),
        ("? > 5 and ? < 7", Kind.INT, "not an exact integer"),
    ],
)
def test_what_is_no_test_is_refused_by_name(text: str, kind: Kind, why: str) -> None:
    with pytest.raises(CellInvalid, match=why):
        read_cell(text, kind)


small = st.integers(-4, 4)
ranges = st.builds(lambda a, b: f"[{min(a, b)}..{max(a, b)}]", small, small)
parts = small.map(str) | ranges | st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">="]), small)
written = st.lists(parts, min_size=1, max_size=3).map(", ".join)


def accepts_something(text: str) -> bool:
    try:
        read_cell(text, Kind.INT)
    except CellInvalid:
        return False
    return True


tests = written | written.map("not({})".format).filter(accepts_something) | st.just("-")


@given(tests, tests)
def test_two_cells_overlap_just_when_some_number_is_accepted_by_both(one: str, other: str) -> None:
    first, second = read_cell(one, Kind.INT), read_cell(other, Kind.INT)
    both = any(first.accepts(number) and second.accepts(number) for number in range(-6, 7))
    assert first.overlaps(second) is both
    assert second.overlaps(first) is both


words = st.sampled_from(["a", "b", "c"])
choices = st.lists(words, min_size=1, max_size=3).map(", ".join)


@given(choices | choices.map("not({})".format), choices | choices.map("not({})".format))
def test_two_cells_overlap_just_when_some_text_is_accepted_by_both(one: str, other: str) -> None:
    first, second = read_cell(one, Kind.STR), read_cell(other, Kind.STR)
    assert first.overlaps(second) is any(first.accepts(word) and second.accepts(word) for word in "abcd")


@given(written.filter(lambda text: accepts_something(f"not({text})")))
def test_a_cell_and_its_opposite_share_every_number_between_them(text: str) -> None:
    cell, opposite = read_cell(text, Kind.INT), read_cell(f"not({text})", Kind.INT)
    assert all(cell.accepts(number) is not opposite.accepts(number) for number in range(-9, 10))


def test_ranges_that_touch_become_one() -> None:
    assert joined([(5, 6), (1, 2), (3, 4), (9, 9)]) == ((1, 6), (9, 9))
