"""How the models stand, in plain words, without asking them anything."""

from __future__ import annotations

import time

from tools.connector import Health, Standing
from tools.llm.connecting import Connection
from tools.llm.fault import Busy, Fault, Rejected, Shut
from tools.llm.question import Origin

CHECK_SECONDS = 10.0
"""Nothing is wrong: every question that a model could answer goes to a person."""


def replay_health(origin: Origin, model: str) -> Health:
    """A cassette is always well."""
    return Health(standing=Standing.OK, details={"model": model, "answers": f"from a cassette ({origin})"})


async def endpoint_health(connection: Connection, *, within_seconds: float = CHECK_SECONDS) -> Health:
    """Whether the endpoint answers its list of models, and has ours on it. Never raises."""
    began = time.monotonic()
    models = connection.endpoint.models
    try:
        client = await connection.client()
        listed = await client.models(seconds=within_seconds)
    except Fault as fault:
        return _ailing(fault, round(time.monotonic() - began, 3))
    seconds = round(time.monotonic() - began, 3)
    missing = [model for model in models if listed and model not in listed]
    if missing:
        problem = f"the endpoint answers, but does not list {' and '.join(missing)}"
        remedy = "compare INTERLOCK_LLM_MODEL and INTERLOCK_LLM_FALLBACK_MODEL with the endpoint's list of models"
        return Health(standing=Standing.DEGRADED, problem=problem, remedy=remedy, seconds=seconds)
    shown = "answers and has the model" if listed else "answers; it has no list of models, so no more is known"
    return Health(standing=Standing.OK, seconds=seconds, details={"model": models[0], "checked": shown})


def _ailing(fault: Fault, seconds: float) -> Health:
    standing = Standing.DEGRADED if isinstance(fault, Busy | Rejected) else Standing.DOWN
    remedy = "see INTERLOCK_LLM_BASE_URL, INTERLOCK_LLM_MODEL and INTERLOCK_LLM_API_KEY"
    if not isinstance(fault, Shut):
        remedy = "see whether the endpoint runs and can be reached; until then people decide"
    return Health(standing=standing, problem=fault.message, remedy=remedy, seconds=seconds)
