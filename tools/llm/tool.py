"""The tool `model.ask`: a read that leaves the company, offered to the engine like every other call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, cast

from pydantic import BaseModel

from policies.action import EffectKind
from policies.canonical import NotCanonical
from tools.errors import Permanent
from tools.limits import UNLIMITED, TargetLimits
from tools.llm.errors import NOT_CONFIGURED, ModelUnavailable, QuestionUnknown
from tools.llm.gateway import Gateway
from tools.llm.question import AskArguments, Question
from tools.port import OutcomeLookup

MOST_SECONDS = 300
"""No question may last longer, whatever its budget says: a worker's slot is held for it."""
LIMITS = TargetLimits(max_concurrent=8)
"""Without a breaker: the gateway's own knows which of two models is out, and a model's failure is an answer here."""


class ModelTool:
    """Asks a model one of the questions that it was made with. Asking changes nothing, so it may be done again."""

    name: ClassVar[str] = "model.ask"
    target: ClassVar[str] = "model"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.DEDUPES
    arguments: ClassVar[type[BaseModel]] = AskArguments

    def __init__(self, questions: Mapping[str, Question], gateway: Gateway | None) -> None:
        """A name may stand in several `questions`, with other prompts. Without a gateway no question has an answer."""
        self._questions = {(one.name, one.prompt.reference): one for one in questions.values()}
        self._gateway = gateway

    @property
    def time_limit(self) -> timedelta:
        return timedelta(seconds=MOST_SECONDS)

    @property
    def limits(self) -> TargetLimits:
        return LIMITS if self._gateway else UNLIMITED

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        """The `Reply`, as plain JSON. Raises a `ModelFailed`."""
        asked = cast("AskArguments", arguments)
        question = self._question(asked)
        if self._gateway is None:
            raise ModelUnavailable(f"{NOT_CONFIGURED}; until then a person decides", tool=self.name)
        budget = asked.budget.model_copy(update={"seconds": min(asked.budget.seconds, MOST_SECONDS)})
        try:
            reply = await self._gateway.ask(question, asked.model_copy(update={"budget": budget}))
        except NotCanonical as error:
            raise Permanent(f"fields: {error}", tool=self.name, code="invalid_arguments") from error
        return reply.model_dump(mode="json")

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """Nothing: a question leaves no trace at the endpoint, and may be asked again."""
        return None

    def _question(self, asked: AskArguments) -> Question:
        question = self._questions.get((asked.question, asked.prompt))
        if question is None:
            raise QuestionUnknown(
                f"no process asks {asked.question!r} with the prompt {asked.prompt!r}", tool=self.name
            )
        if question.prompt.digest != asked.prompt_digest:
            problem = f"the text of {asked.prompt} has the digest {question.prompt.digest[:12]}…, not the one asked for"
            raise QuestionUnknown(f"{problem}: a changed prompt needs a new version", tool=self.name)
        return question
