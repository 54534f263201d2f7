"""`interlock`: every command, and how errors reach the shell."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from api.cli import server
from api.cli.failure import CommandFailed, ExitCode
from api.cli.groups import GROUPS, loaded
from api.errors import StartRefused
from api.version import installed_version


def print_version(wanted: bool) -> None:
    """Print the version and end, if it is wanted."""
    if wanted:
        sys.stdout.write(f"interlock {installed_version()}\n")
        raise typer.Exit


def interlock(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=print_version)
    ] = False,
) -> None:
    """Coordinate automation, rules and people in one auditable flow."""


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """The command line for these arguments: with what they begin with, and with everything where that is no command."""
    app = typer.Typer(
        name="interlock",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="Interlock: automation, rules and people in one auditable flow.",
        callback=interlock,
    )
    for command in server.COMMANDS:
        app.command()(command)
    begun = arguments[0] if arguments else ""
    alone = begun in {*GROUPS, *(command.__name__ for command in server.COMMANDS), "--version"}
    for name in (name for name in GROUPS if not alone or name == begun):
        app.add_typer(loaded(name), name=name)
    return app


def main() -> None:
    """Run the command line; errors go to stderr with what to do, never as a traceback."""
    try:
        application(sys.argv[1:])()
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
