"""Conditions of rule packs in plain words, and where their rules stand in the text."""

from __future__ import annotations

from importlib.resources import files

import pytest

from policies.errors import PackInvalid
from policies.pack_reading import PackReading, reading_of
from policies.packaged import pack_names
from policies.plain_words import PlainCondition

PACK = """\
pack: demo
version: 1.0.0
parameters:
  limit: {type: money, value: 500000, description: Total up to which nobody is asked}
fields:
  invoice.total: {type: money, description: "Total with tax; minor units"}
  invoice.date: {type: date, description: Date of the invoice}
  invoice.due: {type: date, description: Due date}
  invoice.kind: {type: str, description: Kind of document}
  supplier.known: {type: bool, description: The supplier is known}
  match.share: {type: bps, description: Share that was matched}
rules:
  - id: DEMO-01
    at: [decide]
    title: A rule
    severity: review
    when: WHEN
    message: "Look at it."
    source: {regulation: Internal policy, clause: "1"}
    examples:
      - {expect: fires, given: {}}
      - {expect: passes, given: {}}
  # between
  - id: DEMO-02
    at: [decide]
    title: Another
    severity: warn
    when: supplier.known
    message: >-
      A message
      of two lines.
    source: {regulation: Internal policy, clause: "2"}
    effective_from: 2026-01-01
    examples: [{expect: fires, given: {}}, {expect: passes, given: {}}]
"""


def said(condition: str, **parameters: int) -> PlainCondition:
    text = PACK.replace("WHEN", f"'{condition.replace(chr(39), chr(39) * 2)}'")
    return reading_of(text, name="demo", parameters=parameters).rules[0].fires


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("invoice.total > p.limit", "“Total with tax” is more than “Total up to which nobody is asked” (5000.00)"),
        ("invoice.total <= 1250", "“Total with tax” is at most 12.50"),
        ("match.share < 9500", "“Share that was matched” is less than 95 %"),
        ("not supplier.known", "“The supplier is known” is false"),
        ("invoice.kind == ''", "“Kind of document” is empty"),
        ("invoice.kind not in ['a', 'b']", "“Kind of document” is none of a, b"),
        ("invoice.kind in ['a']", "“Kind of document” is a"),
        ("not invoice.kind in ['a']", "“Kind of document” is not a"),
        ("missing(invoice.date)", "“Date of the invoice” is unknown"),
        ("not missing(invoice.date)", "“Date of the invoice” is known"),
        ("invoice.due < invoice.date", "“Due date” is before “Date of the invoice”"),
        ("invoice.due - invoice.date > 30", "“Due date” minus “Date of the invoice” is more than 30"),
        ("source(invoice.total) == 'person'", "source of “Total with tax” is person"),
        ("not (invoice.total > 0 or supplier.known)",
         "not (“Total with tax” is more than 0.00 or “The supplier is known” is true)"),
    ],
)  # fmt: skip
def test_a_condition_is_said_in_plain_words(condition: str, words: str) -> None:
    assert said(condition).parts == (words,)


def test_what_is_joined_is_a_list() -> None:
    both = said("supplier.known and invoice.total > 0 and (missing(invoice.date) or missing(invoice.due))")
    one = said("supplier.known or invoice.total > 0")
    assert (both.every, len(both.parts), one.every, len(one.parts)) == (True, 3, False, 2)
    assert both.parts[2] == "(“Date of the invoice” is unknown or “Due date” is unknown)"


def test_a_tenants_own_value_takes_the_place_of_the_packs() -> None:
    assert said("invoice.total > p.limit", limit=100).parts[0].endswith("(1.00)")


def test_a_message_names_what_is_filled_in() -> None:
    text = PACK.replace("WHEN", "supplier.known").replace("Look at it.", "{invoice.total} is over {p.limit}: look.")
    reading = reading_of(text, name="demo", parameters={"limit": 100})
    assert reading.rules[0].says == "“Total with tax” is over 1.00: look."


def lines(reading: PackReading, text: str) -> list[tuple[str, str]]:
    written = text.splitlines()
    return [
        (written[first - 1].strip(), written[last - 1].strip())
        for first, last in (read.lines for read in reading.rules)
    ]


def test_each_rule_is_found_in_the_text_from_its_first_line_to_its_last() -> None:
    text = PACK.replace("WHEN", "supplier.known")
    found = lines(reading_of(text, name="demo", parameters={}), text)
    assert found == [
        ("- id: DEMO-01", "- {expect: passes, given: {}}"),
        ("- id: DEMO-02", "examples: [{expect: fires, given: {}}, {expect: passes, given: {}}]"),
    ]


@pytest.mark.parametrize("name", pack_names())
def test_every_rule_that_is_shipped_is_read(name: str) -> None:
    text = (files("policies") / "packs" / f"{name}.yaml").read_text("utf-8")
    reading = reading_of(text, name=name, parameters={})
    firsts = [first for first, _ in lines(reading, text)]
    assert firsts == [f"- id: {rule.id}" for rule in reading.pack.rules]
    said_parts = [part for read in reading.rules for part in read.fires.parts]
    assert all("p." not in part and " == " not in part for part in said_parts)


def test_what_is_no_pack_is_refused() -> None:
    with pytest.raises(PackInvalid):
        reading_of("pack: demo", name="demo", parameters={})
