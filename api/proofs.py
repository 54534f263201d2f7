"""The graph proof of definitions: those of this installation, or this program's own code. Starts nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from api.rehearsals import DefinitionNotFound, load_attribute
from graphs.errors import NotFound
from graphs.process import DefinitionInvalid, ProcessDefinition, ProcessRegistry
from graphs.processes.released import process_definitions
from graphs.proof.claims import Violation
from graphs.proof.report import GraphProof, prove
from graphs.proof.step_graph import StepGraph, step_graph
from graphs.runtime.execution_graphs import prove_definition


def proofs(wanted: str | None) -> dict[str, Any]:
    """The proof of one process, or of all that are registered, as JSON.

    `wanted` is `name@version`, or `module:attribute` of a definition or a `StepGraph`. A definition that was refused
    when it was made is looked at as far as it goes, and is not proven. Raises `DefinitionNotFound`.
    """
    found = list(_proofs(wanted))
    return {"proven": all(proof["proven"] for proof in found), "processes": found}


def _proofs(wanted: str | None) -> Iterator[dict[str, Any]]:
    if wanted is None:
        yield from (shown(prove_definition(definition)) for definition in process_definitions())
    elif ":" in wanted:
        yield _own(wanted)
    else:
        yield shown(prove_definition(_registered(wanted)))


def _registered(reference: str) -> ProcessDefinition:
    try:
        return ProcessRegistry(process_definitions()).named(reference)
    except NotFound as missing:
        raise DefinitionNotFound(str(missing)) from missing


def _own(path: str) -> dict[str, Any]:
    try:
        made = load_attribute(path)
    except DefinitionInvalid as refused:
        if refused.definition is None:
            raise DefinitionNotFound(f"{path} is refused: {refused}") from refused
        return shown(prove(step_graph(refused.definition)), refused=str(refused))
    match made:
        case ProcessDefinition():
            return shown(prove_definition(made))
        case StepGraph():
            return shown(prove(made))
        case _:
            raise DefinitionNotFound(f"{path} is neither a process definition nor a step graph")


def shown(proof: GraphProof, *, refused: str | None = None) -> dict[str, Any]:
    """The proof as JSON."""
    return {
        "process": proof.reference,
        "digest": proof.digest or None,
        "proven": proof.proven and refused is None,
        "refused": refused,
        "graphs": list(proof.graphs),
        "claims": [
            {
                "claim": claim.claim.value,
                "says": claim.says,
                "looked_at": claim.looked_at,
                "proven": claim.proven,
                "violations": [_violation(violation) for violation in claim.violations],
            }
            for claim in proof.claims
        ],
        "loops": [
            {
                "steps": list(loop.steps),
                "visits": loop.visits,
                "waits": list(loop.waits),
                "spins": list(loop.spins) if loop.spins else None,
            }
            for loop in proof.loops
        ],
    }


def _violation(violation: Violation) -> dict[str, Any]:
    return {"graph": violation.graph, "path": list(violation.path), "why": violation.why}
