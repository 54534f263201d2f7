"""What a tenant's questions to models have used on a day, so that the limit holds for all workers together."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text

from graphs.agents.spending import Ceiling
from graphs.store.database import Database
from tools.llm.question import Budget, Usage

# The conflict's row is locked, so two workers cannot both take what is left for one.
RESERVE = text(
    """
    INSERT INTO model_spend AS s (tenant, day, calls, tokens, cost_micros, changed_at)
    SELECT :tenant, :day, :calls, :tokens, :cost, now()
    WHERE :calls <= :most_calls AND :tokens <= :most_tokens AND :cost <= :most_cost
    ON CONFLICT (tenant, day) DO UPDATE
      SET calls = s.calls + :calls, tokens = s.tokens + :tokens, cost_micros = s.cost_micros + :cost, changed_at = now()
      WHERE s.calls + :calls <= :most_calls AND s.tokens + :tokens <= :most_tokens
        AND s.cost_micros + :cost <= :most_cost
    RETURNING 1
    """
)
SETTLE = text(
    """
    UPDATE model_spend SET calls = greatest(0, calls + :calls), tokens = greatest(0, tokens + :tokens),
      cost_micros = greatest(0, cost_micros + :cost), changed_at = now()
    WHERE tenant = :tenant AND day = :day
    """
)
NO_CEILING = 2**62


class ModelSpend:
    """`Spending` on the database. A reservation whose worker dies counts until the day is over."""

    def __init__(self, database: Database, ceiling: Ceiling) -> None:
        """`ceiling` is each tenant's, for a day."""
        self._database = database
        self._ceiling = ceiling

    async def reserve(self, tenant: str, day: date, budget: Budget) -> bool:
        """Whether that much is left of the day; if so, it counts from now on."""
        most = self._ceiling
        values = {
            "calls": budget.calls,
            "tokens": budget.tokens,
            "cost": budget.cost_micros,
            "most_calls": NO_CEILING if most.calls is None else most.calls,
            "most_tokens": NO_CEILING if most.tokens is None else most.tokens,
            "most_cost": NO_CEILING if most.cost_micros is None else most.cost_micros,
        }
        async with self._database.unit_of_work(tenant) as unit:
            found = await unit.session.execute(RESERVE, {"tenant": tenant, "day": day, **values})
            return found.first() is not None

    async def settle(self, tenant: str, day: date, budget: Budget, used: Usage) -> None:
        """Put what was used in the place of what was reserved; more than was reserved counts too."""
        values = {
            "calls": used.calls - budget.calls,
            "tokens": used.tokens_in + used.tokens_out - budget.tokens,
            "cost": (used.cost_micros or 0) - budget.cost_micros,
        }
        async with self._database.unit_of_work(tenant) as unit:
            await unit.session.execute(SETTLE, {"tenant": tenant, "day": day, **values})
