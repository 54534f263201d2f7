"""Notebooks that cannot be asked: one refuses a second call with the same key, one knows nothing."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from tests.support.toy import Notebook
from tools.port import OutcomeLookup


class DedupingNotebook(Notebook):
    """Answers a second call with the same key by the line it wrote before."""

    outcome_lookup = OutcomeLookup.DEDUPES

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        for number, (written, _) in enumerate(self.written, start=1):
            if written == key:
                self.calls += 1
                return {"line": number}
        return await super().execute(arguments, key=key)

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        raise AssertionError("a target that enforces keys is not asked")


class BlindNotebook(Notebook):
    """Writes whatever it is sent and can tell nothing about it."""

    outcome_lookup = OutcomeLookup.NEITHER

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        raise AssertionError("there is nothing to ask")


class NoticeBoard(BlindNotebook):
    """Can tell nothing about what it was sent, but bears the same note twice: the second time it is marked."""

    def __init__(self) -> None:
        super().__init__()
        self.marked = 0

    @property
    def again(self) -> MarkedNotice:
        return MarkedNotice(self)


class MarkedNotice(BlindNotebook):
    """The board's calls, marked as sent once more."""

    def __init__(self, board: NoticeBoard) -> None:
        super().__init__()
        self._board = board

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        self._board.marked += 1
        return await self._board.execute(arguments, key=key)
