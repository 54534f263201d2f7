"""What all ERP tools share: an ERP that can be asked what a key has done, and how hard it may be worked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel

from policies.action import EffectKind
from tools.erp.port import Erp
from tools.errors import Permanent
from tools.limits import TargetLimits
from tools.port import OutcomeLookup

TARGET = "erp"
Arguments = TypeVar("Arguments", bound=BaseModel)


class ErpTool:
    """A tool on an ERP, whose calls count together for the ERP's breaker and slots."""

    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE

    def __init__(self, erp: Erp, *, target: str = TARGET) -> None:
        """`target` is the name of the external system behind the ERP."""
        self._erp = erp
        self._target = target

    @property
    def target(self) -> str:
        """The external system that the tool calls."""
        return self._target

    @property
    def limits(self) -> TargetLimits:
        """How hard it may be worked."""
        return self._erp.limits

    @property
    def time_limit(self) -> timedelta:
        """How long after sending the ERP may still act on a call."""
        return timedelta(seconds=self._erp.call_timeout_seconds)


class ErpRead(ErpTool):
    """A read: nothing to find afterwards."""

    effect_kind: ClassVar[EffectKind] = EffectKind.READ

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        return None


class ErpPosting(ErpTool):
    """A write that takes a number of the books: such calls have slots of their own, for they hinder each other."""

    @property
    def target(self) -> str:
        """The books of the external system."""
        return f"{self._target}.postings"

    @property
    def limits(self) -> TargetLimits:
        """How many may post at once."""
        return self._erp.posting_limits


def typed(arguments: BaseModel, model: type[Arguments]) -> Arguments:
    """The arguments as that model. Raises `Permanent` `wrong_arguments` for those of another tool."""
    if not isinstance(arguments, model):
        raise Permanent(f"expected {model.__name__}, got {type(arguments).__name__}", code="wrong_arguments")
    return arguments


def plain_json(value: BaseModel | None) -> dict[str, Any] | None:
    """The value as JSON data."""
    return value.model_dump(mode="json") if value is not None else None


def found(name: str, value: BaseModel | None, *, when: bool = True) -> dict[str, Any] | None:
    """What `find_by_key` answers: the value under its name `when` it is what the call was for, else None."""
    return {name: plain_json(value)} if value is not None and when else None
