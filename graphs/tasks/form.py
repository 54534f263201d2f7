"""The form of a task: the JSON Schema of its answers, and the check of an answer against exactly that.

Both come from one model an answer variant, so that what the schema admits is what is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    create_model,
)

from graphs.errors import Invalid
from graphs.forms import MAX_LENGTH, entered_value

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_TEXT = 4000
NOT_BLANK = r"\S"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
NUMBER = r"^[+-]?([0-9]{1,13}(\.[0-9]{0,8})?|\.[0-9]{1,8})$"
"""Decimal, without an exponent; at most thirteen places before the point."""
PATTERNS = {"date": DATE, "amount": NUMBER, "number": NUMBER}
FORMATS = {"date": {"format": "date"}, "amount": {"format": "decimal"}, "number": {"format": "decimal"}}

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Given = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=NOT_BLANK)]
Digest = Annotated[str, StringConstraints(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormShape:
    """What decides which answers fit: choices, fields as (name, title, kind), evidence, approvals with edits."""

    choices: tuple[str, ...]
    fields: tuple[tuple[str, str, str], ...]
    evidence: tuple[str, ...]
    edits: bool = False


class Variant(BaseModel):
    """An answer with one decision."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    reason: Text = ""
    evidence: dict[str, Text] = Field(default_factory=dict)
    digest: Digest | None = None
    in_place_of: Digest | None = None


class Nothing(BaseModel):
    """No fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, title="No fields")


class Evidence(BaseModel):
    """What the rules require for an approval; more may be given."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)
    __pydantic_extra__: dict[str, Text]  # pyright: ignore[reportIncompatibleVariableOverride] - as pydantic has it


Variants = Mapping[tuple[str, bool], type[BaseModel]]
"""By decision, and whether fields are set with an approval."""


def shape_of(form: Mapping[str, Any], *, edits: bool = False) -> FormShape:
    """The shape of a task's form."""
    return FormShape(
        choices=tuple(form["choices"]),
        fields=tuple((item["name"], item["title"], item["kind"]) for item in form["fields"]),
        evidence=tuple(form["evidence_required"]),
        edits=edits and "approve" in form["choices"] and bool(form["fields"]),
    )


def answer_schema(shape: FormShape) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the answers that fit."""
    variants = [TypeAdapter(model).json_schema(ref_template="#/$defs/{model}") for model in variants_of(shape).values()]
    definitions: dict[str, Any] = {}
    for variant in variants:
        definitions |= variant.pop("$defs", {})
    return {"$schema": DIALECT, "title": "Answer", "type": "object", "oneOf": variants, "$defs": definitions}


def check_shape(
    shape: FormShape,
    *,
    decision: str,
    set_: Mapping[str, str],
    reason: str,
    evidence: Mapping[str, str],
    digest: str | None,
) -> None:
    """Whether an answer is one that the schema admits; blanks around values do not count. Raises `Invalid`."""
    model = variants_of(shape).get((decision, decision == "approve" and bool(set_)))
    if model is None:
        raise Invalid(f"{decision!r} with fields set is not possible here: {', '.join(shape.choices)}")
    given: dict[str, Any] = {
        "decision": decision,
        "set": {name: value.strip() for name, value in set_.items()},
        "reason": reason,
        "evidence": dict(evidence),
    }
    try:
        model.model_validate(given if digest is None else {**given, "digest": digest})
    except ValidationError as error:
        raise Invalid(worded(error)) from error


def worded(error: ValidationError) -> str:
    """What is wrong where, without repeating what was given."""
    wrong = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()[:3]]
    return "; ".join(wrong)


@lru_cache(maxsize=256)
def variants_of(shape: FormShape) -> Variants:
    """The model of each kind of answer that the shape admits. A step's tasks mostly have one shape."""
    fields = _fields(shape)
    needed: dict[str, Any] = {
        f"needed_{number}": (Given, Field(alias=name, title=_words(name))) for number, name in enumerate(shape.evidence)
    }
    required = create_model("Evidence", __base__=Evidence, **needed)
    proven: Any = (required, ...) if shape.evidence else (required, Field(default_factory=dict))
    nothing: Any = (Nothing, Field(default_factory=Nothing))
    found: dict[tuple[str, bool], type[BaseModel]] = {}
    for choice in shape.choices:
        match choice:
            case "approve":
                found["approve", False] = _variant("Approve", "approve", evidence=proven, set=nothing)
                if shape.edits:
                    found["approve", True] = _variant(
                        "ApproveWithEdits", "approve", evidence=proven, set=(_some(fields), ...), digest=(Digest, ...)
                    )
            case "reject":
                found["reject", False] = _variant("Reject", "reject", set=nothing, reason=(Given, ...))
            case _:
                corrected: Any = (fields, Field(default_factory=fields))
                found[choice, False] = _variant(choice.capitalize(), choice, set=corrected)
    return found


def _variant(name: str, decision: str, **fields: Any) -> type[BaseModel]:
    fixed: Any = (Literal[decision], ...)  # pyright: ignore[reportInvalidTypeForm]
    return create_model(name, __base__=Variant, decision=fixed, **fields)


def _fields(shape: FormShape) -> type[BaseModel]:
    """What may be corrected: every field may be left out. Names stand as aliases: a process may choose any."""
    described: dict[str, Any] = {
        f"field_{number}": (
            _value(name, kind),
            Field(default="", alias=name, title=title, json_schema_extra=_undefaulted(kind)),
        )
        for number, (name, title, kind) in enumerate(shape.fields)
    }
    return create_model("Fields", __config__=ConfigDict(frozen=True, extra="forbid", strict=True), **described)


def _some(fields: type[BaseModel]) -> Any:
    return Annotated[fields, Field(json_schema_extra={"minProperties": 1})]


def _undefaulted(kind: str) -> Any:
    """What is left out stays as it is: the schema names no default."""

    def amend(schema: dict[str, Any]) -> None:
        schema.pop("default", None)
        schema |= FORMATS.get(kind, {})

    return amend


def _value(name: str, kind: str) -> Any:
    def enterable(value: str) -> str:
        try:
            return entered_value(name, kind, value)
        except Invalid as error:
            raise ValueError(str(error)) from error

    pattern = PATTERNS.get(kind)
    return Annotated[str, StringConstraints(max_length=MAX_LENGTH, pattern=pattern), AfterValidator(enterable)]


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
