"""Who asks, in which language, and beside which case: what every answer is made with."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graphs.chat.answer import Answer, Suggestion
from graphs.chat.intent import THIS
from graphs.chat.telling import roughly
from graphs.chat.vocabulary import Vocabulary
from graphs.chat.wording import Language, said
from graphs.errors import NotFound
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.chat_looks import About, CaseLook, ChatLooks, SeenCase
from graphs.store.database import UnitOfWork
from graphs.store.people import Actor
from graphs.store.tables import Case

READ = "case.read"
READ_TASKS = "task.read"
CHOICES = 6


class Unclear(Exception):
    """What was asked about cannot be found, or is not one thing; `answer` says so, and what may be meant."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("; ".join(answer.text))
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The person, and what is open beside the chat. Everything is looked up with their rights and no other."""

    services: Services
    actor: Actor
    vocabulary: Vocabulary
    language: Language = "en"
    open_case: str | None = None

    @property
    def now(self) -> datetime:
        return self.services.clock()

    @property
    def reads_tasks(self) -> bool:
        return READ_TASKS in self.actor.permissions

    def say(self, key: str, **values: object) -> str:
        """The sentence, in the asker's language."""
        return said(self.language, key, **values)

    def since(self, instant: datetime) -> str:
        """How long ago it was, in words."""
        return roughly(self.language, int((self.now - instant).total_seconds() // 60))

    def unclear(self, key: str, **values: object) -> Unclear:
        """To be raised: nothing can be looked up, and why."""
        return Unclear(Answer(text=(self.say(key, **values),)))

    def about(self, name: str | None) -> About | None:
        """The names behind a topic. Raises `Unclear`."""
        if name is None:
            return None
        topic = self.vocabulary.topics.get(name)
        if topic is None:
            raise self.unclear("name.about", name=name)
        return About(
            steps=sorted(topic.steps),
            stages=sorted(topic.stages),
            messages=sorted(topic.messages),
            exceptions=sorted(topic.exceptions),
        )

    def process(self, name: str | None) -> str | None:
        """The process, if there is one of that name. Raises `Unclear`."""
        if name is not None and name not in self.vocabulary.processes:
            raise self.unclear("name.process", name=name)
        return name

    async def case(self, unit: UnitOfWork, reference: str, *, kind: str) -> Case:
        """The one case that is meant: by its id, by that of a task, as the open one, or by a word of its title.

        `kind` is what is asked about it, for suggestions. Raises `PermissionMissing` or `Unclear`.
        """
        require(self.actor, READ)
        if reference == THIS:
            if self.open_case is None:
                raise self.unclear("ref.this")
            reference = self.open_case
        if is_id(reference):
            return await self._by_id(unit, reference.casefold())
        looks = ChatLooks(unit.session, self.actor.tenant)
        found = await looks.cases(CaseLook(titled=reference), now=self.now, limit=CHOICES)
        if len(found) != 1:
            raise self._of_several(reference, found, kind)
        return await unit.cases.get(found[0].id)

    async def _by_id(self, unit: UnitOfWork, reference: str) -> Case:
        try:
            return await unit.cases.get(reference)
        except NotFound:
            pass
        try:
            return await unit.cases.get((await unit.inbox.get(reference)).case_id)
        except NotFound as error:
            raise self.unclear("ref.unknown", reference=reference) from error

    def _of_several(self, reference: str, found: Sequence[SeenCase], kind: str) -> Unclear:
        key = "ref.several" if found else "ref.none"
        choices = [Suggestion(command=f"/{kind} {case.id}", text=case.title or case.id) for case in found]
        return Unclear(Answer(text=(self.say(key, reference=reference),), suggestions=tuple(choices)))


def is_id(text: str) -> bool:
    """Whether the text is an id of the engine's."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
