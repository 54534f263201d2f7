"""Record the golden checkpoints of the released definitions: `python -m tests.golden.record [NAME@VERSION …]`.

Each recording is one case, whose rows are kept after every commit of its way: where it waits, and where a kill would
have left it. Record a version once, when it is released, and never again: its fixtures stand for the rows that are in
somebody's database.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import lzma
import sys
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from graphs.runtime.execution import Execution
from graphs.store.database import Database
from graphs.store.databases import create_database, drop_database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.schema import migrate
from tests.conftest import DATA_FOLDER
from tests.golden import rows
from tests.golden.released import Released, Scenario, question, released
from tests.golden.stage import Stage, WatchedWriter
from tests.support.people import populate
from tools.clock import utc_now

FOLDER = Path(__file__).parent
SUFFIX = ".json.xz"


def main(wanted: list[str]) -> None:
    """Record what is wanted, else what has no recording yet."""
    server = EmbeddedPostgres.start(DATA_FOLDER / "postgres")
    try:
        for entry, execution in itertools.product(released(), Execution):
            folder = FOLDER / entry.definition.reference
            if entry.definition.reference in wanted or (not wanted and not list(folder.glob(f"*.{execution}{SUFFIX}"))):
                folder.mkdir(exist_ok=True)
                (folder / "pack.yaml").write_text(entry.pack, encoding="utf-8")
                asyncio.run(record(server, entry, execution, folder))
    finally:
        server.stop()


async def record(server: EmbeddedPostgres, entry: Released, execution: Execution, folder: Path) -> None:
    """Record all scenarios of a definition, run in one way."""
    seen: set[str] = set()
    for scenario in entry.scenarios:
        with scratch(server) as (owner_url, app_url):
            recorded = await recording(entry, scenario, execution, owner_url=owner_url, app_url=app_url)
        found = unseen(recorded["places"], recorded["trail"], seen)
        between = execution is Execution.STEPS or not entry.lean
        recorded["places"] = [place for place in found if between or not place["name"].endswith("-running")]
        if not recorded["places"]:
            continue
        file = folder / f"{scenario.name}.{execution}{SUFFIX}"
        text = json.dumps(recorded, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        file.write_bytes(lzma.compress(text.encode(), preset=9))
        print(folder.name, file.name, [place["name"] for place in recorded["places"]])  # noqa: T201


def unseen(places: list[dict[str, Any]], trail: dict[str, rows.Rows], seen: set[str]) -> list[dict[str, Any]]:
    """The places that no recording of this definition in this way has yet, each with its name."""
    found = []
    for place in places:
        name = place_name(place["tables"], trail)
        if name not in seen:
            seen.add(name)
            found.append({**place, "name": name})
    return found


def place_name(tables: dict[str, rows.Rows], trail: dict[str, rows.Rows]) -> str:
    """Where a case stands: before which step, waiting or not, with an answer or not, and what its last effect did."""
    head = tables["audit_heads"][0]["seq"]
    values = {row["seq"]: row["content"] for row in trail["audit_values"]}
    visits = [row["seq"] for row in rows.up_to(trail["audit_entries"], head) if row["visit"] is not None]
    following = values[visits[-1]]["step"]["route"] if visits else "start"
    answered = any(task["status"] == "answered" and task["step"] == following for task in tables["tasks"])
    sent = any(effect["status"] == "sent" for effect in tables["effects"])
    stands = "answered" if answered else "sent" if sent else tables["cases"][0]["status"]
    return f"{following}-{stands}"


@contextlib.contextmanager
def scratch(server: EmbeddedPostgres) -> Iterator[tuple[str, str]]:
    """A database of its own, as its owner and as the application sees it."""
    name = f"golden_{uuid.uuid4().hex[:12]}"
    create_database(server.url(), name)
    migrate(server.url(name))
    yield server.url(name), server.url(name, user="interlock_app")
    drop_database(server.url(), name)


async def recording(
    entry: Released, scenario: Scenario, execution: Execution, *, owner_url: str, app_url: str
) -> dict[str, Any]:
    """The recording of one case."""
    database = Database(app_url, clock=utc_now)
    places: list[dict[str, Any]] = []
    at: datetime = utc_now()
    stage = Stage(
        database=database,
        definition=entry.definition,
        pack=entry.pack,
        at=at,
        execution=execution,
        faults=[question(operation) for operation in scenario.faults],
        starts=entry.starts,
        later=entry.later,
        replies=scenario.replies,
        gates_open=scenario.gates_open,
    )
    stage.targets.reader.amount = scenario.amount
    found: list[str] = []

    async def committed() -> None:
        if not found:
            return
        tables = rows.place(owner_url, found[0])
        if tables["cases"] and tables["cases"][0]["status"] in ("running", "waiting"):
            places.append(
                {"tables": tables, "faults": len(stage.targets.erp.faults) + len(stage.targets.portal.faults)}
            )

    try:
        await populate(database)
        found.append(await stage.start(scenario))
        await committed()
        await database.writer.close()
        database.writer = WatchedWriter(app_url, committed)
        await stage.finish(found[0], scenario.answers)
        return {
            "process": entry.definition.reference,
            "digest": entry.definition.digest,
            "recorded_at": at.isoformat(),
            "case": found[0],
            "amount": scenario.amount,
            "answers": {key: dict(value) for key, value in scenario.answers.items()},
            "faults": list(scenario.faults),
            **({"replies": scenario.replies, "gates_open": scenario.gates_open} if scenario.replies else {}),
            "documents": rows.documents(owner_url),
            "trail": rows.trail(owner_url),
            "places": places,
            "end": await stage.told(found[0]),
        }
    finally:
        await database.close()


if __name__ == "__main__":
    main(sys.argv[1:])
