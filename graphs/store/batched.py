"""Questions asked at a moment go to the database together; each caller gets its own answer.

While one query is under way, further questions collect, and go out when it returns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads

from graphs.store.arrays import register
from graphs.store.patience import ANSWER_SECONDS, answer_within, kept, patient

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Batched(Generic[Question, Answer]):
    """Asks on a connection of its own. `fetch` answers many questions at once; one without an answer gets None."""

    def __init__(
        self,
        url: str,
        *,
        role: str | None,
        fetch: Callable[[AsyncConnection[DictRow], Sequence[Question]], Awaitable[Mapping[Question, Answer]]],
    ) -> None:
        """Connects when first asked."""
        self._url = url
        self._role = role
        self.answer_seconds = ANSWER_SECONDS
        self._fetch = fetch
        self._asked: dict[Question, asyncio.Future[Answer | None]] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connection: AsyncConnection[DictRow] | None = None

    async def ask(self, question: Question) -> Answer | None:
        """The answer. Raises `psycopg.Error`."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="batched")
        future = self._asked.get(question)
        if future is None:
            future = self._asked[question] = asyncio.get_running_loop().create_future()
        self._wake.set()
        return await asyncio.shield(future)

    async def close(self) -> None:
        """Close the connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            asked, self._asked = self._asked, {}
            try:
                found = await self._fetched(list(asked))
            except Exception as error:
                for future in asked.values():
                    if not future.done():
                        future.set_exception(error)
            else:
                for question, future in asked.items():
                    if not future.done():
                        future.set_result(found.get(question))

    async def _fetched(self, asked: Sequence[Question]) -> Mapping[Question, Answer]:
        connection = await self._open()
        with answer_within(connection, self.answer_seconds):
            try:
                return await self._fetch(connection, asked)
            except psycopg.errors.DeadlockDetected:
                return await self._fetch(connection, asked)

    async def _open(self) -> AsyncConnection[DictRow]:
        self._connection = await kept(self._connection)
        if self._connection is None:
            self._connection = await AsyncConnection[DictRow].connect(
                self._url, row_factory=dict_row, **patient(self._role)
            )
            set_json_loads(orjson.loads, self._connection)
            register(self._connection)
        return self._connection
