"""A rule pack is refused with the place and the reason."""

from typing import Any

import pytest
import yaml
from policies_samples import TYPES, pack, pack_data, rule

from policies.errors import PackInvalid
from policies.names import PointNames
from policies.pack_file import read_pack

FIRES, PASSES = {"expect": "fires", "given": {}}, {"expect": "passes", "given": {}}


def refused(data: object, match: str) -> None:
    with pytest.raises(PackInvalid, match=match):
        read_pack(yaml.safe_dump(data), name="sample")


def test_a_sound_pack_is_read() -> None:
    data = pack_data(rule("a.flag", effective_from="2026-01-01"))
    assert read_pack(yaml.safe_dump(data), name="sample").pack == "sample"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"examples": []}, "at least one example that fires"),
        ({"examples": [PASSES]}, "at least one example that fires"),
        ({"examples": [FIRES]}, "at least one example that passes"),
        ({"examples": [FIRES, PASSES | {"given": {"b.flag": True}}]}, "example 2 names unknown b.flag"),
        ({"examples": [FIRES, PASSES | {"given": {"p.limit": 1}}]}, "example 2 names unknown p.limit"),
        ({"examples": [FIRES, PASSES | {"parameters": {"x": 1}}]}, "example 2 names unknown p.x"),
        ({"examples": [FIRES, PASSES | {"given": {"a.total": "1"}}]}, "an exact integer is needed"),
        ({"examples": [FIRES, PASSES | {"given": {"a.total": 1.5}}]}, "examples"),
        ({"severity": "obligation"}, "name an obligation if and only if"),
        ({"obligation": "four_eyes"}, "name an obligation if and only if"),
        ({"severity": "fatal"}, "severity"),
        ({"message": "{a.nothing}"}, "message names unknown a.nothing"),
        ({"message": "{a.total.real}"}, "message names unknown a.total.real"),
        ({"message": "{a.total"}, "R-01: the message is not a template"),
        ({"at": []}, r"rules\[0\] \(R-01\)\.at"),
        ({"id": "lower"}, r"rules\[0\] \(lower\)\.id"),
        ({"colour": "red"}, r"rules\[0\] \(R-01\)\.colour: Extra inputs"),
        ({"source": {"regulation": "Law"}}, r"rules\[0\] \(R-01\)\.source\.clause"),
        ({"effective_from": "2026-02-01", "effective_to": "2026-01-31"}, "lies before"),
        ({"when": ""}, r"\(R-01\)\.when"),
        ({"when": "a.flag or " * 101 + "a.flag"}, r"\(R-01\)\.when"),
    ],
)
def test_a_broken_rule_is_refused(changes: dict[str, Any], reason: str) -> None:
    refused(pack_data(rule("a.flag") | changes), reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rules": []}, "rules"),
        ({"rules": [rule("a.flag"), rule("a.flag")]}, "used twice: R-01"),
        ({"parameters": {"limit": {"type": "int", "value": "3", "description": "x"}}}, "exact integer is needed"),
        ({"parameters": {"limit": {"type": "money", "value": 3.5, "description": "x"}}}, "parameters"),
        ({"fields": {"a.flag": {"type": "bool"}}}, "description"),
        ({"fields": {"flag": {"type": "bool", "description": "x"}}}, "fields"),
        ({"fields": {"p.flag": {"type": "bool", "description": "x"}}}, "may not start with 'p.'"),
        ({"fields": {"a.t": {"type": "money", "description": "x", "currency": "a.c"}}}, "a.c is not declared"),
        ({"version": ""}, "version"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_broken_pack_is_refused(changes: dict[str, Any], reason: str) -> None:
    refused(pack_data(rule("a.flag")) | changes, reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pack: a\npack: b", "'pack' is written twice"),
        ("rules:\n- &x {id: R-01}\n- *x", "aliases are not allowed"),
        ("pack: !!python/object/apply:os.system ['true']", "tags are not allowed"),
        ("pack: [", "not the YAML"),
        ("- 1", "the pack"),
        ("", "the pack"),
        ("{1: 2}", "pack: Field required"),
        ("[" * 5000, "not the YAML"),
        ("x" * 1_000_001, "longer than"),
    ],
    ids=["twice", "alias", "tag", "cut", "list", "empty", "number", "deep", "long"],
)
def test_hostile_yaml_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PackInvalid, match=reason):
        read_pack(text, name="sample")


def test_yaml_says_what_it_means() -> None:
    data = pack_data(rule("a.name == 'NO' and a.on > b.on"))
    text = yaml.safe_dump(data).replace("given: {}", "given: {a.name: NO, a.on: 2026-10-01}")
    given = read_pack(text, name="sample").rules[0].examples[0].given
    assert given == {"a.name": "NO", "a.on": "2026-10-01"}


def test_fields_of_a_point_are_those_its_rules_read_or_show() -> None:
    sample = pack(
        rule("a.total > 3", id="R-01", message="{a.name}"),
        rule("a.count > 3", id="R-02", applies="present(a.flag)"),
        rule("b.total > 3", id="R-03", at=["other"]),
        fields={
            name: {"type": kind, "description": name} | ({"currency": "b.name"} if name == "a.total" else {})
            for name, kind in TYPES.items()
        },
    )
    assert list(PointNames(sample, "check").fields) == ["a.total", "a.count", "a.name", "b.name", "a.flag"]
    assert sample.points == ("check", "other")
    assert PointNames(sample, "nowhere").fields == {}
