"""What an endpoint is: where a model is asked, under which name, with which key, how long, and at what price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tools.secret import SecretRef

USUAL_ANSWER_TOKENS = 2048
USUAL_TIME_LIMIT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What 1,000 tokens cost, in millionths of a currency: those that are sent, and those that are answered."""

    in_micros: int
    out_micros: int

    def cost(self, *, tokens_in: int, tokens_out: int) -> int:
        """What so many tokens cost, rounded up to a whole millionth."""
        return -(-(tokens_in * self.in_micros + tokens_out * self.out_micros) // 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An OpenAI-compatible endpoint. `base_url` is what `/chat/completions` is put behind; `key` is read at each call.

    `time_limit` holds for one request. `answer_tokens` is the most that a model may answer, its thinking included.
    `fallback_model` is of the same endpoint. Without `prices` a cost is not known, and no budget of money is kept.
    """

    base_url: str
    model: str
    fallback_model: str | None = None
    key: SecretRef | None = None
    time_limit: timedelta = USUAL_TIME_LIMIT
    answer_tokens: int = USUAL_ANSWER_TOKENS
    prices: Prices | None = None
    logprobs: bool = False

    @property
    def models(self) -> tuple[str, ...]:
        """The first choice, and what is asked when that one is out."""
        return (self.model, self.fallback_model) if self.fallback_model else (self.model,)
