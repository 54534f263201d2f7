"""`interlock documents`: read documents here, without a server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from api.cli.failure import ExitCode
from api.cli.output import print_fields, print_table
from api.settings import load_settings
from tools.document.archive import is_archive
from tools.document.errors import DocumentRefused, DocumentTooLarge
from tools.document.isolation import Safeguards, read_document_isolated, unpack_isolated
from tools.document.reading import Reading, to_json_line
from tools.document.validation.validator import Validator
from tools.document.virus_scan import scanner_of

READ_AT_ONCE = 2

Outcome = tuple[str, Reading | DocumentRefused]
"""What a document is called, and what came of it."""

app = typer.Typer(no_args_is_help=True, help="Documents: read.")


class FileUnreadable(DocumentRefused):
    """The file cannot be opened: it is absent, no plain file, or not ours to read."""

    code: ClassVar[str] = "file_unreadable"


@app.command("read")
def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a document, a line each.")] = False,
) -> None:
    """Read documents, all files of folders, and what archives hold, into fields.

    Exit 1 when a file could not be opened; a document that is refused by name is an answer.
    """
    outcomes = asyncio.run(_read_all(list(_files(files)), as_json=as_json))
    if any(isinstance(outcome, FileUnreadable) for outcome in outcomes):
        raise typer.Exit(ExitCode.NO)


def _files(paths: list[Path]) -> Iterator[Path]:
    """The paths, folders replaced by the files below them in order of their names; hidden ones are left out."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        below = [one for one in sorted(path.rglob("*")) if one.is_file() and not _hidden(one.relative_to(path))]
        # A folder without a file is answered like a file that cannot be opened, not passed over.
        yield from below or [path]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


async def _read_all(files: list[Path], *, as_json: bool) -> list[Reading | DocumentRefused]:
    """Read the files, two at once; print each as soon as it and all before it are read."""
    slots = asyncio.Semaphore(READ_AT_ONCE)
    setting = load_settings().virus_scan
    validator = Validator()
    safeguards = Safeguards(scanner=scanner_of(setting) if setting else None, validator=validator)
    shown: list[Reading | DocumentRefused] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_read(file, slots, safeguards)) for file in files]
            for done, task in enumerate(tasks, start=1):
                for name, outcome in await task:
                    _show(name, outcome, as_json=as_json)
                    shown.append(outcome)
                _progress(done, len(tasks))
    finally:
        validator.close()
    return shown


async def _read(file: Path, slots: asyncio.Semaphore, safeguards: Safeguards) -> list[Outcome]:
    async with slots:
        try:
            content = await asyncio.to_thread(_content, file, safeguards.limits.max_bytes)
            if not is_archive(content):
                return [(str(file), await read_document_isolated(content, name=file.name, safeguards=safeguards))]
            members = await unpack_isolated(content, name=file.name, safeguards=safeguards)
        except DocumentRefused as refused:
            return [(str(file), refused)]
        return [(f"{file}/{member.name}", await _member(member.content, member.name, safeguards)) for member in members]


async def _member(content: bytes, name: str, safeguards: Safeguards) -> Reading | DocumentRefused:
    try:
        return await read_document_isolated(content, name=name, safeguards=safeguards)
    except DocumentRefused as refused:
        return refused


def _content(file: Path, most: int) -> bytes:
    """The bytes of `file`. Raises `FileUnreadable`, or `DocumentTooLarge` before they are in memory."""
    try:
        if file.exists() and not file.is_file():
            raise FileUnreadable(f"{file} is no plain file, or a folder without any")
        if file.stat().st_size > most:
            raise DocumentTooLarge(f"{file} has {file.stat().st_size} bytes; at most {most} are read")
        return file.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{file} cannot be opened: {error.strerror}") from None


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty() and of > 1:
        sys.stderr.write(f"\r{done} of {of} files" + ("\n" if done == of else ""))
        sys.stderr.flush()


def _show(name: str, outcome: Reading | DocumentRefused, *, as_json: bool) -> None:
    # A file's name may be bytes that are no text; a message may quote it.
    file = _printable(name)
    if as_json:
        sys.stdout.write(_printable(to_json_line(file, outcome)) + "\n")
        sys.stdout.flush()
    elif isinstance(outcome, DocumentRefused):
        print_fields({file: _printable(f"refused: {outcome.message} [{outcome.code}]")})
    else:
        _print(file, outcome)


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _print(file: str, reading: Reading) -> None:
    rows = [
        (name, fact.value, f"{fact.confidence:.2f}", fact.source.page, fact.source.reader)
        for name, fact in reading.fields.items()
    ]
    print_table(f"{file} ({reading.kind.value})", ("field", "value", "confidence", "page", "read from"), rows)
    lines = [(line.description, line.quantity, line.unit_price, line.amount) for line in reading.lines]
    if lines:
        print_table("Lines", ("description", "quantity", "unit price", "amount"), lines)
    if reading.validated_against:
        print_fields({"validated against": reading.validated_against})
    for finding in reading.findings:
        print_fields({finding.code: finding.message})
