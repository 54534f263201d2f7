"""A distribution made in a folder: a module with a connector kind, and the metadata that offers it."""

from __future__ import annotations

from pathlib import Path

WORKING = """
from contextlib import asynccontextmanager
from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from policies.action import EffectKind
from tools.connector import Health, Standing
from tools.port import OutcomeLookup
from tools.secret import SecretRef


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    greeting: str = "hello"
    key: SecretRef | None = None


class Nothing(BaseModel):
    pass


class Greet:
    name = "greeter.greet"
    effect_kind = EffectKind.READ
    outcome_lookup = OutcomeLookup.NEITHER
    arguments = Nothing
    time_limit = timedelta(seconds=1)

    def __init__(self, greeting):
        self._greeting = greeting

    async def execute(self, arguments, *, key):
        return {"said": self._greeting}

    async def find_by_key(self, arguments, *, key):
        return None


class Greeter:
    def __init__(self, name, settings):
        self.name = name
        self._settings = settings

    def tools(self):
        return [Greet(self._settings.greeting)]

    async def check(self):
        if self._settings.greeting == "raise":
            raise RuntimeError("a secret")
        if self._settings.greeting == "hang":
            import asyncio
            await asyncio.Event().wait()
        if self._settings.greeting == "silence":
            return Health(standing=Standing.DOWN, problem="nobody greets back", remedy="say it louder")
        return Health(standing=Standing.OK)


class Kind:
    kind = "greeter"
    settings = Settings

    @asynccontextmanager
    async def open(self, name, settings, context):
        if settings.greeting == "refuse":
            raise OSError("no greeting today")
        yield Greeter(name, settings)


GREETER = Kind()
"""


def install(folder: Path, name: str, module: str, offers: dict[str, str], *, code: str = WORKING) -> None:
    """Make distribution `name` with `module`, offering `offers` (kind: `module:attribute`)."""
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    lines = [f"{kind} = {target}" for kind, target in offers.items()]
    (info / "entry_points.txt").write_text("\n".join(["[interlock.tools]", *lines]) + "\n")
