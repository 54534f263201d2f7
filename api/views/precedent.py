"""Precedents and evaluation cases as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.views.view import View
from graphs.precedents.desk import Nearest, PrecedentsOfTask
from graphs.precedents.evaluation_case import EvaluationCase


class DifferenceView(View):
    """A fact in which a precedent differs; null is unknown."""

    fact: str
    here: str | int | bool | None
    there: str | int | bool | None


class PrecedentView(View):
    """What a person decided about a like question."""

    task: str
    case: str
    similarity_bps: Annotated[int, Field(description="Similar facts: 10,000 is alike in every fact.")]
    text_bps: Annotated[
        int | None, Field(description="Similar text: 10,000 is the same direction; null where it is not known.")
    ]
    for_text: Annotated[bool, Field(description="Shown for its text alone; other exceptions may have asked.")]
    decision: str
    corrected: dict[str, str]
    reason: str
    decided_by: str
    decided_at: datetime
    rules: Annotated[list[str], Field(description="Rules that asked then.")]
    differs: Annotated[list[DifferenceView], Field(description="What differs, the most telling first.")]
    differences: Annotated[int, Field(description="How many facts differ; not all are listed.")]

    @classmethod
    def of(cls, found: Nearest, names: Mapping[str, str]) -> PrecedentView:
        """The precedent as it is shown."""
        row = found.precedent
        return cls(
            task=row.task_id,
            case=row.case_id,
            similarity_bps=found.similarity_bps,
            text_bps=found.text_bps,
            for_text=found.for_text,
            decision=row.decision,
            corrected=row.corrected,
            reason=row.reason,
            decided_by=names.get(row.decided_by, row.decided_by),
            decided_at=row.at,
            rules=row.fired,
            differs=[DifferenceView(fact=one.name, here=one.here, there=one.there) for one in found.differs],
            differences=found.differences,
        )


class SimilarTextsView(View):
    """Whether texts were compared, by which model, and why not all were."""

    status: Annotated[
        Literal["off", "nothing", "compared", "withheld", "failed"],
        Field(
            description="`off`: no embedding model is configured; `nothing`: nothing of the question may be told; "
            "`withheld`: the rules do not let it be sent; `failed`: the model did not answer."
        ),
    ]
    model: str | None
    note: Annotated[str, Field(description="Why texts were not compared, or not all.")]
    compared: Annotated[int, Field(description="Precedents whose texts were compared.")]
    waiting: Annotated[int, Field(description="Precedents whose texts have no vector yet.")]


class PrecedentsView(View):
    """Precedents of a task. They are never a decision by themselves."""

    task: str
    step: str
    exceptions: list[str]
    compared: Annotated[int, Field(description="Questions of the same step with the same exceptions.")]
    similar: Annotated[int, Field(description="Those among them that are alike in 80 % or more.")]
    decisions: Annotated[dict[str, int], Field(description="How the similar ones were decided.")]
    nearest: list[PrecedentView]
    texts: SimilarTextsView

    @classmethod
    def of(cls, found: PrecedentsOfTask) -> PrecedentsView:
        """The precedents as they are shown."""
        return cls(
            task=found.task_id,
            step=found.step,
            exceptions=list(found.exceptions),
            compared=found.compared,
            similar=found.similar,
            decisions=dict(found.decisions),
            nearest=[PrecedentView.of(one, found.names) for one in found.nearest],
            texts=SimilarTextsView(
                status=found.texts.status,
                model=found.texts.model,
                note=found.texts.note,
                compared=len(found.texts.bps),
                waiting=found.texts.waiting,
            ),
        )


class EvaluationCaseView(View):
    """A case for a data set of evaluations, in the form of its file."""

    decision_class: str
    case: dict[str, Any]
    warning: str

    @classmethod
    def of(cls, made: EvaluationCase) -> EvaluationCaseView:
        """The case as it is shown."""
        return cls(decision_class=made.decision_class, case=dict(made.case), warning=made.warning)
