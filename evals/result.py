"""What a suite found: its cases, figures and gates. A run passes when it has gates and every one of them passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict, computed_field
from pydantic_core import to_json

from evals.figure import Figure
from tools.llm.question import Origin

INPUT_CHARACTERS = 8_000
SHOWN = 20
"""Failing cases that are named in the table for people; all are in the JSON, the JUnit file and the page."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CaseResult(_Model):
    """One case over all its runs; `failed` names the checks that failed in any of them, `got` is of the first such.

    `input` is what a failing case was put as, where its suite keeps it, cut off where it is long.
    """

    name: str
    group: str = ""
    runs: int = 1
    passes: int
    expected: str = ""
    got: str = ""
    failed: tuple[str, ...] = ()
    seconds: float | None = None
    input: str = ""

    @property
    def passed(self) -> bool:
        """Whether every run passed."""
        return self.passes == self.runs


class GateResult(_Model):
    """One demand and what was reached, in words; `why` says what is missing."""

    name: str
    reached: str
    demanded: str
    passed: bool
    why: tuple[str, ...] = ()


class Result(_Model):
    """Everything a suite found. `hard` counts what must never happen; `notes` say what is not shown, and why."""

    suite: str
    dataset: str
    origin: Origin | None = None
    repeat: int = 1
    cases: tuple[CaseResult, ...]
    figures: tuple[Figure, ...] = ()
    hard: dict[str, int] = {}
    gates: tuple[GateResult, ...] = ()
    notes: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own pattern
    @property
    def passed(self) -> bool:
        """Whether every gate passed; without a gate nothing was shown."""
        return bool(self.gates) and all(gate.passed for gate in self.gates)

    @property
    def failing(self) -> tuple[CaseResult, ...]:
        """The cases that did not pass every time."""
        return tuple(case for case in self.cases if not case.passed)

    def beside(self, gates: Iterable[GateResult], notes: Iterable[str] = ()) -> Result:
        """The result with further gates and notes."""
        return self.model_copy(update={"gates": (*self.gates, *gates), "notes": (*self.notes, *notes)})

    def result(self) -> Result:
        """Itself: a suite of the frame reports in its form."""
        return self

    def text(self) -> str:
        """The result as a table for people."""
        return "\n".join(_rows(self)) + "\n"


def shown_input(inputs: object) -> str:
    """What a case was put as, in JSON for people; cut off where it is long."""
    text = to_json(inputs, indent=2, fallback=str, bytes_mode="base64").decode()
    return text if len(text) <= INPUT_CHARACTERS else f"{text[:INPUT_CHARACTERS]}\n…"


def hard_gates(hard: dict[str, int]) -> tuple[GateResult, ...]:
    """A gate for each count that must be 0."""
    return tuple(GateResult(name=name, reached=str(n), demanded="0", passed=n == 0) for name, n in hard.items())


def gate_rows(gates: Iterable[GateResult]) -> Iterator[str]:
    """The gates as lines for people, each failure with its reasons."""
    for gate in gates:
        end = "pass" if gate.passed else "FAIL"
        yield f"gate {gate.name:<44} {gate.reached:>12}  demanded {gate.demanded:<16} {end}"
        if not gate.passed:
            yield from (f"     {why}" for why in gate.why)


def _rows(result: Result) -> Iterator[str]:
    origin = f", answers {result.origin}" if result.origin else ""
    times = f", {result.repeat} times each" if result.repeat > 1 else ""
    yield f"{result.suite} on {result.dataset}: {len(result.cases)} cases{times}{origin}"
    yield ""
    yield from (f"{figure.name:<44} {figure.text()}" for figure in result.figures)
    yield from (f"note: {note}" for note in result.notes)
    yield ""
    yield from gate_rows(result.gates)
    for case in result.failing[:SHOWN]:
        yield f"failed: {case.name} ({', '.join(case.failed)}): expected {case.expected}, got {case.got}"
    if len(result.failing) > SHOWN:
        yield f"and {len(result.failing) - SHOWN} more"
