"""`interlock process prove`: what holds of a process graph, and the path that shows what does not."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from api.cli.failure import ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_line, print_table

PROOFS = "api.proofs"
ARROW = " → "


def prove(
    process: Annotated[
        str | None, typer.Argument(metavar="NAME@VERSION", help="Or module:attribute; all that are registered, if not.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that no path of a process leads to an effect without its proposal, and what goes with it.

    Needs no server and no database. Ends with 1 where a claim does not hold, and says the path.
    """
    found = importlib.import_module(PROOFS).proofs(process)
    if as_json:
        print_json(found)
    else:
        for proof in found["processes"]:
            print_proof(proof)
    if not found["proven"]:
        raise typer.Exit(ExitCode.NO)


COMMANDS = (prove,)
"""Of `interlock process`."""


def print_proof(proof: dict[str, Any]) -> None:
    """A table of the claims, what bounds the loops, and each violation with its path."""
    rows = [(c["claim"], c["says"], c["looked_at"], holds(c)) for c in proof["claims"]]
    print_table(f"Graph proof of {proof['process']}", ("claim", "what it says", "looked at", "holds"), rows)
    if proof["loops"]:
        columns = ("loop", "bounded by", "may wait at", "a turn without a wait")
        print_table("Loops", columns, (loop_row(loop) for loop in proof["loops"]))
    if proof["refused"]:
        print_line(f"refused when it was made: {proof['refused']}")
    for claim in proof["claims"]:
        for violation in claim["violations"]:
            print_line(f"{claim['claim']} ({violation['graph']}): {violation['why']}")
            print_line(f"  {path(violation['path'])}")
    print_fields({"process": proof["process"], "proven": "yes" if proof["proven"] else "no"})


def holds(claim: dict[str, Any]) -> str:
    """Whether the claim holds, in a word or two."""
    return "proven" if claim["proven"] else f"NO: {len(claim['violations'])}"


def loop_row(loop: dict[str, Any]) -> tuple[str, ...]:
    """What bounds a loop, in one row."""
    bound = f"{loop['visits']} visits of each step" if loop["visits"] else "NOTHING"
    return ", ".join(loop["steps"]), bound, ", ".join(loop["waits"]) or "–", path(loop["spins"] or ()) or "–"


def path(steps: Iterable[str]) -> str:
    """The steps in their order."""
    return ARROW.join("start" if step == "__start__" else step for step in steps)
