"""Handlers: which failures of a case start a process of their own that looks after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphs.state import CaseView


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What went wrong, as its incident says it. `names` are the code and the classes of the error."""

    incident: str
    step: str
    code: str
    message: str
    names: frozenset[str]


HandlerInput = Callable[[CaseView, Failure], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """Failures named in `errors` (codes, or names of error classes) start a case of `process` with what `input` gives.

    A class name stands for its subclasses too: `Permanent` handles every permanent error of a tool.
    """

    errors: tuple[str, ...]
    process: str
    input: HandlerInput


def error_names(error: Exception, code: str) -> frozenset[str]:
    """The names a handler may know the error by: its code, its class, and the classes above it."""
    classes = (kind.__name__ for kind in type(error).__mro__ if issubclass(kind, Exception) and kind is not Exception)
    return frozenset({code, *classes})


def handler_for(handlers: Iterable[Handler], failure: Failure) -> Handler | None:
    """The first handler, in the order they are declared, that names the failure."""
    return next((handler for handler in handlers if failure.names & set(handler.errors)), None)
