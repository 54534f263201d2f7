"""`interlock documents`: read documents here, without a server."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from api.cli.failure import ExitCode
from api.cli.output import print_fields, print_table
from tools.document.errors import DocumentRefused
from tools.document.isolation import read_document_isolated
from tools.document.reading import Reading, to_json_line

READ_AT_ONCE = 2

app = typer.Typer(no_args_is_help=True, help="Documents: read.")


class FileUnreadable(DocumentRefused):
    """The file cannot be opened: it is absent, a folder, or not ours to read."""

    code: ClassVar[str] = "file_unreadable"


@app.command("read")
def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a document, a line each.")] = False,
) -> None:
    """Read documents into fields. Exit 1 when a file could not be opened; a refused document is an answer."""
    outcomes = asyncio.run(_read_all(files))
    for file, outcome in zip(files, outcomes, strict=True):
        if as_json:
            sys.stdout.write(to_json_line(str(file), outcome) + "\n")
        else:
            _print(file, outcome)
    if any(isinstance(outcome, FileUnreadable) for outcome in outcomes):
        raise typer.Exit(ExitCode.NO)


async def _read_all(files: list[Path]) -> list[Reading | DocumentRefused]:
    slots = asyncio.Semaphore(READ_AT_ONCE)
    return await asyncio.gather(*(_read(file, slots) for file in files))


async def _read(file: Path, slots: asyncio.Semaphore) -> Reading | DocumentRefused:
    async with slots:
        try:
            content = await asyncio.to_thread(file.read_bytes)
            return await read_document_isolated(content, name=file.name)
        except OSError as error:
            return FileUnreadable(f"{file} cannot be opened: {error.strerror}")
        except DocumentRefused as refused:
            return refused


def _print(file: Path, outcome: Reading | DocumentRefused) -> None:
    if isinstance(outcome, DocumentRefused):
        print_fields({str(file): f"refused: {outcome.message} [{outcome.code}]"})
        return
    rows = [
        (name, fact.value, f"{fact.confidence:.2f}", fact.source.page, fact.source.reader)
        for name, fact in outcome.fields.items()
    ]
    print_table(f"{file} ({outcome.kind.value})", ("field", "value", "confidence", "page", "read from"), rows)
    lines = [(line.description, line.quantity, line.unit_price, line.amount) for line in outcome.lines]
    if lines:
        print_table("Lines", ("description", "quantity", "unit price", "amount"), lines)
    for finding in outcome.findings:
        print_fields({finding.code: finding.message})
