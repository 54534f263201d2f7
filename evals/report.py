"""What a suite found: figures per kind, and gates that pass or fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

from evals.reliability import Coverage
from tools.document.confidence_model import Reliability


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Score(_Model):
    """How many of `fields` are `right`."""

    fields: int = 0
    right: int = 0

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own pattern
    @property
    def accuracy(self) -> float | None:
        """Share of right fields, None where there is none."""
        return self.right / self.fields if self.fields else None

    def plus(self, *, right: bool) -> Score:
        """The score with one more field."""
        return Score(fields=self.fields + 1, right=self.right + int(right))

    def __add__(self, other: Score) -> Score:
        return Score(fields=self.fields + other.fields, right=self.right + other.right)


class Wrong(_Model):
    """A field that was read wrongly, or not at all (`read` is None); the confidence is the cross-validation's."""

    file: str
    field: str
    expected: str
    read: str | None
    confidence: float | None


class Refusal(_Model):
    """A document that was refused."""

    file: str
    code: str


class Believed(_Model):
    """How far the confidences of a kind can be believed, each given by a fit that saw nothing of its business case.

    `fields` are the figures of each field, `judged` the confidences with whether the value was right, and `missed`
    the scored fields that were not read at all: the coverage counts them as not accepted.
    """

    reliability: Reliability
    coverage: Coverage
    fields: dict[str, Reliability]
    judged: tuple[tuple[float, bool], ...] = Field(exclude=True, repr=False)
    missed: int


class KindReport(_Model):
    """One kind of document.

    `score` counts the fields the data set says can be read, `unlisted` those it says nothing about (no
    gate stands on them), `lines` whole documents whose lines are all right.
    """

    kind: str
    documents: int
    score: Score
    lines: Score
    unlisted: Score
    believed: Believed
    fields: dict[str, Score]
    pages: int
    seconds_per_document: float
    seconds_per_page: float
    refused: tuple[Refusal, ...]
    wrong: tuple[Wrong, ...]


class DocumentScore(_Model):
    """One document: how many fields are scored, which of them were wrong, or the code it was refused with."""

    file: str
    kind: str
    fields: int
    wrong: tuple[str, ...]
    refused: str | None
    seconds: float


class Gate(_Model):
    """A target and what was reached; `figure` is None where nothing was measured. `short` names what is missing."""

    name: str
    target: float
    figure: float | None
    at_most: bool = False
    unit: Literal["share", "error", "seconds"] = "share"
    short: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own pattern
    @property
    def passed(self) -> bool:
        """Whether the target is reached; a gate without a figure does not pass."""
        if self.figure is None:
            return False
        return self.figure <= self.target if self.at_most else self.figure >= self.target


class SuiteReport(_Model):
    """Everything a suite found. `not_yet` counts documents of kinds that are not read yet."""

    suite: str
    dataset: str
    kinds: tuple[KindReport, ...]
    not_yet: dict[str, int]
    gates: tuple[Gate, ...]
    documents: tuple[DocumentScore, ...] = Field(default=(), exclude=True, repr=False)

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own pattern
    @property
    def passed(self) -> bool:
        """Whether every gate passed; without a gate nothing was shown."""
        return bool(self.gates) and all(gate.passed for gate in self.gates)

    def text(self) -> str:
        """The report as a table for people."""
        return as_text(self)


def as_text(report: SuiteReport) -> str:
    """The report as tables for people."""
    rows = [f"{report.suite} on {report.dataset}", "", *_accuracy(report), "", *_belief(report), "", *_by_field(report)]
    rows += ["", *(_gate(gate) for gate in report.gates)]
    short = [gate for gate in report.gates if not gate.passed and gate.short]
    if short:
        rows += ["", "short of the target:"]
        rows += [f"  {gate.name}: {line}" for gate in short for line in gate.short]
    wrong = [found for kind in report.kinds for found in kind.wrong]
    if wrong:
        rows += ["", "wrong:"]
        rows += [f"  {found.file} {found.field}: {found.expected!r} read as {found.read!r}" for found in wrong]
    return "\n".join(rows) + "\n"


def _accuracy(report: SuiteReport) -> Iterator[str]:
    yield f"{'kind':<22}{'docs':>5}{'fields':>8}{'right':>7}{'share':>8}{'lines':>9}{'s/page':>8}{'refused':>9}"
    for kind in report.kinds:
        lines = f"{kind.lines.right}/{kind.lines.fields}"
        yield (
            f"{kind.kind:<22}{kind.documents:>5}{kind.score.fields:>8}{kind.score.right:>7}"
            f"{_percent(kind.score.accuracy):>8}{lines:>9}{kind.seconds_per_page:>8.3f}{len(kind.refused):>9}"
        )
    yield from (f"{kind:<22}{count:>5}  not yet" for kind, count in sorted(report.not_yet.items()))


def _belief(report: SuiteReport) -> Iterator[str]:
    """Calibration errors and Brier scores before and after, and what may be accepted automatically."""
    head = f"{'confidence in':<22}{'values':>7}{'ECE':>16}{'Brier':>18}"
    yield f"{head}{'accepted':>10}{'from':>7}{'right':>9}{'at least':>10}"
    for kind in report.kinds:
        known, accepted = kind.believed.reliability, kind.believed.coverage
        errors = f"{_figure(known.ece_before)} > {_figure(known.ece_after)}"
        squares = f"{_figure(known.brier_before, 4)} > {_figure(known.brier_after, 4)}"
        yield (
            f"{kind.kind:<22}{known.samples:>7}{errors:>16}{squares:>18}{_percent(accepted.share):>10}"
            f"{_figure(accepted.threshold):>7}{_percent(accepted.right):>9}{_percent(accepted.lower):>10}"
        )


def _by_field(report: SuiteReport) -> Iterator[str]:
    yield f"{'kind':<22}{'field':<18}{'right':>11}{'share':>9}{'ECE':>16}"
    for kind in report.kinds:
        for name, score in kind.fields.items():
            known = kind.believed.fields.get(name)
            errors = f"{_figure(known.ece_before)} > {_figure(known.ece_after)}" if known else "–"
            share = f"{score.right}/{score.fields}"
            yield f"{kind.kind:<22}{name:<18}{share:>11}{_percent(score.accuracy):>9}{errors:>16}"


def _gate(gate: Gate) -> str:
    bound, end = ("at most" if gate.at_most else "at least"), ("pass" if gate.passed else "FAIL")
    reached, target = shown_figure(gate, gate.figure), shown_figure(gate, gate.target)
    return f"gate {gate.name:<32}{reached:>9} {bound:>8} {target:>8}  {end}"


def shown_figure(gate: Gate, figure: float | None) -> str:
    """A figure in the gate's unit."""
    match gate.unit:
        case "share":
            return _percent(figure)
        case "error":
            return _figure(figure)
        case "seconds":
            return "–" if figure is None else f"{figure:.3f} s"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _figure(figure: float | None, places: int = 3) -> str:
    return "–" if figure is None else f"{figure:.{places}f}"
