"""A target that can be limited, and a clock that stands still until it is moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from graphs.admission import Admission
from graphs.store.admission import Targets
from graphs.store.admission_tables import TargetLimit
from graphs.store.database import Database
from policies.action import EffectKind
from tests.support.toy import Nothing
from tools.limits import UNLIMITED, TargetLimits
from tools.port import OutcomeLookup

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class LimitedTool:
    """A tool of the target `ledger`, with limits of its own."""

    limits: TargetLimits = UNLIMITED
    name: str = "toy.write"
    target: str = "ledger"
    effect_kind: EffectKind = EffectKind.WRITE
    outcome_lookup: OutcomeLookup = OutcomeLookup.ASKABLE
    arguments: type[BaseModel] = Nothing
    time_limit: timedelta = timedelta(seconds=1)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return {}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        return None


@dataclass(slots=True, kw_only=True)
class Gate:
    """Admission of one process, asked for one tool at instants that the test names."""

    database: Database
    tool: LimitedTool
    patience: timedelta = timedelta(0)
    now: datetime = NOON
    ticks: float = 0.0
    admission: Admission = field(init=False)

    def __post_init__(self) -> None:
        self.admission = Admission(self.database, monotonic=lambda: self.ticks, patience=self.patience)

    def call(self, *, tool: LimitedTool | None = None, case_id: str = "case", agent: str | None = None) -> Any:
        return self.admission.admitted(
            tenant="acme", process="toy", tool=tool or self.tool, case_id=case_id, now=self.now, agent=agent
        )

    def later(self, pause: timedelta) -> None:
        """Move the clocks of wall and process."""
        self.now += pause
        self.ticks += pause.total_seconds()

    async def made(self, error: Exception | None = None) -> bool:
        """Make a call that ends with `error`, if any."""
        try:
            async with self.call():
                if error is not None:
                    raise error
        except Exception as raised:
            if raised is not error:
                raise
        return True


async def set_limits(database: Database, target: str, **limits: Any) -> None:
    """Set a target's limits as an operator would."""
    async with database.unit_of_work("acme") as unit:
        row = TargetLimit(tenant="acme", target=target, set_by="acme-dora", since=NOON, **limits)
        await Targets(unit.session).set_limits(row)
