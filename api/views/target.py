"""Targets and their limits as the API shows and takes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from api.views.view import Form, View
from graphs.store.admission import TargetState
from graphs.store.admission_view import limits_of
from tools.limits import Breaker, Rate, TargetLimits

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]


class RateForm(Form):
    """So many calls in so many seconds, and so many at once."""

    calls: Count
    per_seconds: Seconds
    burst: Count = 1


class BreakerForm(Form):
    """Left alone after so many failures, for so many seconds."""

    failures: Count
    cool_down_seconds: Seconds


class LimitsForm(Form):
    """What a target takes; what is absent is unlimited."""

    max_concurrent: Annotated[int, Field(ge=1, le=10_000)] | None = None
    rate: RateForm | None = None
    breaker: BreakerForm | None = None

    def limits(self) -> TargetLimits:
        """The form as limits."""
        rate, breaker = self.rate, self.breaker
        return TargetLimits(
            max_concurrent=self.max_concurrent,
            rate=Rate(calls=rate.calls, per=timedelta(seconds=rate.per_seconds), burst=rate.burst) if rate else None,
            breaker=Breaker(failures=breaker.failures, cool_down=timedelta(seconds=breaker.cool_down_seconds))
            if breaker
            else None,
        )

    @classmethod
    def of(cls, limits: TargetLimits) -> LimitsForm:
        """The limits as a form."""
        rate, breaker = limits.rate, limits.breaker
        return cls(
            max_concurrent=limits.max_concurrent,
            rate=RateForm(calls=rate.calls, per_seconds=int(rate.per.total_seconds()), burst=rate.burst)
            if rate
            else None,
            breaker=BreakerForm(failures=breaker.failures, cool_down_seconds=int(breaker.cool_down.total_seconds()))
            if breaker
            else None,
        )


class TargetView(View):
    """An external system as it stands."""

    target: str
    breaker: Literal["closed", "open", "half_open"]
    failures: Annotated[int, Field(description="Failed calls without an answer between them.")]
    retry_at: Annotated[datetime | None, Field(description="When an open breaker lets a call try.")]
    calls_under_way: Annotated[int, Field(description="Slots that are held now.")]
    cases_waiting: Annotated[int, Field(description="Cases that wait for their turn.")]
    limits: Annotated[LimitsForm | None, Field(description="Set by an operator; null: what its tools declare.")]

    @classmethod
    def of(cls, found: TargetState) -> TargetView:
        """The target as it is shown."""
        state = found.state
        return cls.model_validate(
            {
                "target": found.target,
                "breaker": state.breaker if state else "closed",
                "failures": state.failures if state else 0,
                "retry_at": state.retry_at if state else None,
                "calls_under_way": found.held,
                "cases_waiting": found.waiting,
                "limits": LimitsForm.of(limits_of(found.limits)) if found.limits else None,
            }
        )


class TargetList(View):
    """Every target that was limited, counted or waited for, by name."""

    targets: list[TargetView]
