"""What must hold after a round, or its figures are void: nothing lost, nothing doubled, the audit trail sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from evals.bench.server import BenchDatabase
from evals.bench.setup import TENANT, Setup
from evals.bench.step_log import starts, steps_rerun
from evals.bench.target import postings
from evals.bench.wiring import open_services

CASES = "SELECT id, input ->> 'invoice', status FROM cases"
INCIDENTS = "SELECT code || ': ' || message FROM incidents WHERE status = 'open' ORDER BY created_at LIMIT 1"
EFFECTS = "SELECT case_id, count(*) FILTER (WHERE status = 'confirmed'), count(*) FROM effects GROUP BY case_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the tables, the target and the trail say. `double_effects` counts postings and effects beyond the first."""

    cases: int
    not_done: int
    not_once: int
    not_posted: int
    double_effects: int
    audit_sound: bool
    first_incident: str | None

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, in words; empty when all is well."""
        told = {
            f"{self.not_done} cases are not done ({self.first_incident or 'no incident'})": self.not_done,
            f"{self.not_once} cases have not exactly one confirmed effect": self.not_once,
            f"{self.not_posted} cases are not in the target's books": self.not_posted,
            f"{self.double_effects} effects happened twice": self.double_effects,
            "the audit trail does not verify": not self.audit_sound,
        }
        return tuple(text for text, wrong in told.items() if wrong)


async def findings(database: BenchDatabase, setup: Setup, *, expected: int) -> Findings:
    """Look at every case, every effect, every posting, and verify the whole trail."""
    with psycopg.connect(database.owner_url) as owner:
        cases = owner.execute(CASES).fetchall()
        incident = owner.execute(INCIDENTS).fetchone()
        effects = {case_id: (confirmed, rows) for case_id, confirmed, rows in owner.execute(EFFECTS)}
    found = postings(setup.books)
    done = [number for _, number, status in cases if status == "done"]
    confirmed_once = sum(effects.get(case_id, (0, 0)) == (1, 1) for case_id, _, _ in cases)
    return Findings(
        cases=len(cases),
        not_done=expected - len(done),
        not_once=expected - confirmed_once,
        not_posted=expected - len(found),
        double_effects=_doubled(found) + sum(rows - 1 for _, rows in effects.values()),
        audit_sound=not setup.assured or await audit_is_sound(setup),
        first_incident=incident[0] if incident else None,
    )


def _doubled(postings: Counter[str]) -> int:
    return sum(count - 1 for count in postings.values())


async def audit_is_sound(setup: Setup) -> bool:
    """`audit verify`, as the API does it."""
    async with open_services(setup) as services, services.database.unit_of_work(TENANT, snapshot=True) as unit:
        return (await unit.audit_log.verify(TENANT)).sound


async def most_steps_rerun(setup: Setup, case_ids: Mapping[str, str]) -> int:
    """The largest number of steps that any one of the cases ran again: log of starts against journal."""
    started = starts(setup.folder / "steps")
    journaled = Counter[tuple[str, str]]()
    async with open_services(setup) as services, services.database.unit_of_work(TENANT) as unit:
        for number, case_id in case_ids.items():
            journaled.update((number, visit.name) for visit in await unit.journal.of_case(case_id))
    return max((steps_rerun(started, journaled, number) for number in case_ids), default=0)
