"""Asking again: a recalled answer is set beside what a model now says to the same material, under the fixed prompt.

The material is what was sent then, as the trail has it; nothing is read anew. The question is judged before it leaves,
held to its budget, and recorded with its answer, so that this answer can be recalled as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphs.admission import Admitted
from graphs.agents.decision import weighed
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.errors import EngineError
from graphs.recall.again import Again
from graphs.runtime.asking import MODEL_TOOL
from graphs.runtime.reading import ASK_POINT, called
from graphs.runtime.services import Services
from graphs.store.recall_tables import CHANGED, CONFIRMED, UNKNOWN, Recall
from graphs.store.recalls import RecalledEntry
from policies.action import Action
from policies.canonical import digest
from policies.fact import FactValue
from tools.errors import ToolError
from tools.llm.errors import NOT_CONFIGURED, ModelFailed, ModelUnavailable
from tools.llm.question import AskArguments, Reply, Usage
from tools.port import Tool

Json = Mapping[str, Any]
NEVER_ASKED = "no answer was given: a person decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """What became of a recalled answer, and what the trail keeps of asking; nothing where nothing was asked."""

    again: Again
    values: Json | None = None


def unknown(why: str) -> AskedAgain:
    """Only a person can say."""
    return AskedAgain(again=Again(status=UNKNOWN, outcome=why))


@dataclass(slots=True, kw_only=True)
class AskingAgain:
    """Asks for one call of one recall. Once the recalled model itself has answered, it is not asked any more."""

    services: Services
    recall: Recall
    still_recalled: bool = field(default=False, init=False)

    async def asked(self, entry: RecalledEntry, case_id: str) -> AskedAgain:
        """The answer to the entry's question now. Never raises for what a model, a rule or a limit does."""
        decision = entry.decision or {}
        if decision.get("choice") is None:
            return AskedAgain(again=Again(status=CONFIRMED, outcome=NEVER_ASKED))
        asks = self._class_of(entry.process, decision)
        if asks is None:
            return unknown("no process asks this in the same form any more")
        sent = material(entry, asks)
        if sent is None:
            return unknown("what was sent then is not on record")
        if self.recall.kind == "prompt" and asks.prompt.digest == decision["prompt_digest"]:
            return unknown(f"{asks.prompt.reference} is still the prompt that was recalled")
        if self.still_recalled:
            return unknown(f"{self.recall.name} is still the model that answers")
        calls: list[dict[str, Any]] = []
        try:
            reply = await self._reply(entry, case_id, asks, sent, calls)
        except (ToolError, EngineError) as error:
            found = unknown(f"it could not be asked again: {error}"[:200])
        else:
            found = self._compared(entry, asks, sent, reply)
        if not calls:
            return found
        about = {"recall": self.recall.id, "entry": entry.seq, "calls": calls}
        return replace(found, values={**about, **(found.values or {})})

    def _class_of(self, process: str, decision: Json) -> DecisionClass | None:
        """The class as the newest definition of the process has it, if its question is of the same form."""
        if process not in {definition.name for definition in self.services.registry}:
            return None
        steps = self.services.registry.latest(process).agent_steps
        found = next((step.asks for step in steps if step.asks.name == decision["class"]), None)
        return found if found is not None and found.version == decision["class_version"] else None

    def _compared(self, entry: RecalledEntry, asks: DecisionClass, sent: AskArguments, reply: Reply) -> AskedAgain:
        if self.recall.kind == "model" and reply.model == self.recall.name:
            self.still_recalled = True
            return unknown(f"{reply.model} is still the model that answers")
        found = weighed(asks, Asked(fields=sent.fields, passages=sent.passages), reply)
        decision = {
            "class": asks.name,
            "class_version": asks.version,
            "status": "answered",
            "choice": found.answer.choice,
            "answer": found.answer.model_dump(mode="json"),
            "signals": list(found.signals),
            "model": reply.model,
            "prompt": reply.prompt,
            "prompt_digest": reply.prompt_digest,
        }
        again = compared(entry, found.answer.choice, found.signals)
        return AskedAgain(again=again, values={"decision": decision})

    async def _reply(
        self,
        entry: RecalledEntry,
        case_id: str,
        asks: DecisionClass,
        sent: AskArguments,
        calls: list[dict[str, Any]],
    ) -> Reply:
        """What is said to the same material, under the prompt of now. Raises a `ToolError` or an `EngineError`."""
        arguments = sent.model_copy(
            update={
                "prompt": asks.prompt.reference,
                "prompt_digest": asks.prompt.digest,
                "samples": asks.samples,
                "budget": asks.budget,
            }
        )
        spending, day = self.services.model_terms.spending, self.services.clock().date()
        reserved = await spending.reserve(self.recall.tenant, day, arguments.budget)
        used = Usage()
        try:
            facts = {
                "action.tool_allowed": True,
                "model.fields_allowed": set(arguments.fields) <= asks.fields,
                "model.case_budget_left": True,
                "model.tenant_budget_left": reserved,
            }
            reply = await self._called(entry, case_id, asks, arguments, facts, calls)
            used = reply.usage
            return reply
        except ModelFailed as error:
            used = error.usage
            raise
        finally:
            if reserved:
                await spending.settle(self.recall.tenant, day, arguments.budget, used)

    async def _called(
        self,
        entry: RecalledEntry,
        case_id: str,
        asks: DecisionClass,
        arguments: AskArguments,
        facts: Mapping[str, FactValue],
        calls: list[dict[str, Any]],
    ) -> Reply:
        services, tenant = self.services, self.recall.tenant
        catalog = services.catalogs(tenant)
        if MODEL_TOOL not in catalog:
            raise ModelUnavailable(NOT_CONFIGURED, tool=MODEL_TOOL)
        tool = catalog[MODEL_TOOL]
        key = digest({"recall": self.recall.id, "entry": entry.seq, "prompt": arguments.prompt_digest})
        action = Action(
            tool=tool.name,
            arguments=arguments.model_dump(mode="json"),
            effect_kind=tool.effect_kind,
            idempotency_key=f"read-{key[:24]}",
        )
        pack = services.registry.latest(entry.process).pack
        rules = await services.shelf.active(tenant, pack, entry.started_at)
        verdict = rules.judge(ASK_POINT, facts, on=services.clock().date())

        def admitted(tool: Tool) -> Admitted:
            return services.admission.admitted(
                tenant=tenant,
                process=entry.process,
                tool=tool,
                case_id=case_id,
                now=services.clock(),
                agent=asks.name,
            )

        return Reply.model_validate(await called(tool, action, verdict, calls, around=admitted))


def material(entry: RecalledEntry, asks: DecisionClass) -> AskArguments | None:
    """What the class's own question was asked about then, as it left."""
    sent = [call["action"]["arguments"] for call in entry.calls if (call.get("action") or {}).get("tool") == MODEL_TOOL]
    own = [arguments for arguments in sent if arguments.get("question") == asks.name]
    return AskArguments.model_validate(own[-1]) if own else None


def compared(entry: RecalledEntry, choice: str, signals: Sequence[str]) -> Again:
    """How the new answer stands beside the recalled one, without a value of the case."""
    if signals:
        return Again(status=UNKNOWN, outcome=f"the new answer is doubtful: {', '.join(signals)}")
    if choice == (entry.decision or {}).get("choice"):
        return Again(status=CONFIRMED, outcome="asked again: the same answer")
    return Again(status=CHANGED, outcome="asked again: another answer")
