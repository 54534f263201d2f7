"""What a suite found: figures per kind, and gates that pass or fail."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, computed_field


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
    """A field that was read wrongly, or not at all (`read` is None)."""

    file: str
    field: str
    expected: str
    read: str | None
    confidence: float | None


class Refusal(_Model):
    """A document that was refused."""

    file: str
    code: str


class KindReport(_Model):
    """One kind of document.

    `score` counts the fields the data set says can be read, `unlisted` those it says nothing about (no
    gate stands on them), `lines` whole documents whose lines are all right, `sure` the scored fields with
    a confidence of at least 0.9.
    """

    kind: str
    documents: int
    score: Score
    lines: Score
    unlisted: Score
    sure: Score
    fields: dict[str, Score]
    seconds_per_document: float
    refused: tuple[Refusal, ...]
    wrong: tuple[Wrong, ...]


class Gate(_Model):
    """A target and what was reached; `figure` is None where no document of the gate was found."""

    name: str
    target: float
    figure: float | None

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own pattern
    @property
    def passed(self) -> bool:
        """Whether the target is reached; a gate without documents does not pass."""
        return self.figure is not None and self.figure >= self.target


class SuiteReport(_Model):
    """Everything a suite found. `not_yet` counts documents of kinds that are not read yet."""

    suite: str
    dataset: str
    kinds: tuple[KindReport, ...]
    not_yet: dict[str, int]
    gates: tuple[Gate, ...]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own pattern
    @property
    def passed(self) -> bool:
        """Whether every gate passed."""
        return all(gate.passed for gate in self.gates)

    def text(self) -> str:
        """The report as a table for people."""
        return as_text(self)


def as_text(report: SuiteReport) -> str:
    """The report as a table for people."""
    rows = [f"{report.suite} on {report.dataset}", ""]
    rows.append(f"{'kind':<22}{'docs':>5}{'fields':>8}{'right':>7}{'share':>8}{'lines':>9}{'s/doc':>8}{'refused':>9}")
    for kind in report.kinds:
        lines = f"{kind.lines.right}/{kind.lines.fields}"
        rows.append(
            f"{kind.kind:<22}{kind.documents:>5}{kind.score.fields:>8}{kind.score.right:>7}"
            f"{_percent(kind.score.accuracy):>8}{lines:>9}{kind.seconds_per_document:>8.3f}{len(kind.refused):>9}"
        )
    rows += [f"{kind:<22}{count:>5}  not yet" for kind, count in sorted(report.not_yet.items())]
    rows.append("")
    rows += [
        f"gate {gate.name:<17} {_percent(gate.figure):>7} of {_percent(gate.target):>6}  "
        f"{'pass' if gate.passed else 'FAIL'}"
        for gate in report.gates
    ]
    wrong = [found for kind in report.kinds for found in kind.wrong]
    if wrong:
        rows += ["", "wrong:"]
        rows += [f"  {found.file} {found.field}: {found.expected!r} read as {found.read!r}" for found in wrong]
    return "\n".join(rows) + "\n"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
