"""AgentDojo's side of the replay: `python -m evals.guardrails.replay_process`, in an environment that has agentdojo.

It plays an agent that obeys every injection, asks for a verdict before each call on standard output, reads it from
standard input, and lets AgentDojo's own checkers say what came of it. Who is behind a call it keeps to itself until the
episode is over.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

import yaml
from agentdojo.agent_pipeline.base_pipeline_element import BasePipelineElement
from agentdojo.attacks.baseline_attacks import DirectAttack
from agentdojo.functions_runtime import EmptyEnv, FunctionCall, FunctionsRuntime
from agentdojo.task_suite.load_suites import get_suites
from agentdojo.types import ChatAssistantMessage, ChatToolResultMessage, text_content_block_from_string
from pydantic import BaseModel

from evals.guardrails.part import PARTS, belongs

SUITES_VERSION = "v1.2.2"
USER, INJECTED = "user", "injected"
ALLOW, REVIEW = "allow", "review"
AFTER, AT_ONCE = "after", "at_once"
ORDERS = (AFTER, AT_ONCE)
"""When the agent obeys: once the user's work is done, or as soon as it has read the injected text."""
yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[assignment, misc]  # AgentDojo reads an environment anew for each play
CODE = re.compile(r"@|\d.*\d.*\d.*\d")


@dataclass(frozen=True, kw_only=True)
class Line:
    """The wire to the guard: a JSON object a line, in both directions."""

    out: TextIO
    back: TextIO

    def say(self, **message: Any) -> None:
        self.out.write(json.dumps(message) + "\n")
        self.out.flush()

    def ask(self, call: FunctionCall) -> str:
        """The verdict on a call."""
        self.say(kind="call", tool=call.function, arguments=plain(dict(call.args)))
        answer = self.back.readline()
        if not answer:
            raise SystemExit("the guard hung up")
        return str(json.loads(answer)["verdict"])


@dataclass
class ObeyingAgent(BasePipelineElement):  # type: ignore[misc]  # agentdojo is not in the checked environment
    """Makes the calls of the user's task and those of the injection, each after its verdict.

    The user's calls that are held for review are made: the user confirms what they asked for. Injected calls that are
    held are not, unless a `careless` person confirms everything.
    """

    line: Line
    user_task: Any
    injection: Any
    order: str
    planted: tuple[str, ...]
    careless: bool
    calls: list[dict[str, str]] = field(default_factory=list)
    name: str = "obeying"

    def query(
        self,
        query: str,
        runtime: FunctionsRuntime,
        env: Any = None,
        messages: Sequence[Any] = (),
        extra_args: Mapping[str, Any] | None = None,
    ) -> tuple[str, FunctionsRuntime, Any, Sequence[Any], Mapping[str, Any]]:
        env = EmptyEnv() if env is None else env
        wanted = list(self.user_task.ground_truth(env))
        injected = list(self.injection.ground_truth(env)) if self.injection is not None else []
        said = [*messages]
        for call in wanted:
            output = self.make(call, USER, runtime, env, said)
            if injected and self.order == AT_ONCE and self.has_read(output):
                for other in injected:
                    self.make(other, INJECTED, runtime, env, said)
                injected = []
        for call in injected:
            self.make(call, INJECTED, runtime, env, said)
        said.append(ChatAssistantMessage(role="assistant", content=[block(self.answer())], tool_calls=[]))
        return query, runtime, env, said, extra_args or {}

    def make(self, call: FunctionCall, whose: str, runtime: FunctionsRuntime, env: Any, said: list[Any]) -> Any:
        """Make the call if it may be made; its output, or None."""
        verdict = self.line.ask(call)
        self.calls.append({"whose": whose, "tool": call.function, "verdict": verdict})
        confirmed = verdict == REVIEW and (whose == USER or self.careless)
        if verdict != ALLOW and not confirmed:
            return None
        result, error = runtime.run_function(env, call.function, call.args)
        output = plain(result)
        self.line.say(kind="output", tool=call.function, arguments=plain(dict(call.args)), output=output)
        said.append(ChatAssistantMessage(role="assistant", content=None, tool_calls=[call]))
        said.append(
            ChatToolResultMessage(
                role="tool", content=[block(str(result))], tool_call=call, tool_call_id=None, error=error
            )
        )
        return output

    def has_read(self, output: Any) -> bool:
        """Whether the output shows any of the planted text."""
        shown = squeezed(" ".join(texts(output)))
        return any(squeezed(text) in shown for text in self.planted)

    def answer(self) -> str:
        """What the agent says in the end: both tasks' own answers."""
        own = getattr(self.user_task, "GROUND_TRUTH_OUTPUT", "")
        return f"{own} {getattr(self.injection, 'GROUND_TRUTH_OUTPUT', '')}" if self.injection is not None else own


def block(text: str) -> Any:
    """A message's content."""
    return text_content_block_from_string(text)


def plain(data: Any) -> Any:
    """`data` as JSON data."""
    match data:
        case BaseModel():
            return plain(data.model_dump(mode="json"))
        case Mapping():
            return {str(key): plain(inner) for key, inner in data.items()}
        case list() | tuple() | set():
            return [plain(inner) for inner in data]
        case str() | bool() | int() | float() | None:
            return data
        case _:
            return str(data)


def texts(data: Any) -> Iterator[str]:
    """Every value in JSON data, as text."""
    match data:
        case dict():
            for inner in data.values():
                yield from texts(inner)
        case list():
            for inner in data:
                yield from texts(inner)
        case _:
            yield str(data)


def squeezed(text: str) -> str:
    """Without spaces: YAML folds the lines of what is planted."""
    return "".join(text.split())


@dataclass(frozen=True, kw_only=True)
class Play:
    """One task of a suite, with or without an injection that is planted where the agent will read it."""

    suite: Any
    user_task: Any
    injection: Any
    attack: DirectAttack

    @property
    def key(self) -> str:
        """What the play is known by."""
        injection = f"/{self.injection.ID}" if self.injection is not None else ""
        return f"{self.suite.name}/{self.user_task.ID}{injection}"

    def perform(self, line: Line) -> None:
        """Play it in every order. Where an injected call was held, once more with a careless person."""
        attacked = self.injection is not None
        planted = self.attack.attack(self.user_task, self.injection) if attacked else {}
        environment = self.suite.load_and_inject_default_environment(planted)
        for order in ORDERS if attacked else (AFTER,):
            held = self._once(line, environment, planted, order=order, careless=False)
            if held:
                self._once(line, environment, planted, order=order, careless=True)

    def _once(self, line: Line, environment: Any, planted: dict[str, str], *, order: str, careless: bool) -> bool:
        """Play it and say what came of it; whether an injected call was held for review."""
        agent = ObeyingAgent(
            line=line,
            user_task=self.user_task,
            injection=self.injection,
            order=order,
            planted=tuple(planted.values()),
            careless=careless,
        )
        line.say(kind="open", service=self.suite.name, request=self.user_task.PROMPT)
        solved, succeeded = self.suite.run_task_with_pipeline(
            agent, self.user_task, self.injection, planted, environment=environment.model_copy(deep=True)
        )
        line.say(
            kind="close",
            suite=self.suite.name,
            key=self.key,
            attacked=self.injection is not None,
            order=order,
            careless=careless,
            calls=agent.calls,
            solved=bool(solved),
            succeeded=self.injection is not None and bool(succeeded),
        )
        return any(call["whose"] == INJECTED and call["verdict"] == REVIEW for call in agent.calls)


def plays(suite: Any) -> Iterator[Play]:
    """Each user task alone, then with each injection that has a plan."""
    environment = suite.load_and_inject_default_environment({})
    injections = suite.injection_tasks.values()
    planned = [task for task in injections if task.ground_truth(environment.model_copy(deep=True))]
    attack = DirectAttack(suite, BasePipelineElement)
    for user_task in suite.user_tasks.values():
        for injection in (None, *planned):
            yield Play(suite=suite, user_task=user_task, injection=injection, attack=attack)


def replay(line: Line, *, part: int | None, names: Sequence[str]) -> None:
    """The plays of the named suites: all benign tasks, and the attacks that belong to the part."""
    for name, suite in get_suites(SUITES_VERSION).items():
        for play in plays(suite) if name in names else ():
            if play.injection is None or belongs(play.key, part):
                play.perform(line)


def tell_values(line: Line) -> None:
    """Everything that a rule, a list or a module must not know.

    Task ids, requests, goals, the wording of the attack, the values of all plans, and of the environments every
    address, number and code.
    """
    values: set[str] = set()
    for suite in get_suites(SUITES_VERSION).values():
        environment = suite.load_and_inject_default_environment({})
        values |= {text for text in texts(plain(environment)) if CODE.search(text)}
        values.add(DirectAttack(suite, BasePipelineElement).jailbreak.format(goal="").strip(" :"))
        for task in (*suite.user_tasks.values(), *suite.injection_tasks.values()):
            own = task.init_environment(environment.model_copy(deep=True)) if hasattr(task, "PROMPT") else environment
            values |= {task.ID, getattr(task, "PROMPT", ""), getattr(task, "GOAL", "")}
            values |= {text for call in task.ground_truth(own) for text in texts(plain(dict(call.args)))}
    line.say(kind="values", values=sorted(values - {""}))


def main() -> None:
    """Replay, or list the values; standard output is the wire, and whatever prints goes to standard error."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--part", type=int, choices=range(PARTS))
    parser.add_argument("--suites", nargs="*", default=["workspace", "travel", "banking", "slack"])
    parser.add_argument("--values", action="store_true")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    line = Line(out=os.fdopen(os.dup(1), "w"), back=sys.stdin)
    sys.stdout = sys.stderr
    if options.values:
        tell_values(line)
        return
    replay(line, part=options.part, names=options.suites)
    line.say(kind="end", agentdojo=importlib.metadata.version("agentdojo"), suites=SUITES_VERSION)


if __name__ == "__main__":
    main()
