"""The compiled graph, for LangGraph Studio and the LangGraph CLI (`langgraph.json`)."""

from __future__ import annotations

from graphs.processes.procure_to_pay.definition import definition
from graphs.runtime.compile import compile_graph

graph = compile_graph(definition())
