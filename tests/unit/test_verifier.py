"""The verifier's own forms: canonical JSON, notes, proofs and rules, held to others' vectors and to the engine."""

from __future__ import annotations

import ast
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import verifier
from graphs.merkle import Frontier, Subtrees, consistency_spans, inclusion_spans, leaf_hash
from graphs.verifier import Judge, Key, NotRecomputable, Unsound, canonical, consistent, included, read_json
from policies.canonical import canonical_json
from policies.field import FieldType
from policies.judgement import RuleBook
from policies.names import PointNames
from policies.pack_file import read_pack
from policies.packaged import pack_names, rule_book
from tests.conftest import ROOT
from tests.support.toy import toy_rulebook
from tests.unit.test_merkle import LEAVES, ROOTS, SIX_TO_EIGHT, SIXTH_OF_EIGHT
from tests.unit.test_signed_note import CHECKPOINT, GO_KEY, GO_NOTE, GO_TEXT, KEY, NOTE, SIGNER

TODAY = date(2026, 11, 28)
texts = st.text(st.characters(codec="utf-8"), max_size=12)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@given(json_values)
def test_canonical_json_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-400, 400).map(lambda power: 1.5 * 10.0 ** -abs(power))
)
@settings(max_examples=500)
def test_every_number_is_written_as_ecmascript_writes_it(value: float) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-7, "1.5e-7"),
        (-0.0, "0"),
        (5.0, "5"),
        (0.1, "0.1"),
        (-1.25, "-1.25"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
    ],
)
def test_numbers_at_the_bounds_of_their_forms(value: float, text: str) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), b"x", {1}])
def test_what_has_no_json_is_refused(value: Any) -> None:
    with pytest.raises(Unsound):
        canonical(value)


def test_a_lone_surrogate_has_no_text() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical({"a": "\ud800"})


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', "NaN", "[Infinity]", '{"x":{"b":1,"b":1}}'])
def test_ambiguous_json_is_refused(text: str) -> None:
    with pytest.raises(Unsound):
        read_json(text)


def test_the_known_note_opens() -> None:
    assert Key(GO_KEY).opened(GO_NOTE) == GO_TEXT[:-1]


def test_a_checkpoint_opens_as_the_product_signed_it() -> None:
    assert verifier.checkpoint(Key(KEY.text), NOTE) == (CHECKPOINT.size, CHECKPOINT.root)


@given(st.data())
def test_no_changed_checkpoint_opens(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(NOTE) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda found: found != NOTE[place]))
    changed = NOTE[:place] + letter + NOTE[place + 1 :]
    try:
        found = verifier.checkpoint(Key(KEY.text), changed)
    except ValueError:
        return
    # Base64 has bits that say nothing: what was signed is still what it says.
    assert found == (CHECKPOINT.size, CHECKPOINT.root)
    assert changed.split("\n\n")[0] == NOTE.split("\n\n")[0]


def test_a_dossiers_note_is_no_checkpoint() -> None:
    with pytest.raises(Unsound):
        verifier.checkpoint(Key(KEY.text), SIGNER.signed("acme", "interlock dossier v1\n7\nAAAA\n"))


def test_the_known_proofs() -> None:
    root = bytes.fromhex(ROOTS[-1])
    assert included(LEAVES[5], 5, 8, [bytes.fromhex(found) for found in SIXTH_OF_EIGHT], root)
    path = [bytes.fromhex(found) for found in SIX_TO_EIGHT]
    assert consistent(6, bytes.fromhex(ROOTS[5]), 8, root, path)
    assert not consistent(6, bytes.fromhex(ROOTS[4]), 8, root, path)


@given(st.integers(1, 80), st.data())
def test_the_products_proofs_convince_and_no_others(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    here, before = inclusion_spans(index, size), consistency_spans(old, size)
    found = Subtrees([*here, *before])
    found.extend(leaves)
    path, root = [found.hash_of(span) for span in here], found.root
    assert included(leaves[index], index, size, path, root)
    assert not convinced(included, leaf_hash(b"other"), index, size, path, root)
    assert not convinced(included, leaves[index], index, size, [*path, root], root)
    older, path = Frontier().extended(leaves[:old]).root, [found.hash_of(span) for span in before]
    assert consistent(old, older, size, root, path)
    assert not convinced(consistent, old, leaf_hash(b"other"), size, root, path)
    assert not convinced(consistent, old, older, size, root, [*path, root])


def convinced(proof: Any, *arguments: Any) -> bool:
    try:
        return bool(proof(*arguments))
    except Unsound:
        return False


# Rules

TABLES = RuleBook(read_pack((ROOT / "tests" / "support" / "tables.yaml").read_text(), name="tables"))
AUTHORITY = RuleBook(read_pack((ROOT / "docs" / "examples" / "authority.yaml").read_text(), name="authority"))
BOOKS = [toy_rulebook(), TABLES, TABLES, AUTHORITY, *map(rule_book, pack_names())]
OF_TYPE: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.BOOL: st.booleans(),
    FieldType.STR: st.sampled_from(["EUR", "USD", "invoice", "credit_note", "document", "system_of_record", "x"]),
    FieldType.DATE: st.integers(-400, 400).map(lambda days: (TODAY + timedelta(days=days)).isoformat()),
}
NUMBERS = st.sampled_from([0, 1, 2, 999, 1000, 1001, 5000, 9000, 10_000, 500_000, 2_500_001]) | st.integers(-10, 10**7)


@st.composite
def questions(draw: st.DrawFn) -> tuple[RuleBook, str, dict[str, Any], date, dict[str, Any]]:
    book = draw(st.sampled_from(BOOKS))
    point = draw(st.sampled_from(book.pack.points))
    asked = PointNames(book.pack, point).fields
    facts = {name: draw(st.none() | OF_TYPE.get(item.type, NUMBERS)) for name, item in asked.items()}
    limits = {
        name: draw(OF_TYPE.get(item.type, NUMBERS))
        for name, item in book.pack.parameters.items()
        if draw(st.booleans())
    }
    return book, point, facts, TODAY + timedelta(days=draw(st.integers(-10, 10))), limits


def recorded(book: RuleBook, point: str, facts: dict[str, Any], on: date, limits: dict[str, Any]) -> dict[str, Any]:
    """The verdict as the trail holds it."""
    verdict = book.judge(point, facts, on=on, parameters=limits)
    found: dict[str, Any] = json.loads(canonical_json(verdict))
    return found


def pack_of(book: RuleBook) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(book.pack.canonical)
    return found


@given(questions())
@settings(max_examples=100, deadline=None)
def test_every_verdict_of_the_engine_is_the_verifiers(question: Any) -> None:
    verdict = recorded(*question)
    assert verdict["engine_fault"] is None
    assert Judge(pack_of(question[0]), verdict).differences() == []


@pytest.mark.parametrize(("beyond", "shown"), [(-1, "9999-12-30"), (0, "9999-12-31"), (1, "day 3652060")])
def test_a_day_that_no_calendar_has_is_shown_by_its_number(beyond: int, shown: str) -> None:
    book = next(book for book in BOOKS if "d.due" in book.pack.derived)
    facts = {"a.kind": "invoice", "a.total": 501, "a.other": 0, "a.flag": False, "a.on": TODAY.isoformat()}
    slack = date.max.toordinal() - TODAY.toordinal() + beyond
    verdict = recorded(book, "check", facts, TODAY, {"slack": slack})
    [over] = [finding for finding in verdict["findings"] if "d.due" in finding["facts"]]
    assert (over["facts"]["d.due"], shown in over["message"]) == (shown, True)
    assert Judge(pack_of(book), verdict).differences() == []


@given(questions(), st.sampled_from(["kind", "findings", "indeterminate", "obligations", "pack_version"]))
@settings(max_examples=100, deadline=None)
def test_no_other_verdict_is(question: Any, part: str) -> None:
    verdict = recorded(*question)
    finding = dict.fromkeys(verifier.FINDING_KEYS, "x")
    other = {
        "kind": "deny" if verdict["kind"] == "allow" else "allow",
        "findings": verdict["findings"][1:] if verdict["findings"] else [finding],
        "indeterminate": verdict["indeterminate"][1:] or [{"rule": "X", "missing": []}],
        "obligations": [*verdict["obligations"], "call"],
        "pack_version": "other",
    }[part]
    assert part in Judge(pack_of(question[0]), {**verdict, part: other}).differences()


def judged(when: str, facts: dict[str, Any], **changes: Any) -> Judge:
    """The toy's limit with another condition, and a verdict that it neither fired nor was unknown."""
    pack = pack_of(toy_rulebook())
    [rule] = [rule for rule in pack["rules"] if rule["id"] == "TOY-LIMIT"]
    rule |= {"when": when, "message": "", **changes}
    verdict = recorded(toy_rulebook(), "write", {"note.amount": 5}, TODAY, {}) | {"facts": facts}
    return Judge({**pack, "rules": [rule]}, verdict)


@pytest.mark.parametrize(
    "when",
    [
        "lookup(limits, note.amount) > 3",
        "note.amount // 2 > 3",
        "note.amount > 3 > 1",
        "sum(note.amount)",
        "note.amount if True else False",
        "note.amount",
        "note.amount > 3.5",
        "note['amount'] > 3",
        "(lambda: True)()",
        "note.amount in limits",
    ],
)
def test_what_the_verifier_does_not_know_it_does_not_pass(when: str) -> None:
    with pytest.raises((NotRecomputable, KeyError)):
        judged(when, {"note.amount": 5}).differences()


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ("note.amount > 3", {}),
        ("note.amount > 3", {"note.amount": 5, "more": 1}),
        ("note.amount > 3", {"note.amount": 5.0}),
        ("note.amount > 3", {"note.amount": True}),
        ("note.amount > 3", {"note.amount": "5"}),
        ("note.amount > p.unheard_of", {"note.amount": 5}),
    ],
)
def test_facts_that_are_not_those_of_the_rules_are_refused(when: str, facts: dict[str, Any]) -> None:
    with pytest.raises(NotRecomputable):
        judged(when, facts).differences()


def test_a_rule_with_a_key_of_its_own_is_refused_unless_it_says_nothing() -> None:
    assert judged("note.amount > 9000", {"note.amount": 5}, later=None).differences() == []
    with pytest.raises(NotRecomputable, match="later"):
        judged("note.amount > 9000", {"note.amount": 5}, later="x").differences()


def test_a_pack_that_goes_in_a_circle_is_not_recomputable() -> None:
    sound = judged("note.amount > x.a", {"note.amount": 5})
    circle = {name: {"type": "int", "value": f"{other} + 1"} for name, other in (("x.a", "x.b"), ("x.b", "x.a"))}
    with pytest.raises(NotRecomputable, match="in a circle"):
        Judge({**sound.pack, "derived": circle}, sound.verdict).differences()


@pytest.mark.parametrize(("section", "key"), [("tables", "sort"), ("tables", "rows"), ("derived", "round")])
def test_what_a_part_of_the_pack_says_besides_is_not_passed_over(section: str, key: str) -> None:
    facts = {
        "a.kind": "invoice",
        "a.total": 501,
        "a.other": 0,
        "a.currency": "EUR",
        "a.flag": False,
        "a.on": "2026-11-01",
    }
    verdict = recorded(TABLES, "check", facts | {"confidence(a.total)": 9000}, TODAY, {})
    pack = pack_of(TABLES)
    assert Judge(pack, verdict).differences() == []
    for part in pack[section].values():
        if key == "rows":
            part["rows"] = [{**row, "unless": "x"} for row in part["rows"]]
        else:
            part[key] = "x"
    with pytest.raises(NotRecomputable, match="does not know"):
        Judge(pack, verdict).differences()


def test_where_a_value_comes_from_is_read_as_it_was_recorded() -> None:
    facts = {"source(note.amount)": "document"}
    assert judged("source(note.amount) == 'person'", facts).differences() == []
    assert judged("source(note.amount) == 'document'", facts).differences() == ["kind", "findings"]


def test_a_fault_of_the_engine_is_a_review_and_nothing_else() -> None:
    verdict = toy_rulebook().judge("nowhere", {}, on=TODAY)
    found = json.loads(canonical_json(verdict))
    assert Judge(pack_of(toy_rulebook()), found).differences() == []
    assert Judge(pack_of(toy_rulebook()), {**found, "kind": "allow"}).differences() == ["kind"]


def test_it_imports_the_standard_library_and_cryptography_only() -> None:
    tree = ast.parse(Path(verifier.__file__).read_text())
    imported = {alias.name for item in ast.walk(tree) if isinstance(item, ast.Import) for alias in item.names}
    imported |= {item.module or "" for item in ast.walk(tree) if isinstance(item, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names) == {"cryptography"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [((), "required: DIR"), (("nowhere",), "is no folder"), ((".", "--checkpoint", "nowhere"), "No such file")],
)
def test_wrong_use_ends_with_2(arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verifier.main(arguments)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_an_empty_folder_is_not_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verifier.main([str(tmp_path), "--key", KEY.text, "--json"])
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["sound"] is False
