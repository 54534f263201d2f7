"""Suggestions as the API shows them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field

from api.views.view import View
from graphs.suggestions.desk import SuggestedPack, Suggestion


class SuggestionView(View):
    """What people always decide about one rule's question where a predicate holds."""

    id: str
    pack: str
    digest: Annotated[str, Field(description="Digest of the pack that is active now.")]
    process: str
    step: str
    rule: str
    decision: str
    corrected: dict[str, str]
    predicate: Annotated[str, Field(description="In the language of conditions.")]
    cases: Annotated[list[str], Field(description="Cases that were decided so; none like them was decided otherwise.")]
    told_apart: Annotated[int, Field(description="Other answers to the rule's question, to which it does not hold.")]
    contradicted_at_most_bps: Annotated[
        int, Field(description="How often it may be wrong at most, with 95 % confidence, in hundredths of a percent.")
    ]

    @classmethod
    def of(cls, found: Suggestion) -> SuggestionView:
        """The suggestion as it is shown."""
        return cls(**_fields(found))


class SuggestionList(View):
    """Suggestions, the most frequent first."""

    suggestions: list[SuggestionView]


class SuggestedPackView(SuggestionView):
    """A suggestion with the rule pack that it would make."""

    yaml: Annotated[str | None, Field(description="The changed pack; null where it cannot be made.")]
    version: str | None
    why_not: Annotated[str, Field(description="Why there is no pack.")]
    findings: Annotated[list[dict[str, Any]], Field(description="What lint says of it and not of the active pack.")]

    @classmethod
    def whole(cls, found: SuggestedPack) -> SuggestedPackView:
        """The suggestion with its pack."""
        made = found.candidate
        return cls(
            **_fields(found.suggestion),
            yaml=made.yaml if made else None,
            version=made.pack.version if made else None,
            why_not=found.why_not,
            findings=[asdict(finding) for finding in made.findings] if made else [],
        )


def _fields(found: Suggestion) -> dict[str, Any]:
    return {
        "id": found.id,
        "pack": found.pack,
        "digest": found.digest,
        "process": found.asked.process,
        "step": found.asked.step,
        "rule": found.asked.rule,
        "decision": found.label.decision,
        "corrected": dict(found.label.corrected),
        "predicate": found.predicate.text,
        "cases": list(found.cases),
        "told_apart": found.told,
        "contradicted_at_most_bps": found.bound_bps,
    }
