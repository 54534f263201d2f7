"""Rows as what the figures are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from graphs.quality.seen import VISIT_ENDS
from graphs.store.quality import ReviewedRow
from graphs.store.quality_tables import QualityProbe
from policies.review_quality import Checked, Reviewed
from policies.rubber_stamp import Stamping, stamping_in


def reviewed(row: ReviewedRow) -> Reviewed:
    """The answer. Where no time was reported, the time from the last look to the answer stands for it."""
    looked = row.decided_at - row.first if row.first is not None else None
    on_evidence: timedelta | None = None
    if row.seconds:
        on_evidence = timedelta(seconds=row.seconds)
    elif row.last is not None:
        on_evidence = min(row.decided_at - row.last, VISIT_ENDS)
    return Reviewed(
        by=row.by,
        decision=row.decision,
        approvable=row.approvable,
        looked=looked,
        on_evidence=on_evidence,
        required=row.required,
        opened=row.opened,
    )


def checked(probe: QualityProbe) -> Checked:
    """The answer to a probe that was scored."""
    given = (probe.given or {}).get("decision", "")
    return Checked(
        by=probe.answered_by or "", expected=probe.expected["decision"], given=given, right=bool(probe.right)
    )


def stampings(known: Iterable[QualityProbe]) -> Mapping[str, Stamping]:
    """By reviewer, what the test finds in the answers to cases that must not be approved."""
    answers: dict[str, list[bool]] = {}
    for probe in known:
        one = checked(probe)
        if one.expected != "approve":
            answers.setdefault(one.by, []).append(one.given == "approve")
    return {person: stamping_in(approved) for person, approved in answers.items()}


def of_one(known: Sequence[QualityProbe]) -> Stamping:
    """What the test finds in the answers of one reviewer."""
    return next(iter(stampings(known).values()), stamping_in(()))
