"""DMN decision tables: UNIQUE, FIRST and COLLECT become tables and packs; the rest is refused by name."""

from datetime import date

import pytest

from policies.boundary_table import failures
from policies.dmn import ImportedTable, read_dmn
from policies.dmn_pack import pack_of
from policies.errors import PackInvalid
from policies.judgement import RuleBook
from policies.pack import RulePack

ON = date(2026, 11, 28)
DMN_1_3 = "https://www.omg.org/spec/DMN/20191111/MODEL/"
SOURCE = {"regulation": "Credit policy", "clause": "4.2"}


INPUT = '<input label="{}"><inputExpression typeRef="{}"><text>{}</text></inputExpression></input>'


def cell(kind: str, text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<{kind}><text>{escaped}</text></{kind}>"


def rule(tests: list[str], gives: list[str], note: str = "") -> str:
    inside = "".join(cell("inputEntry", test) for test in tests) + "".join(
        cell("outputEntry", given) for given in gives
    )
    return f"<rule><description>{note}</description>{inside}</rule>"


def table(rules: list[str], *, policy: str = 'hitPolicy="UNIQUE"', inputs: str = "", outputs: str = "") -> str:
    usual_inputs = INPUT.format("Exposure", "number", "customer.exposure") + INPUT.format(
        "Customer Class", "string", "Customer Class"
    )
    usual_outputs = '<output name="severity" typeRef="string"/><output name="message" typeRef="string"/>'
    return f"<decisionTable {policy}>{inputs or usual_inputs}{outputs or usual_outputs}{''.join(rules)}</decisionTable>"


def file(body: str, *, namespace: str = DMN_1_3, decision: str = "Credit Check", before: str = "") -> bytes:
    whole = f'<decision id="d" name="{decision}">{body}</decision>'
    return f'{before}<definitions xmlns="{namespace}" name="m" namespace="n">{whole}</definitions>'.encode()


CREDIT = [
    rule(["<= 10000", "-"], ['"allow"', '"Within the limit."'], "usual"),
    rule(["]10000..20000]", '"A","B"'], ['"review"', '"A credit analyst decides."']),
    rule(["]10000..20000]", 'not("A","B")'], ['"block"', '"Over the limit."']),
    rule(["> 20000", "-"], ['"block"', '"Far over the limit."']),
]
EXAMPLES = """customer.exposure,credit_check.customer_class,expect
10000,C,allow
10001,A,review
10001,C,block
20000,B,review
20001,B,block
,A,unknown
"""


def imported(body: str) -> ImportedTable:
    [found] = read_dmn(file(body), name="credit.dmn")
    return found


def as_pack(found: ImportedTable, examples: str = EXAMPLES) -> RulePack:
    return pack_of(found, examples, name="credit", version="1", point="credit", source=SOURCE)


def severities(pack: RulePack, exposure: int, customer_class: str) -> list[str]:
    facts = {"customer.exposure": exposure, "credit_check.customer_class": customer_class}
    verdict = RuleBook(pack).judge("credit", facts, on=ON)
    assert verdict.engine_fault is None
    return [finding.severity for finding in verdict.findings]


def test_a_unique_table_becomes_a_table_with_the_fields_it_asks_for() -> None:
    found = imported(table(CREDIT))
    assert {name: field.type for name, field in found.fields.items()} == {
        "customer.exposure": "int",
        "credit_check.customer_class": "str",
    }
    decided = found.table().decide([10_001, "C"], ON)
    assert decided == ("block", "Over the limit.")
    assert found.table().rows[0].note == "usual"


def test_a_table_of_severities_becomes_a_pack_that_does_what_its_examples_say() -> None:
    pack = as_pack(imported(table(CREDIT)))
    assert list(failures(RuleBook(pack))) == []
    verdict = RuleBook(pack).judge("credit", {"customer.exposure": 20_001, "credit_check.customer_class": "A"}, on=ON)
    assert [(finding.rule, finding.message) for finding in verdict.findings] == [
        ("CREDIT-CHECK-BLOCK", "Far over the limit.")
    ]


def test_examples_that_the_table_does_not_do_are_found() -> None:
    pack = as_pack(imported(table(CREDIT)), EXAMPLES.replace("10001,A,review", "10001,A,block"))
    assert [failure.where for failure in failures(RuleBook(pack))] == [
        "CREDIT-CHECK-BLOCK: example 2 at credit",
        "CREDIT-CHECK-REVIEW: example 2 at credit",
    ]


def test_of_a_first_table_the_first_row_counts() -> None:
    rules = [
        rule(["> 5", "-"], ['"block"', '"a"']),
        rule(["> 1", "-"], ['"warn"', '"b"']),
        rule(["-", "-"], ['"allow"', '"c"']),
    ]
    pack = as_pack(
        imported(table(rules, policy='hitPolicy="FIRST"')),
        EXAMPLES.replace("review", "block").replace("10000,C,allow", "1,C,allow\n2,C,warn"),
    )
    assert [severities(pack, exposure, "A") for exposure in (1, 2, 5, 6)] == [[], ["warn"], ["warn"], ["block"]]


def test_of_a_collecting_table_every_row_counts() -> None:
    rules = [rule(["> 5", "-"], ['"warn"', '"a"']), rule(["-", '"X"'], ['"review"', '"b"'])]
    examples = (
        "customer.exposure,credit_check.customer_class,expect\n5,A,allow\n6,A,warn\n5,X,review\n6,X,review+warn\n"
    )
    pack = as_pack(imported(table(rules, policy='hitPolicy="COLLECT"')), examples)
    assert list(failures(RuleBook(pack))) == []
    assert sorted(severities(pack, 6, "X")) == ["review", "warn"]


def test_a_collecting_table_with_an_aggregation_gives_a_number() -> None:
    outputs = '<output name="fee" typeRef="number"/>'
    rules = [rule(["> 5", "-"], ["10"]), rule(["> 9", "-"], ["7"])]
    found = imported(table(rules, policy='hitPolicy="COLLECT" aggregation="SUM"', outputs=outputs))
    assert [found.table().decide([number, "A"], ON) for number in (5, 6, 10)] == [(0,), (10,), (17,)]


def test_a_default_output_counts_where_no_row_does() -> None:
    outputs = '<output name="level" typeRef="integer"><defaultOutputEntry><text>0</text></defaultOutputEntry></output>'
    found = imported(table([rule(["> 5", "-"], ["1"])], outputs=outputs))
    assert found.table().decide([5, "A"], ON) == (0,)


@pytest.mark.parametrize("namespace", [DMN_1_3, DMN_1_3.replace("20191111", "20230324")])
def test_the_versions_in_use_are_read(namespace: str) -> None:
    assert read_dmn(file(table(CREDIT), namespace=namespace), name="f")[0].name == "credit_check"


ONE = '<output name="n" typeRef="number"/>'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (table(CREDIT, policy='hitPolicy="PRIORITY"'), "hit policy PRIORITY is not supported"),
        (table(CREDIT, policy='hitPolicy="ANY"'), "hit policy ANY is not supported"),
        (table(CREDIT, policy='hitPolicy="COLLECT" aggregation="AVERAGE"'), "aggregation AVERAGE is not supported"),
        (
            table([rule(["-"], ["1"])], inputs=INPUT.format("Age", "duration", "a"), outputs=ONE),
            "type duration is not supported",
        ),
        (
            table([rule(["-"], ["1"])], inputs=INPUT.format("Age", "number", "max(a, b)"), outputs=ONE),
            "more than names",
        ),
        (table([rule(["-"], ["1"])], inputs=INPUT.format("Age", "number", "if a then b else c"), outputs=ONE), "Age"),
        (
            table([rule(["-"], ["1"])], inputs=INPUT.format("Age", "number", "a - x.b"), outputs=ONE),
            "'a' within 'a - x.b' must be",
        ),
        (
            table([rule(["-"], ["n + 1"])], inputs=INPUT.format("Age", "number", "a.b"), outputs=ONE),
            r"rule 1: the output 'n \+ 1' is no",
        ),
        (
            table([rule(["-"], ["1.5"])], inputs=INPUT.format("Age", "number", "a.b"), outputs=ONE),
            r"the output '1\.5' is no literal",
        ),
        (
            table([rule(["-"], ["1", "2"])], inputs=INPUT.format("Age", "number", "a.b"), outputs=ONE),
            "has 2 outputs for 1",
        ),
        ("<literalExpression><text>1</text></literalExpression>", r"is no decision table \(it has literalExpression\)"),
        ("", r"is no decision table \(it has nothing\)"),
    ],
)
def test_what_cannot_be_expressed_is_refused_by_name(body: str, why: str) -> None:
    with pytest.raises(PackInvalid, match=why):
        imported(body)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (
            [rule(['date("2026-01-01")', "-"], ['"block"', '""'])],
            "row 1, exposure: '2026-01-01' is not an exact integer",
        ),
        ([rule(['matches(?, "x")', "-"], ['"block"', '""'])], "row 1, exposure"),
        (
            [rule(["> 1", "-"], ['"block"', '""']), rule(["> 2", "-"], ['"warn"', '""'])],
            "rows 1 and 2 can match together",
        ),
    ],
)
def test_a_test_that_is_none_is_refused_with_its_row(rules: list[str], why: str) -> None:
    with pytest.raises(PackInvalid, match=why):
        imported(table(rules)).table()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<definitions", "is not XML"),
        (b"<definitions/>", "is not a DMN"),
        (file(table(CREDIT), namespace="https://www.omg.org/spec/DMN/20151101/dmn.xsd"), "is not a DMN"),
        (file(table(CREDIT), before='<!DOCTYPE a [<!ENTITY x "y">]>'), "has a document type"),
        (f'<definitions xmlns="{DMN_1_3}"/>'.encode(), "holds no decision"),
        (b"x" * 5_000_001, "is longer than"),
    ],
)
def test_what_is_no_dmn_file_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(PackInvalid, match=why):
        read_dmn(content, name="f")


def test_a_table_without_severities_is_no_pack() -> None:
    found = imported(table([rule(["-", "-"], ["1"])], outputs=ONE))
    with pytest.raises(PackInvalid, match=r"has no output called 'severity' \(it has n\)"):
        as_pack(found)


@pytest.mark.parametrize(
    ("examples", "why"),
    [
        (
            "customer.exposure,expect\n1,allow\n",
            "the columns must be credit_check.customer_class, customer.exposure, expect",
        ),
        (EXAMPLES.replace("allow", "deny"), "line 2: 'deny' is nothing to expect"),
        (EXAMPLES.replace("10000,C", "ten,C"), "line 2, customer.exposure: 'ten' is not an exact integer"),
        ("customer.exposure,credit_check.customer_class,expect\n1,A,allow\n", "needs at least one example that fires"),
    ],
)
def test_examples_must_be_somebodys_own_and_complete(examples: str, why: str) -> None:
    with pytest.raises(PackInvalid, match=why):
        as_pack(imported(table(CREDIT)), examples)
