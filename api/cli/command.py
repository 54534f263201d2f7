"""`interlock`: every command, and how errors reach the shell."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli import (
    accounts,
    agents,
    analytics,
    audit,
    authority,
    bench,
    calendar,
    calibration,
    cases,
    connectors,
    documents,
    evals,
    forecast,
    incidents,
    information,
    keys,
    messages,
    notices,
    operations,
    packs,
    people,
    policies,
    precedents,
    processes,
    proof,
    quality,
    questions,
    recall,
    retention,
    roles,
    server,
    sla,
    steering,
    suggestions,
    switches,
    tables,
    targets,
    task_work,
    tasks,
)
from api.cli.failure import CommandFailed, ExitCode
from api.errors import StartRefused
from api.version import installed_version

app = typer.Typer(
    name="interlock",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Interlock: automation, rules and people in one auditable flow.",
)
app.command("serve")(server.serve)
app.command("worker")(server.worker)
app.add_typer(cases.app, name="case")
for order in steering.COMMANDS:
    cases.app.command(order.__name__)(order)
app.add_typer(messages.app, name="message")
app.add_typer(tasks.app, name="task")
for work in task_work.COMMANDS:
    tasks.app.command(work.__name__)(work)
for question in (*questions.COMMANDS, *information.COMMANDS):
    tasks.app.command(question.__name__)(question)
app.add_typer(questions.app, name="question")
app.add_typer(information.app, name="request")
tasks.app.command("precedents")(precedents.precedents)
tasks.app.command("to-evaluation")(precedents.to_evaluation)
app.add_typer(accounts.app, name="account")
app.add_typer(keys.app, name="keys")
app.add_typer(authority.authority, name="authority")
app.add_typer(authority.delegation, name="delegation")
app.add_typer(authority.duty, name="duty")
app.add_typer(calendar.app, name="calendar")
app.add_typer(people.app, name="people")
app.add_typer(roles.app, name="roles")
app.add_typer(sla.app, name="sla")
app.add_typer(notices.app, name="notice")
app.add_typer(forecast.app, name="forecast")
app.add_typer(analytics.app, name="analytics")
app.add_typer(agents.app, name="agents")
for measure in calibration.COMMANDS:
    agents.app.command(measure.__name__)(measure)
app.add_typer(documents.app, name="documents")
app.add_typer(audit.app, name="audit")
app.add_typer(incidents.app, name="incident")
app.add_typer(operations.app, name="operation")
app.add_typer(processes.app, name="process")
processes.app.command("prove")(proof.prove)
app.add_typer(quality.app, name="quality")
app.add_typer(switches.app, name="switch")
app.add_typer(targets.app, name="target")
app.add_typer(connectors.app, name="connectors")
app.add_typer(retention.app, name="retention")
app.add_typer(packs.app, name="policies")
packs.app.add_typer(policies.app)
packs.app.add_typer(tables.app)
packs.app.add_typer(suggestions.app, name="suggestions")
app.add_typer(recall.app, name="recall")
app.add_typer(evals.app, name="evals")
app.add_typer(bench.app, name="bench")


def print_version(wanted: bool) -> None:
    """Print the version and end, if it is wanted."""
    if wanted:
        sys.stdout.write(f"interlock {installed_version()}\n")
        raise typer.Exit


@app.callback()
def interlock(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=print_version)
    ] = False,
) -> None:
    """Coordinate automation, rules and people in one auditable flow."""


def main() -> None:
    """Run the command line; errors go to stderr with what to do, never as a traceback."""
    try:
        app()
    except CommandFailed as failed:
        sys.exit(report(failed.message, failed.hint, failed.code))
    except StartRefused as refused:
        sys.exit(report(str(refused), "", ExitCode.NOT_ASKED))


def report(message: str, hint: str, code: ExitCode) -> int:
    """Say on stderr what went wrong and what to do; returns the exit code."""
    sys.stderr.write(f"interlock: {message}\n")
    if hint:
        sys.stderr.write(f"  → {hint}\n")
    return int(code)
