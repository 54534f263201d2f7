"""Calibrations: the newest of each identity counts, and what is closed stays closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.agents.gate import Identity
from graphs.store.calibration_tables import CLOSED, OPEN, AgentCalibrationRow
from graphs.store.rows import affected

CLOSED_FOR_GOOD = """
CREATE OR REPLACE FUNCTION refuse_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'closed' OR NEW.status <> 'closed' THEN
    RAISE EXCEPTION 'a calibration can only be closed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS close_only ON agent_calibrations;
CREATE TRIGGER close_only BEFORE UPDATE ON agent_calibrations FOR EACH ROW EXECUTE FUNCTION refuse_opening();
"""
"""Only a new calibration opens a gate again: also for whoever writes into the database."""

CALIBRATE = text("SELECT pg_advisory_xact_lock(hashtextextended('calibrate ' || :tenant, 0))")


class Calibrations:
    """The calibrations of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def alone(self) -> None:
        """Wait until no other transaction makes or closes calibrations of the tenant."""
        await self._session.execute(CALIBRATE, {"tenant": self._tenant})

    async def add(self, row: AgentCalibrationRow) -> None:
        """A new calibration, from now on the newest of its identity."""
        self._session.add(row)
        await self._session.flush()

    async def newest(self) -> list[AgentCalibrationRow]:
        """The newest calibration of each identity (index `newest_calibration`)."""
        identity = (
            col(AgentCalibrationRow.decision_class),
            col(AgentCalibrationRow.class_version),
            col(AgentCalibrationRow.model),
            col(AgentCalibrationRow.prompt_digest),
        )
        query = (
            select(AgentCalibrationRow)
            .where(col(AgentCalibrationRow.tenant) == self._tenant)
            .order_by(*identity, col(AgentCalibrationRow.made_at).desc(), col(AgentCalibrationRow.id).desc())
            .ext(distinct_on(*identity))
            .execution_options(populate_existing=True)
        )
        return list((await self._session.execute(query)).scalars())

    async def made_for(self, identity: Identity) -> Sequence[AgentCalibrationRow]:
        """All calibrations of an identity, the newest first (index `newest_calibration`)."""
        query = (
            select(AgentCalibrationRow)
            .where(
                col(AgentCalibrationRow.tenant) == self._tenant,
                col(AgentCalibrationRow.decision_class) == identity.decision_class,
                col(AgentCalibrationRow.class_version) == identity.class_version,
                col(AgentCalibrationRow.model) == identity.model,
                col(AgentCalibrationRow.prompt_digest) == identity.prompt_digest,
            )
            .order_by(col(AgentCalibrationRow.made_at).desc(), col(AgentCalibrationRow.id).desc())
        )
        return (await self._session.execute(query)).scalars().all()

    async def forgotten_upto(self, identity: Identity) -> tuple[int, datetime | None]:
        """The entry of the trail up to which outcomes say nothing any more, where drift last closed the gate; and when.

        0 and None where it never did.
        """
        closed = (func.max(col(AgentCalibrationRow.closed_seq)), func.max(col(AgentCalibrationRow.closed_at)))
        query = select(*closed).where(
            col(AgentCalibrationRow.tenant) == self._tenant,
            col(AgentCalibrationRow.decision_class) == identity.decision_class,
            col(AgentCalibrationRow.class_version) == identity.class_version,
            col(AgentCalibrationRow.model) == identity.model,
            col(AgentCalibrationRow.prompt_digest) == identity.prompt_digest,
        )
        seq, at = (await self._session.execute(query)).one()
        return seq or 0, at

    async def close(self, calibration_id: str, *, why: str, at: datetime, seq: int) -> bool:
        """Close an open calibration; False when it was closed already (primary key)."""
        statement = (
            update(AgentCalibrationRow)
            .where(
                col(AgentCalibrationRow.tenant) == self._tenant,
                col(AgentCalibrationRow.id) == calibration_id,
                col(AgentCalibrationRow.status) == OPEN,
            )
            .values(status=CLOSED, why=why, closed_at=at, closed_seq=seq)
        )
        return affected(await self._session.execute(statement)) == 1
