"""Work by hand as a tool: its target is a person, who is told what to do by a task and says what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, NoReturn

from pydantic import BaseModel, ConfigDict, Field

from policies.action import EffectKind
from policies.protected import PROTECTED
from tools.errors import Permanent
from tools.port import OutcomeLookup

NAME = "by_hand"


class HandWork(BaseModel):
    """What is to be done, in words, and the values to do it with. Protected names accept only their sources."""

    model_config = ConfigDict(frozen=True, extra="allow")

    what: str = Field(min_length=1, max_length=500)


class OnlyByHand(Permanent):
    """A program called what only a person can do."""

    code = "only_by_hand"


class ByHand:
    """Never called: the engine tells a person. Only a person can say whether it has happened."""

    name: ClassVar[str] = NAME
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.NEITHER
    arguments: ClassVar[type[BaseModel]] = HandWork
    protected: ClassVar[frozenset[str]] = frozenset(PROTECTED)
    time_limit: ClassVar[timedelta] = timedelta(seconds=1)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002 - the port's
        """Refuse. Raises `OnlyByHand`."""
        self._refuse()

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """Refuse. Raises `OnlyByHand`."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise OnlyByHand("this is done by a person: propose it in a step whose effect names a step by_hand", tool=NAME)
