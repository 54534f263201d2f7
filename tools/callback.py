"""Callbacks: what an external system sends by itself, once its connector has found it genuine.

CallbackRefused
├── CallbackForged       no signature of this connector's secret, or one that is too old or too new
├── CallbackMalformed    genuine, but not in the form that the connector takes
└── CallbackUnverifiable the connector's secret cannot be read here
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable


class CallbackRefused(Exception):
    """A callback is not taken; nothing of it is stored."""

    code: ClassVar[str] = "callback_refused"


class CallbackForged(CallbackRefused):
    """It carries no signature of this connector's secret, or one that is too old or too new."""

    code: ClassVar[str] = "callback_forged"


class CallbackMalformed(CallbackRefused):
    """It is genuine, but not in the form that the connector takes."""

    code: ClassVar[str] = "callback_malformed"


class CallbackUnverifiable(CallbackRefused):
    """The connector's secret cannot be read here; sent again later, it may be taken."""

    code: ClassVar[str] = "callback_unverifiable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A genuine callback, as the message that it is to cases.

    `message_id` is the same however often the callback is delivered. `deliver_as` is the login of the service user
    whose rights it is taken with.
    """

    message: str
    key: str
    message_id: str
    payload: Mapping[str, Any]
    deliver_as: str


@runtime_checkable
class ReceivesCallbacks(Protocol):
    """A connector whose system calls back."""

    @property
    def max_callback_bytes(self) -> int:
        """How long a callback may be; a longer one is not even read."""
        ...

    def callback(self, headers: Mapping[str, str], body: bytes) -> Callback | None:
        """The message; None for a genuine callback that is about nothing a case waits for.

        Raises `CallbackRefused`.
        """
        ...
