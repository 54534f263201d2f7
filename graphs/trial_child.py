"""The process that tries a rule pack: `python -m graphs.trial_child`, fed on stdin, one line of JSON a message.

First line: `{"name", "yaml", "parameters", "seed", "rounds", "memory_bytes", "cpu_seconds"}`. It answers with the stage
it is in (`{"stage"}`), then `{"ready": {…}}` or `{"refused": {"where", "why"}}`. Then each line `{"judge": [[point,
facts, day, parameters, met], …]}` is answered by `{"verdicts": [canonical JSON, …]}`, until the input ends.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable
from datetime import date
from typing import Any

from graphs.smoke_run import smoke_run
from policies.boundary_table import check_examples
from policies.canonical import canonical_json
from policies.errors import PackInvalid, PolicyError
from policies.judgement import RuleBook
from policies.pack_file import read_pack


def main() -> None:
    """Try the pack on stdin, then judge what is asked."""
    order = json.loads(sys.stdin.readline())
    confine(memory_bytes=order["memory_bytes"], cpu_seconds=order["cpu_seconds"])
    try:
        book, found = tried(order)
    except PackInvalid as error:
        say({"refused": {"where": error.where, "why": error.why}})
        return
    except (PolicyError, MemoryError, RecursionError) as error:
        say({"refused": {"where": order["name"], "why": f"{type(error).__name__}: {error}"}})
        return
    say({"ready": found})
    for line in sys.stdin:
        say({"verdicts": judged(book, json.loads(line)["judge"])})


def confine(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Cap memory and processor time; no core dump, no file written."""
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (most, most))


def tried(order: dict[str, Any]) -> tuple[RuleBook, dict[str, Any]]:
    """The compiled pack, and what was tried. Raises `PolicyError`."""
    say({"stage": "reading"})
    pack = read_pack(order["yaml"], name=order["name"])
    say({"stage": "compiling"})
    book = RuleBook(pack)
    say({"stage": "checking its examples"})
    examples = check_examples(book)
    check_parameters(book, order["parameters"])
    say({"stage": "judging random facts"})
    verdicts = smoke_run(book, seed=order["seed"], rounds=order["rounds"], parameters=order["parameters"])
    say({"stage": "judging recorded facts"})
    return book, {"digest": pack.digest, "examples": examples, "random_verdicts": verdicts}


def check_parameters(book: RuleBook, parameters: dict[str, Any]) -> None:
    """Whether the pack takes these values. Raises `PackInvalid`."""
    for name, value in parameters.items():
        if name not in book.pack.parameters:
            known = ", ".join(book.pack.parameters) or "none"
            raise PackInvalid(where=f"parameter {name}", why=f"the pack has none of that name; it has {known}")
        point = next(iter(book.pack.points))
        fault = book.judge(point, {}, on=date(2000, 1, 1), parameters={name: value}).engine_fault
        if fault is not None:
            raise PackInvalid(where=f"parameter {name}", why=fault)


def judged(book: RuleBook, questions: Iterable[list[Any]]) -> list[str]:
    """The verdicts, each as canonical JSON."""
    verdicts = (
        book.judge(point, facts, on=date.fromisoformat(day), parameters=parameters, met=frozenset(met))
        for point, facts, day, parameters, met in questions
    )
    return [canonical_json(verdict).decode() for verdict in verdicts]


def say(message: dict[str, Any]) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
