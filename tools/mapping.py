"""Declared mappings of data between steps and systems, checked against the models on both sides when declared.

A mapping says for each field of the target where in the source its value comes from, and by which conversion of a
closed set. What does not fit is refused when the program starts, not when the first case comes by.

MappingInvalid
├── UnknownPath         a path names a field that the model does not have
├── TypeMismatch        the value's type is not the field's, and no conversion was named that makes it so
├── LossyMapping        the types would fit only by losing something
├── FieldMissing        a field that the target requires comes from nowhere
└── FieldMappedTwice    two entries write the same field
"""

from __future__ import annotations

import types
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from policies.canonical import jsonable
from tools.conversion import TYPES, Conversion, converted

Source = TypeVar("Source", bound=BaseModel)
Target = TypeVar("Target", bound=BaseModel)


class MappingInvalid(TypeError):
    """A declared mapping does not fit its models."""


class UnknownPath(MappingInvalid):
    """A path names a field that the model does not have."""


class TypeMismatch(MappingInvalid):
    """The value's type is not the field's, and no conversion was named that makes it so."""


class LossyMapping(MappingInvalid):
    """The types would fit only by losing something; name the conversion, or change one of the models."""


class FieldMissing(MappingInvalid):
    """A field that the target requires comes from nowhere."""


class FieldMappedTwice(MappingInvalid):
    """Two entries write the same field."""


class MappingFailed(ValueError):
    """A value of this source cannot become the field; the message names the field, and not the value."""


LOSSY = {(Decimal, int), (Decimal, float), (float, Decimal), (float, int), (int, float), (datetime, date), (int, bool)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """The target's field `to` is what stands at `path` in the source, by the conversion."""

    path: str
    to: str
    by: Conversion = Conversion.AS_IT_IS


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """The target's field `to` is always this."""

    value: str | int | bool | Decimal | date | None
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping(Generic[Source, Target]):
    """From one model to another. Paths are field names with dots between them. Raises `MappingInvalid`."""

    source: type[Source]
    target: type[Target]
    entries: Sequence[Take | Set]

    def __post_init__(self) -> None:
        written = [entry.to for entry in self.entries]
        for number, path in enumerate(written):
            for other in written[number + 1 :]:
                if path == other or path.startswith(f"{other}.") or other.startswith(f"{path}."):
                    raise FieldMappedTwice(f"{self._named}: {path} and {other} write the same field")
        for entry in self.entries:
            self._check(entry)
        self._check_required(self.target, "", set(written))

    def apply(self, source: Source) -> Target:
        """The target that `source` becomes; pure. Raises `MappingFailed`."""
        whole: dict[str, Any] = {}
        for entry in self.entries:
            *outer, last = entry.to.split(".")
            place = whole
            for name in outer:
                place = place.setdefault(name, {})
            place[last] = entry.value if isinstance(entry, Set) else _taken(source, entry)
        try:
            return self.target.model_validate(whole)
        except ValidationError as error:
            raise _failure(error) from None

    def apply_data(self, data: MappingOf[str, Any]) -> dict[str, Any]:
        """The same between plain JSON data, as cases hold and tools take it. Raises `MappingFailed`."""
        try:
            source = self.source.model_validate(dict(data))
        except ValidationError as error:
            raise _failure(error) from None
        found: dict[str, Any] = jsonable(self.apply(source).model_dump(mode="json", exclude_unset=True))
        return found

    @property
    def _named(self) -> str:
        return f"{self.source.__name__} → {self.target.__name__}"

    def _check(self, entry: Take | Set) -> None:
        wanted, may_be_none = _type_at(self.target, entry.to, self._named)
        if isinstance(entry, Set):
            self._check_constant(entry, wanted, may_be_none=may_be_none)
            return
        found, perhaps_none = _type_at(self.source, entry.path, self._named)
        where = f"{self._named}: {entry.path} → {entry.to}"
        if perhaps_none and not may_be_none:
            raise TypeMismatch(f"{where}: may be absent, and the field must not")
        if entry.by is not Conversion.AS_IT_IS:
            takes, gives = TYPES[entry.by]
            if not _is_a(found, takes):
                raise TypeMismatch(f"{where}: {entry.by.value} takes {takes.__name__}, not {_name(found)}")
            found = gives
        if _fits(found, wanted):
            return
        lossy = (found, wanted) in LOSSY
        raise (LossyMapping if lossy else TypeMismatch)(f"{where}: {_name(found)} is not {_name(wanted)}")

    def _check_constant(self, entry: Set, wanted: Any, *, may_be_none: bool) -> None:
        fits = may_be_none if entry.value is None else _constant_fits(entry.value, wanted)
        if not fits:
            raise TypeMismatch(f"{self._named}: {entry.to}: {type(entry.value).__name__} is not {_name(wanted)}")

    def _check_required(self, model: type[BaseModel], before: str, written: set[str]) -> None:
        for name, declared in model.model_fields.items():
            path = f"{before}{name}"
            inner, _ = _plain(declared.annotation)
            if any(one.startswith(f"{path}.") for one in written) and _is_model(inner):
                self._check_required(inner, f"{path}.", written)
            elif declared.is_required() and path not in written:
                raise FieldMissing(f"{self._named}: {path} is required, and comes from nowhere")


def _taken(source: BaseModel, entry: Take) -> Any:
    value: Any = source
    for name in entry.path.split("."):
        value = None if value is None else getattr(value, name)
    try:
        return None if value is None else converted(value, entry.by)
    except (ValueError, ArithmeticError) as error:
        raise MappingFailed(f"{entry.path} → {entry.to}: {error}") from None


def _failure(error: ValidationError) -> MappingFailed:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return MappingFailed(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


def _type_at(model: type[BaseModel], path: str, named: str) -> tuple[Any, bool]:
    """The type at a path of a model, and whether None may stand there. Raises `UnknownPath`."""
    found: Any = model
    optional = False
    for name in path.split("."):
        if not _is_model(found) or name not in found.model_fields:
            raise UnknownPath(f"{named}: {path}: {_name(found)} has no field {name!r}")
        found, here = _plain(found.model_fields[name].annotation)
        optional = optional or here
    return found, optional


def _plain(annotation: Any) -> tuple[Any, bool]:
    """A type without its constraints, and whether None is one of its values."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        optional = len(members) < len(get_args(annotation))
        if len(members) == 1:
            return _plain(members[0])[0], optional
        return annotation, optional
    return annotation, False


def _is_model(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)


def _is_a(found: Any, wanted: type) -> bool:
    """Whether every value of `found` is a `wanted`: a boolean is no integer here, and an instant is no date."""
    if get_origin(found) is Literal:
        return all(type(value) is wanted for value in get_args(found))
    if not isinstance(found, type):
        return False
    return found is wanted or (wanted is StrEnum and issubclass(found, StrEnum))


def _fits(found: Any, wanted: Any) -> bool:
    """Whether a value of one type may be put where the other is wanted."""
    if wanted is Any or found == wanted:
        return True
    if get_origin(found) is Literal and get_origin(wanted) is Literal:
        return set(get_args(found)) <= set(get_args(wanted))
    return isinstance(wanted, type) and _is_a(found, wanted)


def _constant_fits(value: Any, wanted: Any) -> bool:
    if get_origin(wanted) is Literal:
        return value in get_args(wanted)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return value in set(wanted)
    return wanted is Any or type(value) is wanted


def _name(found: Any) -> str:
    return found.__name__ if isinstance(found, type) else str(found).removeprefix("typing.")
