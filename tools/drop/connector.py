"""The kind of connector `file_drop`: a folder that others place files in."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from pydantic import BaseModel

from tools.connector import Connector, ConnectorContext, Health, Standing
from tools.drop.inlet import FileDropInlet
from tools.drop.settings import REFUSED, FileDropSettings
from tools.port import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDropConnector:
    """One configured file drop. It has an inlet and no tools."""

    name: str
    settings: FileDropSettings
    inlet: FileDropInlet

    def tools(self) -> Sequence[Tool]:
        """None: files only come in."""
        return []

    async def check(self) -> Health:
        """Whether files can be read and moved in every folder, and how many refused ones wait for a person."""
        started = time.monotonic()
        problem, remedy, refused = await asyncio.to_thread(self._found)
        standing = Standing.OK
        if problem:
            standing = Standing.DEGRADED if refused else Standing.DOWN
        return Health(
            standing=standing,
            problem=problem,
            remedy=remedy,
            seconds=time.monotonic() - started,
            details={"refused": refused},
        )

    def _found(self) -> tuple[str, str, int]:
        folder = self.settings.folder
        if not folder.is_dir():
            return f"{folder} is no folder", f"make it: mkdir -p {folder}", 0
        refused = 0
        for lane in self.inlet.lanes.values():
            if not lane.path.exists():
                continue
            if lane.path.is_symlink() or not os.access(lane.path, os.R_OK | os.W_OK | os.X_OK):
                remedy = "make it a folder (no link) in which the user of this process may read and write"
                return f"files in {lane.path} cannot be read and moved", remedy, 0
            try:
                refused += lane.count(REFUSED)
            except OSError as error:
                return f"{lane.path / REFUSED} cannot be read ({type(error).__name__})", "let this process read it", 0
        if not refused:
            return "", "", 0
        problem = f"{refused} refused files wait in {folder}"
        return problem, "read the text beside each, place it anew or delete it", refused


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDropKind:
    """Opens file drops."""

    kind: str = "file_drop"
    settings: type[BaseModel] = FileDropSettings

    def open(self, name: str, settings: BaseModel, context: ConnectorContext) -> AbstractAsyncContextManager[Connector]:
        """The connector; nothing is looked at yet."""
        return _opened(name, FileDropSettings.model_validate(settings.model_dump()), context)


FILE_DROP = FileDropKind()


@asynccontextmanager
async def _opened(
    name: str, settings: FileDropSettings, context: ConnectorContext
) -> AsyncGenerator[FileDropConnector]:
    inlet = FileDropInlet(name=name, settings=settings, clock=context.clock)
    yield FileDropConnector(name=name, settings=settings, inlet=inlet)
