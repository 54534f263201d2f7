"""Similar texts: how near the text of a question is to those of earlier ones. It adds to the order by facts.

Without an embedding model nothing here does anything. What fails is noted beside the precedents, and that is all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import numpy as np

from graphs.audit import AuditRecord
from graphs.precedents.material import Material, View, of_calls, of_facts, views_of
from graphs.precedents.sending import EMBED_TOOL, NotEmbedded, Sending, Sent, to_send, without_text
from graphs.precedents.similarity import visible
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.people import Actor
from graphs.store.precedents import Precedents
from graphs.store.recall_tables import Precedent
from graphs.store.tables import Case, Task
from graphs.store.vector_tables import PrecedentVector
from graphs.store.vectors import Place, Vectors
from tools.llm.embedding import MOST_TEXTS
from tools.llm.embedding_tool import EmbedTool

MOST_COMPARED = 500
"""Precedents whose texts are compared, the newest."""
MOST_SENT = 3 * MOST_TEXTS
"""Texts that are sent in one look, so that whoever looks does not wait long: what is left is done at the next look."""
LOOK_SECONDS = 15
FULL_BPS = 10_000
UNANSWERED = 2**62
"""No entry of the trail has that number."""

Status = Literal["off", "nothing", "compared", "withheld", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarTexts:
    """How near other questions' texts are, in basis points by the number of their precedent.

    `off`: no embedding model is configured. `nothing`: nothing of the question may be told, or there is no text.
    `withheld` and `failed` say why in `note`. `waiting` precedents have no vector yet.
    """

    status: Status
    model: str | None = None
    note: str = ""
    waiting: int = 0
    bps: Mapping[int, int] = field(default_factory=dict)


OFF = SimilarTexts(status="off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked at: the open task, and its facts as everybody may see them."""

    task: Task
    case: Case
    facts: Mapping[str, Any]

    @property
    def place(self) -> Place:
        """Where it is asked."""
        return Place(task_id=self.task.id, case_id=self.task.case_id, before=UNANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextComparison:
    """Compares one question's text with those of precedents."""

    services: Services
    actor: Actor
    most_sent: int = MOST_SENT

    async def of(self, question: Question, earlier: Sequence[Precedent]) -> SimilarTexts:
        """How near they are. Never raises for what a model, a rule or a limit does."""
        catalog = self.services.catalogs(self.actor.tenant)
        tool = next((one for one in catalog if one.name == EMBED_TOOL), None)
        if not isinstance(tool, EmbedTool):
            return OFF
        model = tool.model
        async with self.services.database.unit_of_work(self.actor.tenant) as unit:
            own, known, missing = await self._prepared(unit, question, earlier[:MOST_COMPARED], model)
        if own is None:
            return SimilarTexts(status="nothing", model=model, note="nothing of this question may be told to a model")
        sending = Sending(
            services=self.services,
            tenant=self.actor.tenant,
            process=question.case.process,
            case_id=question.case.id,
            started_at=question.case.created_at,
            tool=tool,
        )
        wanted = ([] if own.vector else [own]) + missing
        problem = await self._embedded(sending, question, wanted, model)
        if own.vector is None:
            status: Status = "withheld" if problem and problem.status == "withheld" else "failed"
            return SimilarTexts(status=status, model=model, note=problem.why if problem else "", waiting=len(missing))
        vectors = {**known, **{one.place.before: one.vector for one in missing if one.vector}}
        waiting = sum(one.vector is None for one in missing)
        note = problem.why if problem else ""
        return SimilarTexts(
            status="compared", model=model, note=note, waiting=waiting, bps=nearness(own.vector, vectors)
        )

    async def _prepared(
        self, unit: UnitOfWork, question: Question, earlier: Sequence[Precedent], model: str
    ) -> tuple[Sent | None, dict[int, bytes], list[Sent]]:
        """The question's own text, the vectors that are there, and the texts that have none yet, the newest first."""
        place = question.place
        latest = self.services.registry.latest(question.case.process)
        for view in views_of(latest, question.task.step):
            found = await self._materials(unit, view, [place], {place.task_id: question.facts})
            own = self._sent(place, found.get(place.task_id), model)
            if own is None:
                continue
            vectors = Vectors(unit.session, self.actor.tenant)
            newest = {one.task_id: one for one in sorted(earlier, key=lambda one: one.seq)}
            rows = await vectors.of_tasks([place.task_id, *newest], model=model, view=view.name)
            kept = rows.get(place.task_id)
            own.vector = kept.vector if kept and kept.digest == own.digest else None
            # A vector that is younger than the answer is of the text that was answered; an older one may not be.
            settled = [one for one in newest.values() if one.task_id in rows and rows[one.task_id].at >= one.at]
            known = {one.seq: rows[one.task_id].vector for one in settled}
            open_ = [one for one in newest.values() if one.seq not in known]
            missing = await self._missing(unit, view, open_, rows, known, model)
            return own, known, missing
        return None, {}, []

    async def _missing(
        self,
        unit: UnitOfWork,
        view: View,
        earlier: Sequence[Precedent],
        rows: Mapping[str, PrecedentVector],
        known: dict[int, bytes],
        model: str,
    ) -> list[Sent]:
        """The texts that are to be sent. Those whose vector turns out to be right are put into `known`."""
        places = [Place(task_id=one.task_id, case_id=one.case_id, before=one.seq) for one in earlier]
        found = await self._materials(unit, view, places, {one.task_id: one.facts for one in earlier})
        sent = [self._sent(place, found.get(place.task_id), model) for place in places]
        still, missing = list[str](), list[Sent]()
        for one in sent:
            row = rows.get(one.place.task_id) if one else None
            if one is None or not one.material.allowed:
                continue
            if row is not None and row.digest == one.digest:
                known[one.place.before] = row.vector
                still.append(one.place.task_id)
            else:
                missing.append(one)
        if still:
            await Vectors(unit.session, self.actor.tenant).confirm(still, now=self.services.clock())
        return sorted(missing, key=lambda one: -one.place.before)

    def _sent(self, place: Place, material: Material | None, model: str) -> Sent | None:
        return to_send(place, material, model=model) if material is not None and material.text else None

    async def _materials(
        self,
        unit: UnitOfWork,
        view: View,
        places: Sequence[Place],
        facts: Mapping[str, Mapping[str, Any]],
        *,
        lock: bool = False,
    ) -> dict[str, Material]:
        """What the view tells of each question, by task."""
        if view.agent is None:
            return {place.task_id: of_facts(view, visible(facts.get(place.task_id) or {})) for place in places}
        sent = await Vectors(unit.session, self.actor.tenant).sent(places, view.agent.name, lock=lock)
        found = {task: of_calls(view, calls) for task, calls in sent.items()}
        return {task: material for task, material in found.items() if material is not None}

    async def _embedded(
        self, sending: Sending, question: Question, wanted: Sequence[Sent], model: str
    ) -> NotEmbedded | None:
        """Send what is wanted, as much as one look allows, and keep it; what stopped it, None where nothing did."""
        ends_at = self.services.clock() + timedelta(seconds=LOOK_SECONDS)
        wanted = wanted[: self.most_sent]
        for start in range(0, len(wanted), MOST_TEXTS):
            batch = wanted[start : start + MOST_TEXTS]
            left = int((ends_at - self.services.clock()).total_seconds())
            if left < 1:
                return None
            problem: NotEmbedded | None = None
            try:
                await sending.embed(batch, seconds=left)
            except NotEmbedded as stopped:
                problem = stopped
            await self._kept(question, [one for one in batch if one.call], model)
            if problem is not None:
                return problem
        return None

    async def _kept(self, question: Question, batch: Sequence[Sent], model: str) -> None:
        """Keep vectors and what happened, in one transaction; of what was erased meanwhile, only that it was sent."""
        tenant, now = self.actor.tenant, self.services.clock()
        async with self.services.database.unit_of_work(tenant) as unit:
            current = await self._current(unit, question, batch)
            vectors = Vectors(unit.session, tenant)
            for one in batch:
                material = current.get(one.place.task_id)
                same = material is not None and material.text == one.text
                if same and one.vector is not None:
                    row = PrecedentVector(
                        tenant=tenant,
                        task_id=one.place.task_id,
                        case_id=one.place.case_id,
                        digest=one.digest,
                        model=model,
                        view=one.material.view.name,
                        material=one.material.recorded(),
                        vector=one.vector,
                        at=now,
                    )
                    await vectors.keep(row)
                elif not same:
                    one.vector = None
                unit.record(tenant, self._record(one, question, same=same))

    def _record(self, one: Sent, question: Question, *, same: bool) -> AuditRecord:
        call = one.call if same else {**without_text(one.call), "erased": True}
        values = {"task": one.place.task_id, "view": one.material.view.name, "calls": [call]}
        return AuditRecord(
            kind="precedent.embedded",
            actor=self.actor.user_id,
            case_id=one.place.case_id,
            step=question.task.step,
            values=values,
        )

    async def _current(self, unit: UnitOfWork, question: Question, batch: Sequence[Sent]) -> dict[str, Material]:
        """What would be told of each now, locked: an erasure comes before it, or sees what is kept here."""
        tenant, view = self.actor.tenant, batch[0].material.view if batch else None
        if view is None:
            return {}
        facts: dict[str, Mapping[str, Any]] = {}
        if view.agent is None:
            facts.update(await Vectors(unit.session, tenant).facts([one.place.task_id for one in batch]))
            asked = await Precedents(unit.session, tenant).asked(question.case.id, question.task.digest, lock=True)
            if asked is not None:
                facts[question.task.id] = question.facts
        return await self._materials(unit, view, [one.place for one in batch], facts, lock=True)


def nearness(own: bytes, others: Mapping[int, bytes]) -> dict[int, int]:
    """The cosine with each other vector of the same length, in basis points; the opposite counts as nothing."""
    comparable = {seq: vector for seq, vector in others.items() if len(vector) == len(own)}
    if not comparable:
        return {}
    matrix = np.frombuffer(b"".join(comparable.values()), dtype="<f4").reshape(len(comparable), -1)
    cosines = matrix @ np.frombuffer(own, dtype="<f4")
    return {
        seq: round(FULL_BPS * min(1.0, max(0.0, float(cosine))))
        for seq, cosine in zip(comparable, cosines, strict=True)
    }
