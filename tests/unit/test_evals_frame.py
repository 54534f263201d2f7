"""The frame of suites: what passes, what a baseline holds against, and the reports of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from pydantic import BaseModel
from pydantic_evals import Case, Dataset

from evals.case_file import CasesInvalid, load_cases
from evals.comparison import BaselineUnfit, compared, read_baseline, write_baseline
from evals.figure import Figure, share
from evals.junit import junit
from evals.page import page
from evals.result import CaseResult, GateResult, Result
from evals.suite import NOT_RUN, Suite

HOSTILE = "</td><script>alert(1)</script>\x00\u202e"


def suite(*answers: str | Exception, **options: Any) -> Suite[int, str, str, None]:
    """Each answer is a case that expects `yes`."""

    async def task(number: int) -> str:
        answer = answers[number]
        if isinstance(answer, Exception):
            raise answer
        return answer

    cases = [Case(name=f"case {n}", inputs=n, expected_output="yes") for n in range(len(answers))]
    settings: dict[str, Any] = {
        "task": task,
        "checks": {"right": lambda seen: seen.output == seen.expected},
        "show": lambda seen: (seen.expected, seen.output),
        "margin": 0.0,
    }
    dataset: Any = Dataset(name="answers", cases=cases)
    return Suite(name="toy", dataset=dataset, **settings | options)


def figure(result: Result, name: str) -> Figure:
    return next(one for one in result.figures if one.name == name)


async def test_a_case_passes_when_every_check_holds() -> None:
    result = await suite("yes", "no", "yes").run()
    assert figure(result, "passed").value == pytest.approx(2 / 3)
    assert [(case.name, case.failed, case.expected, case.got) for case in result.failing] == [
        ("case 1", ("right",), "yes", "no")
    ]


async def test_what_must_never_happen_fails_the_suite_whatever_passes() -> None:
    clean = await suite("yes", "yes", hard={"said no": lambda seen: seen.output == "no"}).run()
    dirty = await suite("yes", "no", hard={"said no": lambda seen: seen.output == "no"}, checks={}).run()
    assert clean.passed
    assert (dirty.failing, dirty.passed, dirty.hard["said no"]) == ((), False, 1)


async def test_a_case_that_cannot_be_run_fails_the_suite_and_says_why() -> None:
    result = await suite("yes", RuntimeError("no database")).run()
    assert (result.hard[NOT_RUN], result.passed) == (1, False)
    assert (result.failing[0].failed, result.failing[0].got) == (("ran",), "error: RuntimeError: no database")


async def test_a_check_that_breaks_does_not_hold() -> None:
    result = await suite("yes", checks={"broken": lambda seen: 1 / 0 > 1}).run()
    assert "division by zero" in result.failing[0].failed[0]


async def test_a_case_is_run_as_often_as_asked_and_passes_when_every_run_does() -> None:
    turns = iter(["yes", "no", "yes", "yes", "yes", "yes"])

    async def task(_: int) -> str:
        return next(turns)

    result = await suite("", "", task=task).run(repeat=3)
    assert [(case.passes, case.runs) for case in result.cases] == [(2, 3), (3, 3)]
    assert figure(result, "pass^3").value == pytest.approx(0.5)
    assert figure(result, "pass@3").value == 1
    assert figure(result, "passed").value == pytest.approx(5 / 6)


async def test_a_result_is_no_worse_than_itself(tmp_path: Path) -> None:
    result = await suite("yes", "no").run()
    write_baseline(result, tmp_path / "toy.json")
    again = compared(result, read_baseline(tmp_path / "toy.json"))
    assert again.passed
    assert "0 passed only in the baseline" in again.notes[0]


@pytest.mark.parametrize(("now", "margin", "passes"), [(95, 0.06, True), (90, 0.06, False), (95, 0.0, False)])
def test_the_lower_bound_may_fall_by_the_margin_and_no_more(
    tmp_path: Path, now: int, margin: float, passes: bool
) -> None:
    write_baseline(measured(share("right", 98, 100, margin=margin)), tmp_path / "toy.json")
    result = compared(measured(share("right", now, 100, margin=margin)), read_baseline(tmp_path / "toy.json"))
    assert result.passed is passes


def test_fewer_cases_prove_less_and_so_are_worse(tmp_path: Path) -> None:
    write_baseline(measured(share("right", 100, 100, margin=0.02)), tmp_path / "toy.json")
    assert not compared(measured(share("right", 20, 20, margin=0.02)), read_baseline(tmp_path / "toy.json")).passed


def test_an_error_may_rise_by_the_margin_and_no_more(tmp_path: Path) -> None:
    def error(upper: float) -> Result:
        found = Figure(name="ECE", value=0.02, lower=0.01, upper=upper, samples=9, better="lower", margin=0.01)
        return measured(found)

    write_baseline(error(0.03), tmp_path / "toy.json")
    assert compared(error(0.04), read_baseline(tmp_path / "toy.json")).passed
    assert not compared(error(0.041), read_baseline(tmp_path / "toy.json")).passed


def test_what_is_no_longer_measured_fails(tmp_path: Path) -> None:
    write_baseline(measured(share("right", 9, 9, margin=0.1), share("found", 9, 9, margin=0.1)), tmp_path / "toy.json")
    for now in (
        measured(share("right", 9, 9, margin=0.1)),
        measured(share("right", 9, 9, margin=0.1), share("found", 9, 9)),
    ):
        failed = [gate.name for gate in compared(now, read_baseline(tmp_path / "toy.json")).gates if not gate.passed]
        assert failed == ["found against the baseline"]


def test_a_baseline_of_something_else_is_refused(tmp_path: Path) -> None:
    write_baseline(measured(share("right", 9, 9, margin=0.1)), tmp_path / "toy.json")
    baseline = read_baseline(tmp_path / "toy.json")
    for changed in ({"suite": "other"}, {"dataset": "other"}, {"origin": "scripted"}):
        with pytest.raises(BaselineUnfit, match="the baseline is of"):
            compared(measured(share("right", 9, 9, margin=0.1)).model_copy(update=changed), baseline)


def test_a_result_that_fails_makes_no_baseline(tmp_path: Path) -> None:
    failed = Result(suite="toy", dataset="d", cases=(), gates=())
    with pytest.raises(BaselineUnfit, match="does not pass"):
        write_baseline(failed, tmp_path / "toy.json")
    with pytest.raises(BaselineUnfit, match="--update-baseline"):
        read_baseline(tmp_path / "toy.json")
    (tmp_path / "toy.json").write_text("{}")
    with pytest.raises(BaselineUnfit, match="is no baseline"):
        read_baseline(tmp_path / "toy.json")


def measured(*figures: Figure) -> Result:
    """A result that passes its own gate, with these figures."""
    own = GateResult(name="own", reached="1", demanded="1", passed=True)
    return Result(suite="toy", dataset="d", cases=(), figures=figures, gates=(own,))


def hostile() -> Result:
    case = CaseResult(name=HOSTILE, passes=0, expected=HOSTILE, got=HOSTILE, failed=("right",))
    return measured(share("passed", 0, 1)).model_copy(update={"cases": (case,), "notes": (HOSTILE,)})


def test_the_junit_file_has_a_test_for_every_case_and_gate_and_survives_hostile_text() -> None:
    root = fromstring(junit([hostile()]))
    tests = root.findall("testsuite/testcase")
    assert [test.get("classname") for test in tests] == ["toy.gates", "toy.cases"]
    assert (root[0].get("tests"), root[0].get("failures"), root[0].get("skipped")) == ("2", "0", "1")
    assert "expected" in (tests[1][0].get("message") or "")


async def test_only_a_gate_is_a_failure_in_the_junit_file() -> None:
    root = fromstring(junit([await suite("no", hard={"said no": lambda seen: seen.output == "no"}).run()]))
    assert [test.get("name") for test in root.iter("testcase") if test.find("failure") is not None] == ["said no"]


def test_the_page_needs_nothing_beside_it_and_escapes_what_cases_say() -> None:
    shown = page([hostile()])
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert not any(needed in shown for needed in ("http://", "https://", "src=", "@import", "url("))
    assert '<html lang="en">' in shown
    assert shown.count("<th scope=") > 10


class Inputs(BaseModel, extra="forbid"):
    amount: str


class Expected(BaseModel, extra="forbid"):
    choice: str


class Metadata(BaseModel, extra="forbid"):
    difficulty: str


CASE = """\
- name: one
  inputs: {amount: "1.00"}
  expected_output: {choice: same}
  metadata: {difficulty: easy}
"""


def loaded(folder: Path, text: str) -> list[str | None]:
    (folder / "toy.yaml").write_text(text)
    dataset = load_cases(folder / "toy.yaml", inputs=Inputs, expected=Expected, metadata=Metadata)
    return [case.name for case in dataset.cases]


def test_cases_are_read_from_yaml(tmp_path: Path) -> None:
    assert loaded(tmp_path, "cases:\n" + CASE) == ["one"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: the file is empty"),
        ("cases: []\n", "line 1: there is no case"),
        ("cases:\n" + CASE.replace('"1.00"', "1.00"), "line 3: cases.0.inputs.amount"),
        ("cases:\n" + CASE.replace("choice", "chosen"), "line 4: cases.0.expected_output.choice"),
        ("cases:\n" + CASE + CASE, "line 2: 'one' is the name of 2 cases"),
        ("cases:\n" + CASE.replace("  metadata: {difficulty: easy}\n", ""), "line 2: 'one' has no metadata"),
        ("cases:\n" + CASE.replace("- name: one\n ", "-"), "line 2: the case has no name"),
        ("cases:\n" + CASE + "  name: two\n", "line 6: 'name' is written twice"),
        ("cases:\n" + CASE + "  evaluators: [IsInstance: str]\n", "names evaluators"),
        ("cases:\n" + CASE + "  evaluators: [Unheard]\n", "cases name no evaluators"),
        ("cases: [\n", "line 2"),
        ("cases: &a [*a]\n", "line 1"),
    ],
)
def test_what_is_wrong_in_a_file_of_cases_is_named_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(CasesInvalid, match=r"toy\.yaml") as caught:
        loaded(tmp_path, text)
    assert told in str(caught.value)


def test_a_file_of_cases_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CasesInvalid, match="cannot be read"):
        load_cases(tmp_path / "toy.yaml", inputs=Inputs, expected=Expected, metadata=Metadata)
