"""What an agent answers about an incident: one fix, with what it needs and nothing else."""

from __future__ import annotations

import re
from typing import Annotated, assert_never

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import Asked
from graphs.agents.evidence import folded
from graphs.resolution.terms import Fix
from policies.protected import is_protected

LEADS_AWAY = re.compile(
    r"https?:|www\.|[^\s@]+@[^\s@]+|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,}|\d(?:[ \-/]?\d){8,}", re.IGNORECASE
)
"""What a mail that nobody has read must not hold: an address, a link, an account, a number that could be one."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029]")


class DraftedMail(BaseModel):
    """A question to whoever sent the case, in plain text. To whom it goes is not the agent's to say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Annotated[str, Field(min_length=1, max_length=150)]
    body: Annotated[str, Field(min_length=1, max_length=2000)]

    @property
    def plain(self) -> bool:
        """Whether it leads its reader nowhere: no links, addresses, accounts or long numbers, one line of subject."""
        text = f"{self.subject}\n{self.body}"
        return not (LEADS_AWAY.search(text) or CONTROL.search(text) or "\n" in self.subject)


class FixAnswer(AgentAnswer):
    """One fix. `field` and `value` belong to a correction, `to_step` to a new way, `mail` to a question."""

    fix: Fix
    field: Annotated[str, Field(max_length=80)] | None = None
    value: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    to_step: Annotated[str, Field(max_length=80)] | None = None
    mail: DraftedMail | None = None

    @model_validator(mode="after")
    def _whole(self) -> FixAnswer:
        """Each fix comes with what it needs, and with nothing that it does not."""
        given = {name for name in ("field", "value", "to_step", "mail") if getattr(self, name) is not None}
        needed = {Fix.CORRECT_FIELD: {"field", "value"}, Fix.RE_ROUTE: {"to_step"}, Fix.ASK_SENDER: {"mail"}}
        if given != needed.get(self.fix, set()):
            raise ValueError(f"{self.fix.value} takes {sorted(needed.get(self.fix, set())) or 'nothing'}")
        return self

    @property
    def choice(self) -> str:
        """The fix with its target; two drafts of a mail agree."""
        match self.fix:
            case Fix.CORRECT_FIELD:
                return f"{self.fix.value}:{self.field}={folded(self.value or '')}"
            case Fix.RE_ROUTE:
                return f"{self.fix.value}:{self.to_step}"
            case _:
                return self.fix.value


def is_proven(value: str, texts: list[str]) -> bool:
    """Whether the value stands in one of the texts, as a whole word, white space and case apart."""
    wanted = re.escape(folded(value))
    return any(re.search(rf"(?<!\w){wanted}(?!\w)", folded(text)) for text in texts)


def contradictions(answer: AgentAnswer, asked: Asked) -> tuple[str, ...]:
    """What in the answer disagrees with what the agent was told it may propose."""
    if not isinstance(answer, FixAnswer):
        return ("answer",)
    allowed = answer.fix is Fix.LEAVE_TO_PERSON or answer.fix.value in _names(asked, "fixes")
    return (*(() if allowed else ("fix",)), *_about_target(answer, asked))


def _about_target(answer: FixAnswer, asked: Asked) -> tuple[str, ...]:
    match answer.fix:
        case Fix.CORRECT_FIELD:
            name, texts = answer.field or "", [passage.text for passage in asked.passages]
            settable = name in _names(asked, "editable") and not is_protected(name)
            proven = is_proven(answer.value or "", texts)
            return (*(() if settable else ("field",)), *(() if proven else ("value",)))
        case Fix.RE_ROUTE:
            return () if answer.to_step in _names(asked, "entries") else ("step",)
        case Fix.ASK_SENDER:
            return () if answer.mail is not None and answer.mail.plain else ("mail",)
        case Fix.RETRY_NOW | Fix.RETRY_LATER:
            return () if asked.fields.get("transient") else ("retry",)
        case Fix.LEAVE_TO_PERSON:
            return ()
        case _:
            assert_never(answer.fix)


def _names(asked: Asked, name: str) -> frozenset[str]:
    """The names in a list or object of the fields."""
    found = asked.fields.get(name)
    return frozenset(map(str, found)) if isinstance(found, list | dict) else frozenset()
