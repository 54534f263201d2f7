"""Why a question has no answer. Nothing has happened in any of these cases: asking a model changes nothing.

ModelFailed (Permanent)     no answer after everything that was allowed was tried
├── ModelUnavailable        no endpoint is configured, it cannot be reached, or its breaker is open
├── ModelTimedOut           no answer within the time
├── ModelBusy               the endpoint asks to be left alone for longer than the question may wait
├── ModelRefused            the model declines to answer
├── ModelAnswerInvalid      empty, garbage, invalid JSON, the wrong schema, an unknown tool, too long: also repaired
├── ModelBudgetSpent        calls, tokens, money or time are used up
└── QuestionUnknown         the gateway has no such question, or another prompt for it
"""

from __future__ import annotations

from tools.errors import Permanent
from tools.llm.question import Usage

NOT_CONFIGURED = "no model endpoint is configured: set INTERLOCK_LLM_BASE_URL and INTERLOCK_LLM_MODEL"


class ModelFailed(Permanent):
    """A model has not answered; a person decides. `usage` is what the attempt has used all the same."""

    code = "model_failed"

    def __init__(self, message: str, *, usage: Usage | None = None, tool: str = "", code: str | None = None) -> None:
        """`message` says what failed and what an operator can do about it; it never holds an answer's text."""
        super().__init__(message, tool=tool, code=code)
        self.usage = usage or Usage()


class ModelUnavailable(ModelFailed):
    """No endpoint is configured, or none can be reached."""

    code = "model_unavailable"


class ModelTimedOut(ModelFailed):
    """The model has not answered within its time."""

    code = "model_timed_out"


class ModelBusy(ModelFailed):
    """The endpoint asks to be left alone for longer than the question may wait."""

    code = "model_busy"


class ModelRefused(ModelFailed):
    """The model declines to answer the question."""

    code = "model_refused"


class ModelAnswerInvalid(ModelFailed):
    """What the model answered is no answer to the question."""

    code = "model_answer_invalid"


class ModelBudgetSpent(ModelFailed):
    """The question has used up what it may use."""

    code = "model_budget_spent"


class QuestionUnknown(ModelFailed):
    """The gateway does not have this question with this prompt."""

    code = "question_unknown"
