"""Where a decision class stands: whether it decides by itself, why or why not, and what that rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphs.agents.gate import Gate, Identity
from graphs.calibration.calibration import Calibration
from graphs.calibration.gates import gate_of
from graphs.calibration.reading import identity_of, stored, watch
from graphs.calibration.target import AskedClass, Target
from graphs.calibration.watch import Watched
from graphs.store.calibration_tables import AgentCalibrationRow
from graphs.store.calibrations import Calibrations
from graphs.store.database import UnitOfWork
from graphs.store.outcomes import Outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityStanding:
    """One model and prompt of a class. `asked_now` is whether the class has that prompt now.

    `outcomes` were reviewed so far, `blind` of them without seeing the answer, `blind_wrong` of those wrong.
    """

    identity: Identity
    asked_now: bool
    gate: Gate
    outcomes: int
    blind: int
    blind_wrong: int
    row: AgentCalibrationRow | None
    calibration: Calibration | None
    watched: Watched | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A version of a decision class, the newest identity first; `why` where nothing was reviewed at all."""

    asked: AskedClass
    target: Target
    identities: tuple[IdentityStanding, ...]

    @property
    def autonomous(self) -> bool:
        """Whether some answer may count without a person."""
        return any(one.gate.open for one in self.identities)

    @property
    def why(self) -> str:
        """In a sentence, why it may or may not."""
        if not self.asked.asks.alone:
            return "a person always decides, whatever is measured"
        if self.identities:
            shown = next((one for one in self.identities if one.gate.open), self.identities[0])
            return shown.gate.why
        return self.target.why or "no decision of this class has been reviewed yet"


async def standings(
    unit: UnitOfWork,
    tenant: str,
    classes: Mapping[tuple[str, int], AskedClass],
    targets: Mapping[tuple[str, int], Target],
) -> list[Standing]:
    """Every asked class with what is known of its identities."""
    known = {identity_of(row): row for row in await Calibrations(unit.session, tenant).newest()}
    reviewed = await Outcomes(unit.session, tenant).identities()
    found: list[Standing] = []
    for key, asked in sorted(classes.items()):
        identities = [one for one in {*reviewed, *known} if (one.decision_class, one.class_version) == key]
        shown = [await _identity(unit, tenant, one, known, asked, targets[key]) for one in identities]
        shown.sort(key=lambda one: (not one.asked_now, not one.gate.open, -one.outcomes, one.identity.model))
        found.append(Standing(asked=asked, target=targets[key], identities=tuple(shown)))
    return found


async def _identity(
    unit: UnitOfWork,
    tenant: str,
    identity: Identity,
    known: Mapping[Identity, AgentCalibrationRow],
    asked: AskedClass,
    target: Target,
) -> IdentityStanding:
    row = known.get(identity)
    outcomes = await Outcomes(unit.session, tenant).of(identity)
    blind = [one for one in outcomes if one.blind]
    return IdentityStanding(
        identity=identity,
        asked_now=identity.prompt_digest == asked.asks.prompt.digest,
        gate=gate_of(identity, known, asked, target),
        outcomes=len(outcomes),
        blind=len(blind),
        blind_wrong=sum(not one.was_right for one in blind),
        row=row,
        calibration=stored(row) if row else None,
        watched=await watch(unit, tenant, row) if row else None,
    )
