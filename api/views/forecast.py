"""Forecasts, as the API shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.views.deadline import ClockView
from api.views.view import Form, Name, View
from graphs.forecast.desk import Accounted, Risk, WhatIf
from graphs.forecast.forecast import Forecast, Option
from policies.forecast_score import Score

Probability = Annotated[float | None, Field(description="From 0 to 1; null where nothing can be said.")]


class OptionView(View):
    """What a person could do (`reassign`, `do_first`, `pause`), and the probability under it."""

    kind: str
    sentence: str
    probability: float
    user: str | None
    reason: str | None

    @classmethod
    def of(cls, option: Option) -> OptionView:
        """The option as it is shown."""
        return cls(
            kind=option.kind,
            sentence=option.sentence,
            probability=option.probability,
            user=option.user_id,
            reason=option.reason,
        )


class ForecastView(View):
    """What is foreseen of a clock: `longer` of the `alike` cases of `cohort` took longer than `left_seconds`."""

    clock: ClockView
    step: str | None
    issued_at: datetime
    probability: Probability
    sentence: str
    cohort: str | None
    alike: int | None
    longer: int | None
    left_seconds: int | None
    ahead: Annotated[int | None, Field(description="Tasks that are before it in its person's inbox.")]
    share_used: Annotated[float, Field(description="The share of the clock's business time that has passed.")]
    options: list[OptionView]

    @classmethod
    def of(cls, found: Forecast) -> ForecastView:
        """The forecast as it is shown."""
        estimate, standing = found.estimate, found.standing
        return cls(
            clock=ClockView.of(found.clock),
            step=found.place.step if found.place else None,
            issued_at=found.issued_at,
            probability=found.probability,
            sentence=found.sentence,
            cohort=estimate.cohort if estimate else None,
            alike=estimate.alike if estimate else None,
            longer=estimate.longer if estimate else None,
            left_seconds=int(standing.left) if standing else None,
            ahead=standing.ahead if standing else None,
            share_used=found.share_used,
            options=[OptionView.of(option) for option in found.options],
        )


class ForecastList(View):
    """One forecast a clock, in the order in which the clocks started."""

    forecasts: list[ForecastView]


class RiskView(View):
    """A running clock with the probability of the last look at it."""

    clock: ClockView
    probability: Probability
    looked_at: datetime

    @classmethod
    def of(cls, risk: Risk) -> RiskView:
        """The clock as it is shown."""
        bps = risk.look.probability_bps
        return cls(
            clock=ClockView.of(risk.clock),
            probability=bps / 10_000 if bps is not None else None,
            looked_at=risk.look.looked_at,
        )


class RiskList(View):
    """Running clocks, the riskiest first."""

    clocks: list[RiskView]


class WhatIfForm(Form):
    """The login or id of the person who would have the task."""

    assign: Name


class WhatIfView(View):
    """What is foreseen, and what would be if the person called `name` had the task."""

    name: str
    now: ForecastView
    then: ForecastView

    @classmethod
    def of(cls, found: WhatIf) -> WhatIfView:
        """The answer as it is shown."""
        return cls(name=found.name, now=ForecastView.of(found.now), then=ForecastView.of(found.then))


class WhatIfList(View):
    """One answer a clock."""

    clocks: list[WhatIfView]


class BinView(View):
    """Forecasts of about the same probability: how many, what they said on average, and how often it happened."""

    forecasts: int
    said: float
    happened: float


class ScoreView(View):
    """The score of forecasts; `skill` is 1 where they are perfect, 0 where they are no better than the base rate."""

    forecasts: int
    base_rate: float | None
    brier: float | None
    skill: float | None
    bins: list[BinView]

    @classmethod
    def of(cls, score: Score) -> ScoreView:
        """The score as it is shown."""
        return cls(
            forecasts=score.forecasts,
            base_rate=score.base_rate,
            brier=score.brier,
            skill=score.skill,
            bins=[BinView(forecasts=one.forecasts, said=one.said, happened=one.happened) for one in score.bins],
        )


class AlertsView(View):
    """Alerts whose end is known; the lead is the business time from the alert to the breach."""

    alerts: int
    false_alarms: int
    median_lead_seconds: float | None


class AccountedView(View):
    """What forecasts were worth: together, at each fixed point of a clock's life, and as alerts."""

    process: str | None
    together: ScoreView
    points: dict[str, ScoreView]
    alerts: AlertsView
    void: Annotated[int, Field(description="Forecasts whose clock was stopped by somebody: they count for nothing.")]
    drifted: Annotated[
        bool | None, Field(description="Whether the last 100 are worse than the base rate; null while there are fewer.")
    ]

    @classmethod
    def of(cls, found: Accounted) -> AccountedView:
        """The account as it is shown."""
        return cls(
            process=found.process,
            together=ScoreView.of(found.together),
            points={point: ScoreView.of(score) for point, score in found.points},
            alerts=AlertsView(
                alerts=found.alerts.alerts,
                false_alarms=found.alerts.false_alarms,
                median_lead_seconds=found.alerts.median_lead_seconds,
            ),
            void=found.void,
            drifted=found.drifted,
        )
