"""Process definitions and the server's own state, as the API shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.views.view import View
from graphs.process import ProcessDefinition


class ProcessStep(View):
    """A step of a process."""

    name: str
    kind: str
    stage: str
    destinations: list[str]


class ProcessView(View):
    """A version of a process."""

    name: str
    version: int
    title: str
    pack: str
    digest: str
    start: str
    steps: list[ProcessStep]

    @classmethod
    def of(cls, definition: ProcessDefinition) -> ProcessView:
        """The definition as it is shown."""
        steps = [
            ProcessStep(name=step.name, kind=step.kind.value, stage=step.stage, destinations=list(step.destinations))
            for step in definition.steps
        ]
        return cls(
            name=definition.name,
            version=definition.version,
            title=definition.title,
            pack=definition.pack,
            digest=definition.digest,
            start=definition.start,
            steps=steps,
        )


class ProcessList(View):
    """The processes that can be started, and older versions that are still under way."""

    processes: list[ProcessView]


ModelStanding = Literal["ok", "degraded", "down", "unchecked", "unset"]


class Health(View):
    """The process lives."""

    status: str
    model: Annotated[
        ModelStanding,
        Field(description="How the model stood when it was last checked; `unset`: none is configured, people decide."),
    ] = "unset"
    embeddings: Annotated[
        ModelStanding,
        Field(description="How what makes vectors of texts stood; `unset`: no text is compared."),
    ] = "unset"


class Readiness(View):
    """Whether the server can do its work."""

    ready: bool
    database: bool
    worker: bool
