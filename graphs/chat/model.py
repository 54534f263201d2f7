"""A model that chooses among the typed queries and actions. It sees the question and names, and never a row.

Asking is a read that leaves the company: judged by the rule pack `chat`, within a budget, and recorded. What the model
answers is read into the same types as a command; anything else is no answer. Text of a case reaches it as a passage of
strangers, and what that says can change at most which card is shown: a case, a group or a person that a proposal is
about must be named by the question, or be the case that is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from graphs.admission import Admitted
from graphs.agents.prompt import read_prompt
from graphs.chat.asker import Asker
from graphs.chat.intent import ADAPTER, INTENTS, THIS, Action, Query, Status
from graphs.chat.phrasing import tokens_of
from graphs.chat.span import SpanInvalid, read_span
from graphs.chat.spelling import folded, split
from graphs.errors import EngineError
from graphs.runtime.asking import MODEL_TOOL
from graphs.runtime.reading import ASK_POINT, called
from graphs.runtime.services import Services
from policies.action import Action as ToolAction
from policies.canonical import digest
from tools.errors import ToolError
from tools.llm.errors import ModelFailed
from tools.llm.question import AskArguments, Budget, Passage, Question, Reply, Usage
from tools.port import Tool

PACK: Final = "chat"
"""The rule pack that judges, and the process and agent by whose names the model is switched off for the chat."""
BUDGET: Final = Budget(calls=3, tokens=24_000, cost_micros=100_000, seconds=20)
FIELDS: Final = frozenset({"question", "language", "processes", "topics", "people", "roles", "case_is_open"})
MOST_NAMES: Final = 200
MOST_SAID: Final = 400

Kind = Literal[
    "cases", "tasks", "load", "late", "incidents", "why", "who", "trail", "throughput", "counts", "help",
    "retry", "retry-group", "suspend", "resume", "cancel", "claim", "release", "reassign", "acknowledge", "none",
]  # fmt: skip
Named = Annotated[str, Field(max_length=80)]


class Choice(BaseModel):
    """What a model chooses: a kind, and the parts that it has. `say` is shown as what a model says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    say: Annotated[str, Field(max_length=MOST_SAID)]
    status: Status | None = None
    process: Named | None = None
    about: Named | None = None
    waiting: Named | None = None
    titled: Named | None = None
    overdue: bool | None = None
    whose: Literal["mine", "others", "unassigned"] | None = None
    person: Named | None = None
    team: Named | None = None
    role: Named | None = None
    due: Named | None = None
    case: Named | None = None
    group: Named | None = None
    to: Named | None = None
    days: int | None = None
    by: Literal["step", "status"] | None = None


QUESTION: Final = Question(name=PACK, prompt=read_prompt(Path(__file__).parent, PACK, 1), answer=Choice)


@dataclass(slots=True, kw_only=True)
class Chosen:
    """What came of asking: an intent, or why there is none. `calls` is what the trail keeps of it."""

    intent: Query | Action | None = None
    said: str | None = None
    model: str | None = None
    why: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)


def is_connected(services: Services, tenant: str) -> bool:
    """Whether there is a model to ask, and rules that judge it."""
    return PACK in services.rulebooks and MODEL_TOOL in services.catalogs(tenant)


async def choose(asker: Asker, text: str, passages: Sequence[Passage]) -> Chosen:
    """Ask the model. Never raises for what a model, its endpoint or a rule does: then there is no intent."""
    found = Chosen()
    try:
        reply = await _replied(asker, _arguments(asker, text, passages), found.calls)
    except (ToolError, EngineError) as error:
        found.why = error.reason if isinstance(error, ToolError) else error.code
        return found
    finally:
        found.calls = [_without_text(call) for call in found.calls]
    found.model = reply.model
    answers = [sample.answer for sample in reply.samples if sample.answer is not None]
    choice = Choice.model_validate(dict(answers[0] or {}))
    found.said = choice.say.strip() or None
    found.intent = intent_of(choice, asker, text)
    return found


def _arguments(asker: Asker, text: str, passages: Sequence[Passage]) -> AskArguments:
    vocabulary = asker.vocabulary
    processes: dict[str, JsonValue] = dict(vocabulary.processes)
    topics: list[JsonValue] = [*sorted(vocabulary.topics)[:MOST_NAMES]]
    people: dict[str, JsonValue] = {}
    if asker.reads_tasks:
        people = {login: person.name for login, person in sorted(vocabulary.people.items())[:MOST_NAMES]}
    fields: dict[str, JsonValue] = {
        "question": text,
        "language": asker.language,
        "processes": processes,
        "topics": topics,
        "people": people,
        "roles": dict(vocabulary.roles),
        "case_is_open": asker.open_case is not None,
    }
    return AskArguments(
        question=QUESTION.name,
        prompt=QUESTION.prompt.reference,
        prompt_digest=QUESTION.prompt.digest,
        fields=fields,
        passages=tuple(passages),
        budget=BUDGET,
    )


async def _replied(asker: Asker, arguments: AskArguments, calls: list[dict[str, Any]]) -> Reply:
    """Judged, reserved, admitted and called like every other question. Raises a `ToolError` or an `EngineError`."""
    services, tenant = asker.services, asker.actor.tenant
    tool = services.catalogs(tenant)[MODEL_TOOL]
    spending, day = services.model_terms.spending, services.clock().date()
    reserved = await spending.reserve(tenant, day, arguments.budget)
    used = Usage()
    try:
        facts = {
            "action.tool_allowed": True,
            "model.fields_allowed": set(arguments.fields) <= FIELDS,
            "model.case_budget_left": True,
            "model.tenant_budget_left": reserved,
        }
        rules = await services.shelf.active(tenant, PACK, services.clock())
        verdict = rules.judge(ASK_POINT, facts, on=day)
        action = ToolAction(
            tool=tool.name,
            arguments=arguments.model_dump(mode="json"),
            effect_kind=tool.effect_kind,
            idempotency_key=f"read-{digest({'chat': asker.actor.user_id, 'at': asker.now.isoformat()})[:24]}",
        )

        def admitted(tool: Tool) -> Admitted:
            return services.admission.admitted(
                tenant=tenant, process=PACK, tool=tool, case_id=PACK, now=services.clock(), agent=PACK
            )

        reply = Reply.model_validate(await called(tool, action, verdict, calls, around=admitted))
        used = reply.usage
        return reply
    except ModelFailed as error:
        used = error.usage
        raise
    finally:
        if reserved:
            await spending.settle(tenant, day, arguments.budget, used)


def _without_text(call: Mapping[str, Any]) -> dict[str, Any]:
    """The call as the trail keeps it: digests in the place of what the asker and others wrote, and of the answer."""
    arguments = call["action"]["arguments"]
    fields = {name: digest({"value": value}) for name, value in arguments["fields"].items()}
    passages = [{"label": one["label"], "digest": digest({"text": one["text"]})} for one in arguments["passages"]]
    kept = {**call, "action": {**call["action"], "arguments": {**arguments, "fields": fields, "passages": passages}}}
    if "result" in call:
        kept["result"] = {name: value for name, value in call["result"].items() if name != "samples"}
    return kept


def intent_of(choice: Choice, asker: Asker, text: str) -> Query | Action | None:
    """The typed thing that was chosen; None where a name is unknown, or was not the asker's to begin with."""
    model = INTENTS.get(choice.kind)
    if model is None:
        return None
    values: dict[str, Any] = {}
    for part in model.parts:
        value = getattr(choice, part.key)
        if value is None:
            continue
        try:
            values[part.field] = read_span(value) if part.form == "span" else value
        except SpanInvalid:
            return None
    if not _known(values, asker) or not _named(values, asker, text):
        return None
    try:
        return ADAPTER.validate_python({"kind": choice.kind, **values})
    except ValidationError:
        return None


def _known(values: Mapping[str, Any], asker: Asker) -> bool:
    """Whether every name is one of the vocabulary's."""
    vocabulary = asker.vocabulary
    known = {
        "process": vocabulary.processes,
        "about": vocabulary.topics,
        "person": vocabulary.people,
        "to": vocabulary.people,
        "role": vocabulary.roles,
    }
    return all(values[name] in names for name, names in known.items() if name in values)


def _named(values: Mapping[str, Any], asker: Asker, text: str) -> bool:
    """Whether the question itself names what is to be acted on: nothing that a case holds can choose another one."""
    words = {folded(token) for token in tokens_of(text)}
    for name in ("case", "group"):
        if values.get(name) not in (None, THIS) and folded(str(values[name])) not in words:
            return False
    person = asker.vocabulary.people.get(str(values.get("to")))
    return person is None or bool(words & {folded(person.login), *split(person.name)})
