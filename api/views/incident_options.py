"""What may be done about an incident, as the API shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.views.operation import Kind
from api.views.view import View
from graphs.incidents.options import IncidentOptions


class MoveOption(View):
    """A move, and whether the caller may make it now."""

    move: Kind
    allowed: bool
    would: Annotated[str, Field(description="What would become of the case.")]
    code: Annotated[str | None, Field(description="Why not, as the refusal of the move itself would be called.")]
    why: Annotated[str | None, Field(description="Why not, in words.")]


class CorrectableField(View):
    """A field that a correction may set, and what it is now."""

    name: str
    title: str
    kind: Literal["text", "date", "amount", "number"]
    value: str | None


class IncidentOptionsView(View):
    """Every move once, and what they can be made with."""

    incident: str
    case: str
    standing: Annotated[str | None, Field(description="The step that the case stands at; null where nobody knows.")]
    steps: Annotated[list[str], Field(description="Steps that it may be sent to.")]
    fields: list[CorrectableField]
    options: list[MoveOption]

    @classmethod
    def of(cls, found: IncidentOptions) -> IncidentOptionsView:
        """The options as they are shown."""
        return cls(
            incident=found.incident.id,
            case=found.incident.case_id,
            standing=found.standing,
            steps=list(found.steps),
            fields=[
                CorrectableField(name=one.field.name, title=one.field.title, kind=one.field.kind, value=one.value)
                for one in found.fields
            ],
            options=[
                MoveOption(move=one.move.value, allowed=one.allowed, would=one.would, code=one.code, why=one.why)
                for one in found.options
            ],
        )
