"""Results as JUnit XML, which CI servers show: a suite each, a test case for every case and every gate."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from evals.result import CaseResult, GateResult, Result

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold; an attack's text may."""


def junit(results: Iterable[Result]) -> str:
    """The results as one JUnit document.

    A case that fails is reported as skipped with what it got: the gates decide, and only a gate is a failure.
    """
    root = Element("testsuites", name="interlock evals")
    for result in results:
        failures = sum(not gate.passed for gate in result.gates)
        suite = SubElement(
            root,
            "testsuite",
            name=result.suite,
            tests=str(len(result.cases) + len(result.gates)),
            failures=str(failures),
            errors="0",
            skipped=str(len(result.failing)),
            time=f"{sum(case.seconds or 0 for case in result.cases):.3f}",
        )
        _properties(suite, result)
        for gate in result.gates:
            _gate(suite, result, gate)
        for case in result.cases:
            _case(suite, result, case)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _properties(suite: Element, result: Result) -> None:
    properties = SubElement(suite, "properties")
    told = {"dataset": result.dataset, "repeat": str(result.repeat), "answers": result.origin or "no model"}
    told |= {figure.name: figure.text() for figure in result.figures}
    for name, value in told.items():
        SubElement(properties, "property", name=_clean(name), value=_clean(value))


def _gate(suite: Element, result: Result, gate: GateResult) -> None:
    test = SubElement(suite, "testcase", classname=f"{result.suite}.gates", name=_clean(gate.name), time="0")
    if not gate.passed:
        failure = SubElement(test, "failure", message=_clean(f"reached {gate.reached}, demanded {gate.demanded}"))
        failure.text = _clean("\n".join(gate.why))


def _case(suite: Element, result: Result, case: CaseResult) -> None:
    group = f".{case.group}" if case.group else ""
    test = SubElement(
        suite,
        "testcase",
        classname=_clean(f"{result.suite}.cases{group}"),
        name=_clean(case.name),
        time=f"{case.seconds or 0:.3f}",
    )
    if not case.passed:
        why = (
            f"{', '.join(case.failed)}: expected {case.expected}, got {case.got} ({case.passes} of {case.runs} passed)"
        )
        SubElement(test, "skipped", message=_clean(why))


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text)
