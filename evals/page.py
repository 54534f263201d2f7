"""Results as one HTML page that needs nothing beside it: no script, no style sheet, no font, no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from evals.result import CaseResult, Result

STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem }
caption { text-align: left; font-weight: 600; padding: .3rem 0 }
th, td { border: 1px solid #888; padding: .3rem .6rem; text-align: left; vertical-align: top }
td { overflow-wrap: break-word }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.fail { font-weight: 700 }
code { white-space: pre-wrap; overflow-wrap: anywhere }
@media print {
  body { margin: 0; max-width: none; font-size: 9pt }
  tr { break-inside: avoid }
  h2 { break-after: avoid }
}
"""


def page(results: Sequence[Result]) -> str:
    """The page: what passed, then per suite its gates, its figures with intervals, and every failing case."""
    failed = [result.suite for result in results if not result.passed]
    verdict = f"Failed: {', '.join(failed)}" if failed else "Passed" if results else "Nothing was run"
    body = "\n".join(_suite(result) for result in results)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Evaluation: {escape(verdict)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n<h1>Evaluation</h1>\n<p><strong>{escape(verdict)}</strong></p>\n{_contents(results)}\n{body}\n"
        "</main>\n</body>\n</html>\n"
    )


def _contents(results: Sequence[Result]) -> str:
    links = "".join(
        f'<li><a href="#{_anchor(result)}">{escape(result.suite)}</a>: {_word(passed=result.passed)}</li>'
        for result in results
    )
    return f'<nav aria-label="Suites"><ul>{links}</ul></nav>'


def _suite(result: Result) -> str:
    origin = f", answers {result.origin}" if result.origin else ""
    times = f", each run {result.repeat} times" if result.repeat > 1 else ""
    notes = "".join(f"<li>{escape(note)}</li>" for note in result.notes)
    return "\n".join(
        (
            f'<section aria-labelledby="{_anchor(result)}">',
            f'<h2 id="{_anchor(result)}">{escape(result.suite)}: {_word(passed=result.passed)}</h2>',
            f"<p>{escape(result.dataset)}: {len(result.cases)} cases{times}{origin}</p>",
            f"<ul>{notes}</ul>" if notes else "",
            _table("Gates", ("gate", "reached", "demanded", "result", "why"), _gates(result)),
            _table("Figures, with their intervals at 95 %", ("figure", "value", "samples"), _figures(result)),
            _table("Failing cases", ("case", "checks", "expected", "got", "passed runs"), _cases(result.failing)),
            "</section>",
        )
    )


def _gates(result: Result) -> Iterator[str]:
    for gate in result.gates:
        why = "" if gate.passed else "<br>".join(escape(line) for line in gate.why)
        word = "passed" if gate.passed else '<span class="fail">FAILED</span>'
        yield (
            f'<tr><th scope="row">{escape(gate.name)}</th><td class="number">{escape(gate.reached)}</td>'
            f'<td class="number">{escape(gate.demanded)}</td><td>{word}</td><td>{why}</td></tr>'
        )


def _figures(result: Result) -> Iterator[str]:
    for figure in result.figures:
        value = figure.text().rpartition(", n = ")[0]
        yield (
            f'<tr><th scope="row">{escape(figure.name)}</th><td class="number">{escape(value)}</td>'
            f'<td class="number">{figure.samples}</td></tr>'
        )


def _cases(cases: Iterable[CaseResult]) -> Iterator[str]:
    for case in cases:
        yield (
            f'<tr><th scope="row">{escape(case.name)}</th><td>{escape(", ".join(case.failed))}</td>'
            f"<td><code>{escape(case.expected)}</code></td><td><code>{escape(case.got)}</code></td>"
            f'<td class="number">{case.passes} of {case.runs}</td></tr>'
        )


def _table(caption: str, heads: Sequence[str], rows: Iterable[str]) -> str:
    body = "".join(rows)
    if not body:
        return f"<p>{escape(caption)}: none.</p>"
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _anchor(result: Result) -> str:
    """A fragment that is safe in an attribute, whatever a suite is called."""
    return "suite-" + "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in result.suite)


def _word(*, passed: bool) -> str:
    return "passed" if passed else "FAILED"
