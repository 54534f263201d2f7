"""Why one request to a model has no answer, and whether another may be made.

Fault
├── Late            no answer within the time                                again, outage
├── Busy            429, or a server that says when to come back             again, outage
├── Broken          5xx                                                      again, outage
├── Lost            no connection, or one that broke off                     again, outage
├── Shut            the key, the model or the address is refused, or there is no money left   outage
├── Rejected        the request is not understood: a lesser form of it may be
├── Oversized       the material is longer than the model takes
├── Garbled         what came is no chat completion
│   └── TooLong     more came than an answer can be
├── Refused         the model declines, or a content filter does
├── LeftAlone       the breaker is open: nothing was sent                    outage
└── Spent           the budget allows no further request: nothing was sent

No message holds what a server wrote: servers echo keys and prompts.
"""

from __future__ import annotations

from typing import ClassVar

from tools.llm.errors import (
    ModelAnswerInvalid,
    ModelBudgetSpent,
    ModelBusy,
    ModelFailed,
    ModelRefused,
    ModelTimedOut,
    ModelUnavailable,
)


class Fault(Exception):
    """One request has no answer.

    `failure` is what becomes of a question that ends with it. `again`: the same request may succeed a little later.
    `outage`: it is the endpoint's, so the model of second choice may do better. `spent`: the endpoint may have worked
    on the request, and charge for it.
    """

    failure: ClassVar[type[ModelFailed]] = ModelUnavailable
    again: ClassVar[bool] = False
    outage: ClassVar[bool] = False
    spent: ClassVar[bool] = False

    def __init__(self, message: str) -> None:
        """`message` says what happened, and what an operator can do about it."""
        super().__init__(message)
        self.message = message

    @property
    def kind(self) -> str:
        """The fault's name in a cassette."""
        return type(self).__name__


class Late(Fault):
    """No answer within the time."""

    failure, again, outage, spent = ModelTimedOut, True, True, True


class Busy(Fault):
    """The server asks to be left alone, `wait_seconds` long where it says so."""

    failure, again, outage = ModelBusy, True, True

    def __init__(self, message: str, *, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Broken(Fault):
    """The server failed."""

    again, outage = True, True

    def __init__(self, message: str, *, status: int = 500) -> None:
        super().__init__(message)
        self.status = status


class Lost(Fault):
    """There is no connection, or it broke off."""

    again, outage, spent = True, True, True


class Shut(Fault):
    """The endpoint does not let us ask, and will not until somebody changes something."""

    outage = True


class Rejected(Fault):
    """The server does not understand the request; `parameter` is what it names as the reason."""

    def __init__(self, message: str, *, status: int = 400, parameter: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.parameter = parameter


class Oversized(Fault):
    """The material is longer than the model takes."""

    failure = ModelFailed


class Garbled(Fault):
    """What came is no chat completion."""

    failure, spent = ModelAnswerInvalid, True


class TooLong(Garbled):
    """More came than an answer can be; the rest was not read."""


class Refused(Fault):
    """The model declines, or a content filter does."""

    failure, spent = ModelRefused, True


class LeftAlone(Fault):
    """The breaker is open; nothing was sent."""

    outage = True


class Spent(Fault):
    """The budget allows no further request; nothing was sent."""

    failure = ModelBudgetSpent


KINDS: dict[str, type[Fault]] = {
    kind.__name__: kind
    for kind in (Late, Busy, Broken, Lost, Shut, Rejected, Oversized, Garbled, TooLong, Refused, LeftAlone)
}
"""Faults that a cassette can hold; a spent budget is the question's own."""
