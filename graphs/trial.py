"""The trial of a rule pack: read, compiled, smoke-run and asked for verdicts in a child process with limits.

A crash, a hang or an endless loop of the engine in the child is a refusal with a name, never a dead server.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, cast

from graphs.errors import Invalid
from policies.fact import FactValue

ROOT: Final = Path(__file__).resolve().parents[1]
COMMAND: Final = (sys.executable, "-m", "graphs.trial_child")
PASSED_ON: Final = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
"""The child sees no credentials: only what the interpreter itself may need."""
LINE_LIMIT: Final = 64 * 1024 * 1024


class PackRefused(Invalid):
    """The rule pack cannot be used; the message says where and why."""

    code = "pack_refused"


class TrialFailed(Invalid):
    """The rule pack ended or held up the process that tried it: it will not be active."""

    code = "pack_trial_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLimits:
    """How long a trial may take (for its start, and for each batch of verdicts), and what it may use."""

    time: timedelta = timedelta(seconds=20)
    cpu: timedelta = timedelta(minutes=15)
    memory_bytes: int = 1024 * 1024 * 1024
    rounds: int = 200
    seed: int = 20261128


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was judged once: everything that a verdict depends on but the pack."""

    point: str
    facts: Mapping[str, FactValue]
    on: date
    parameters: Mapping[str, FactValue] = field(default_factory=dict)
    met: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Trial:
    """A pack in its child process. `examples` and `random_verdicts` say how much it was tried with."""

    name: str
    process: asyncio.subprocess.Process
    limits: TrialLimits
    digest: str = ""
    examples: int = 0
    random_verdicts: int = 0
    stage: str = "starting"

    async def begin(self, yaml: str, parameters: Mapping[str, FactValue]) -> None:
        """Read, compile and smoke-run. Raises `PackRefused`, `TrialFailed`."""
        order = {
            "name": self.name,
            "yaml": yaml,
            "parameters": dict(parameters),
            "seed": self.limits.seed,
            "rounds": self.limits.rounds,
            "memory_bytes": self.limits.memory_bytes,
            "cpu_seconds": int(self.limits.cpu.total_seconds()),
        }
        found = await self._asked(order)
        if "refused" in found:
            refused = found["refused"]
            raise PackRefused(f"{refused['where']}: {refused['why']}")
        ready = found["ready"]
        self.digest, self.examples = ready["digest"], ready["examples"]
        self.random_verdicts = ready["random_verdicts"]

    async def judge(self, questions: Sequence[Question]) -> list[str]:
        """The verdicts as canonical JSON, in order. Raises `TrialFailed`."""
        if not questions:
            return []
        rows = [[q.point, dict(q.facts), q.on.isoformat(), dict(q.parameters), list(q.met)] for q in questions]
        return cast("list[str]", (await self._asked({"judge": rows}))["verdicts"])

    async def _asked(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """The child's answer, behind the stages that it passes."""
        seconds = self.limits.time.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                await self._say(message)
                while True:
                    answer = await self._heard()
                    if "stage" not in answer:
                        return answer
                    self.stage = answer["stage"]
        except TimeoutError:
            raise TrialFailed(f"{self.name}: {self.stage} took longer than {seconds:g} s and was stopped") from None

    async def _say(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None  # noqa: S101 - opened with a pipe
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            await self.process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            return  # its end is told by what it answers: nothing

    async def _heard(self) -> dict[str, Any]:
        assert self.process.stdout is not None  # noqa: S101 - opened with a pipe
        line = await self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise TrialFailed(f"{self.name}: {self.stage} ended the process with {ending(await self.process.wait())}")
        return cast("dict[str, Any]", json.loads(line))


def ending(code: int) -> str:
    """An exit code in words."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


@asynccontextmanager
async def trial_of(
    yaml: str,
    *,
    name: str,
    parameters: Mapping[str, FactValue] | None = None,
    limits: TrialLimits | None = None,
    command: Sequence[str] = COMMAND,
) -> AsyncGenerator[Trial]:
    """The pack, tried and ready to judge in its child, which is gone when the block ends.

    Raises `PackRefused`, `TrialFailed`.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=ROOT,
        env={key: os.environ[key] for key in PASSED_ON if key in os.environ},
        limit=LINE_LIMIT,
        start_new_session=True,  # Ctrl-C is for the server: it must not look like a crash of the pack
    )
    try:
        trial = Trial(name=name, process=process, limits=limits or TrialLimits())
        await trial.begin(yaml, parameters or {})
        yield trial
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        # The pipe's own transport outlives a killed child until it is closed.
        if process.stdin is not None:
            process.stdin.close()
