"""Runs the replay: AgentDojo in a process and an environment of its own, the guard here.

Over the wire come the service, the request, calls and outputs, and verdicts go back. Which task it was and who was
behind a call arrives when the episode is over and the guard is no longer asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import IO, Any

import evals
from evals.dataset import DatasetError
from evals.guardrails.allow_list import allow_list
from evals.guardrails.call import Call, Observation
from evals.guardrails.episode import Episode, JudgedCall
from evals.guardrails.guard import Guard, Ruling
from evals.guardrails.request import Request
from policies.judgement import RuleBook

ROOT = Path(evals.__file__).parent.parent
PYTHON = ROOT / ".venv-guardrails" / "bin" / "python"
MODULE = "evals.guardrails.replay_process"
SERVICES = ("workspace", "travel", "banking", "slack")
LIMIT_SECONDS = 1800.0
TOLD = {
    "open": {"kind", "service", "request"},
    "call": {"kind", "tool", "arguments"},
    "output": {"kind", "tool", "arguments", "output"},
}
"""All that may be said while the guard is still asked."""


class ReplayFailed(DatasetError):
    """AgentDojo is not there, or its process ended too early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What was replayed."""

    agentdojo: str
    suites: str


@dataclass(slots=True, kw_only=True)
class _Session:
    """One episode as the guard knows it."""

    guard: Guard
    request: Request
    seen: list[Observation] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)

    def judge(self, message: dict[str, Any]) -> str:
        """The verdict on the call that is asked about."""
        call = Call(tool=message["tool"], arguments=message["arguments"])
        ruling = self.guard.judge(call, request=self.request, seen=self.seen)
        self.rulings.append(ruling)
        return ruling.verdict.kind.value

    def observe(self, message: dict[str, Any]) -> None:
        call = Call(tool=message["tool"], arguments=message["arguments"])
        self.seen.append(Observation(call=call, output=message["output"]))

    def close(self, message: dict[str, Any]) -> Episode:
        """The episode, with what the other side says of it."""
        pairs = zip(message.pop("calls"), self.rulings, strict=True)
        calls = tuple(_judged(call, ruling) for call, ruling in pairs)
        return Episode(**{name: value for name, value in message.items() if name != "kind"}, calls=calls)


def _judged(call: dict[str, Any], ruling: Ruling) -> JudgedCall:
    verdict = ruling.verdict
    fired = [finding.rule for finding in verdict.findings] + [unknown.rule for unknown in verdict.indeterminate]
    return JudgedCall(
        whose=call["whose"],
        tool=call["tool"],
        effect=ruling.action.effect_kind,
        verdict=verdict.kind,
        rules=tuple(fired),
    )


def replay(
    rules: RuleBook, *, part: int | None = None, services: Sequence[str] = SERVICES, python: Path = PYTHON
) -> Iterator[Episode | Version]:
    """Every episode as it ends, and at last what was replayed. Raises `ReplayFailed`.

    `part` (0..4) is a fifth of the attacks, by the hash of each pair's name, with all benign tasks.
    """
    chosen = () if part is None else ("--part", str(part))
    session: _Session | None = None
    with _process(python, (*chosen, "--suites", *services)) as (asked, answered):
        for line in asked:
            message = _heard(line)
            match message["kind"], session:
                case "open", _:
                    guard = Guard(allowed=allow_list(message["service"]), rules=rules)
                    session = _Session(guard=guard, request=Request(message["request"]))
                case "call", _Session():
                    answered.write(json.dumps({"verdict": session.judge(message)}) + "\n")
                    answered.flush()
                case "output", _Session():
                    session.observe(message)
                case "close", _Session():
                    yield session.close(message)
                    session = None
                case "end", None:
                    yield Version(agentdojo=message["agentdojo"], suites=message["suites"])
                case kind, _:
                    raise ReplayFailed(f"the replay said {kind!r} out of turn")


def _heard(line: str) -> dict[str, Any]:
    """A message of the other side. Raises `ReplayFailed` when it is none, or tells what the guard must not know."""
    try:
        message: dict[str, Any] = json.loads(line)
        kind = message["kind"]
    except (ValueError, TypeError, KeyError) as error:
        raise ReplayFailed(f"the replay said {line[:80]!r}, which is no message") from error
    if more := message.keys() - TOLD.get(kind, message.keys()):
        raise ReplayFailed(f"the replay told the guard of {', '.join(sorted(more))}")
    return message


def known_values(python: Path = PYTHON) -> frozenset[str]:
    """Task ids, requests, goals and the values of all plans: what nothing here may know. Raises `ReplayFailed`."""
    with _process(python, ("--values",)) as (asked, _):
        return frozenset(json.loads(asked.readline())["values"])


@contextmanager
def _process(python: Path, arguments: Sequence[str]) -> Iterator[tuple[IO[str], IO[str]]]:
    """What AgentDojo's process says, and where to answer. Raises `ReplayFailed` when it ends badly."""
    if not python.is_file():
        raise ReplayFailed(
            f"AgentDojo is not installed: there is no {python}; `make .venv-guardrails/installed.stamp` installs it"
        )
    with tempfile.TemporaryFile("w+", encoding="utf-8") as complaints:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [str(python), "-m", MODULE, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        limit = Timer(LIMIT_SECONDS, process.kill)
        limit.start()
        try:
            if process.stdout is None or process.stdin is None:
                raise ReplayFailed("AgentDojo's process has no wire")
            with suppress(BrokenPipeError):  # its exit code says more
                yield process.stdout, process.stdin
            if process.wait(timeout=LIMIT_SECONDS):
                complaints.seek(0)
                last = complaints.read().strip().splitlines()[-1:] or ["it said nothing"]
                raise ReplayFailed(f"AgentDojo's process ended with {process.returncode}: {last[0]}")
        finally:
            limit.cancel()
            if process.poll() is None:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
