"""The graph of a process definition, as the console draws it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.views.view import View
from graphs.process import ProcessDefinition
from graphs.proof.step_graph import StepNode, step_graph
from graphs.steps import EndStep


class GraphStepView(View):
    """A step as it is drawn."""

    name: str
    title: Annotated[str, Field(description="The step's name in words.")]
    kind: str
    stage: str
    ends: Annotated[bool, Field(description="Whether a case ends here.")]


class GraphEdgeView(View):
    """A way from one step to another; there is one for each pair of steps."""

    source: str
    target: str
    routes: Annotated[
        list[str],
        Field(
            description="On what a case goes there: a verdict, an answer, an outcome. `next`: on nothing in particular."
        ),
    ]


class ProcessGraphView(View):
    """A version of a process as a graph."""

    process: str
    version: int
    title: str
    start: str
    steps: list[GraphStepView]
    edges: list[GraphEdgeView]

    @classmethod
    def of(cls, definition: ProcessDefinition) -> ProcessGraphView:
        """The definition as it is drawn."""
        return cls(
            process=definition.name,
            version=definition.version,
            title=definition.title,
            start=definition.start,
            steps=graph_steps(definition),
            edges=[edge for node in step_graph(definition).steps for edge in edges_of(node)],
        )


def graph_steps(definition: ProcessDefinition) -> list[GraphStepView]:
    """The steps of a definition, in its order."""
    return [
        GraphStepView(
            name=step.name,
            title=in_words(step.name),
            kind=step.kind.value,
            stage=step.stage,
            ends=isinstance(step, EndStep),
        )
        for step in definition.steps
    ]


def edges_of(node: StepNode) -> list[GraphEdgeView]:
    """The ways from a step, each destination once."""
    return [
        GraphEdgeView(source=node.name, target=to, routes=[route.on for route in node.routes if route.to == to])
        for to in node.destinations
    ]


def in_words(name: str) -> str:
    """`await_receipt` is "Await receipt"."""
    return name.replace("_", " ").capitalize()
