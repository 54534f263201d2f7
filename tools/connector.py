"""The port of a connector: how an external system is configured, opened, checked, and offered as tools.

A kind of connector is an object that conforms to `ConnectorKind`; a distribution names it under the entry point group
`interlock.tools`. Interlock's own kinds are found in the same way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, SecretStr

from tools.clock import utc_now
from tools.port import Tool
from tools.secret import SecretRef, resolve

ENTRY_POINTS = "interlock.tools"

LoadOriginal = Callable[[str], Awaitable[tuple[str, bytes]]]
"""The name and the bytes of the stored document with a SHA-256."""
StoreOriginal = Callable[[str, bytes], Awaitable[str]]
"""Stores a document (name, bytes) once by its hash; the SHA-256."""

CompleteText = Callable[[str, Sequence[str]], Awaitable[str]]
"""A mail's subject or text, given its recipients, with what is made only as it is sent and is on no record."""


class Standing(StrEnum):
    """How a connector is, as the check found it."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What one check of a connector found.

    `problem` says in plain words what is wrong, and `remedy` what to do about it; both are empty when all is well.
    Neither holds a secret. `seconds` is how long the check took.
    """

    standing: Standing
    problem: str = ""
    remedy: str = ""
    seconds: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorContext:
    """What a connector may use of the tenant it works for.

    `folder` is one of its own, for what it must keep between starts (evidence of bots, its last position).
    """

    tenant: str
    folder: Path
    load: LoadOriginal
    store: StoreOriginal
    clock: Callable[[], datetime] = utc_now
    secret: Callable[[SecretRef], SecretStr] = resolve
    complete: CompleteText | None = None


class Connector(Protocol):
    """One configured external system."""

    @property
    def name(self) -> str:
        """The name it has in the configuration, and the `target` of its tools."""
        ...

    def tools(self) -> Sequence[Tool]:
        """What a process may propose to do with it."""
        ...

    async def check(self) -> Health:
        """Whether it answers, logs in and may do what it is for. Changes nothing there. Never raises."""
        ...


class ConnectorKind(Protocol):
    """A kind of connector: `tryton`, `mail`, or one that another distribution brings."""

    @property
    def kind(self) -> str:
        """The word for it in a configuration."""
        ...

    @property
    def settings(self) -> type[BaseModel]:
        """What a configuration must say (frozen, `extra="forbid"`); secrets only as `SecretRef`."""
        ...

    def open(self, name: str, settings: BaseModel, context: ConnectorContext) -> AbstractAsyncContextManager[Connector]:
        """The connector, closed when the context ends. It does not connect yet: a system may be down at the start."""
        ...
