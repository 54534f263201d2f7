"""`interlock policies`: decision tables as CSV, DMN files as packs, and the schema for editors. Works on files."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
import yaml

from api.cli.client import read_file, read_text
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_json, print_table
from policies.boundary_table import check_examples
from policies.dmn import ImportedTable, read_dmn
from policies.dmn_pack import pack_of
from policies.errors import PackInvalid
from policies.judgement import RuleBook
from policies.pack import RulePack
from policies.pack_file import read_pack
from policies.pack_schema import pack_schema
from policies.pack_text import with_table
from policies.table_file import from_csv, to_csv

app = typer.Typer(no_args_is_help=True, help="Rule packs: tables, schema, import.")

PackFile = Annotated[Path, typer.Argument(metavar="PACK.yaml", help="The file of the rule pack.")]


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of rule packs, for editors that check and complete YAML."""
    sys.stdout.write(json.dumps(pack_schema(), indent=2, ensure_ascii=False) + "\n")


@app.command("tables")
def tables(pack_file: PackFile, as_json: AsJson = False) -> None:
    """List the decision tables of a pack."""
    pack = pack_in(pack_file)
    if as_json:
        print_json({"pack": pack.pack, "tables": [dumped(name, pack) for name in pack.tables]})
        return
    rows = [
        (name, table.hit.value, len(table.rows), names(table.inputs), names(table.outputs), table.description)
        for name, table in pack.tables.items()
    ]
    print_table(f"Tables of {pack.pack}", ("table", "hit policy", "rows", "tests", "gives", "what it says"), rows)


def names(columns: object) -> str:
    """Names of columns in one cell."""
    return ", ".join(column.name for column in columns)  # type: ignore[attr-defined]  # inputs or outputs


def dumped(name: str, pack: RulePack) -> dict[str, object]:
    """A table as JSON."""
    return {"name": name, **pack.tables[name].model_dump(mode="json", by_alias=True)}


@app.command("export-table")
def export_table(
    pack_file: PackFile,
    table: Annotated[str, typer.Argument(help="Name of the table.")],
    out: Annotated[Path | None, typer.Option(help="The CSV file to write; without it, standard output.")] = None,
) -> None:
    """Write a decision table as CSV, for a spreadsheet."""
    pack = pack_in(pack_file)
    if table not in pack.tables:
        known = ", ".join(pack.tables) or "none"
        raise CommandFailed(f"{pack_file} has no table {table!r}", hint=f"tables: {known}", code=ExitCode.NO)
    written = to_csv(pack.tables[table])
    if out is None:
        sys.stdout.write(written)
    else:
        out.write_text(written, encoding="utf-8", newline="")


@app.command("import-table")
def import_table(
    pack_file: PackFile,
    table: Annotated[str, typer.Argument(help="Name of the table.")],
    csv_file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The rows, as export-table wrote them.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, and write nothing.")] = False,
) -> None:
    """Put the rows of a CSV file into a pack, and leave everything else in its file as it was written.

    The pack's boundary tables run before it is written: what no longer holds is shown, and nothing is changed.
    """
    text, pack = read_text(pack_file), pack_in(pack_file)
    try:
        if table not in pack.tables:
            raise PackInvalid(where=str(pack_file), why=f"has no table {table!r}")
        changed = from_csv(read_text(csv_file), pack.tables[table], name=str(csv_file))
        written = with_table(text, table, changed, where=str(pack_file))
        check_examples(RuleBook(read_pack(written, name=str(pack_file))))
    except PackInvalid as error:
        raise CommandFailed(str(error), hint="nothing was written", code=ExitCode.NO) from error
    if not dry_run:
        pack_file.write_text(written, encoding="utf-8")
    sys.stderr.write(f"{'would hold' if dry_run else 'holds'} {len(changed.rows)} rows\n")


@app.command("import-dmn")
def import_dmn(
    dmn_file: Annotated[Path, typer.Argument(metavar="FILE.dmn", help="A DMN 1.2 to 1.5 file.")],
    decision: Annotated[str | None, typer.Option(help="Which decision, where the file holds several.")] = None,
    examples: Annotated[
        Path | None, typer.Option(help="CSV of facts and what is expected: makes a whole pack of rules.")
    ] = None,
    point: Annotated[str, typer.Option(help="The decision point at which the rules stand.")] = "decide",
    regulation: Annotated[str, typer.Option(help="The regulation or policy that the table carries out.")] = "",
    clause: Annotated[str, typer.Option(help="Its clause.")] = "",
    out: Annotated[Path | None, typer.Option(help="The YAML file to write; without it, standard output.")] = None,
) -> None:
    """Import a DMN decision table: with `--examples` as a pack, else as fields and a table to put into one."""
    try:
        found = chosen(read_dmn(read_file(dmn_file), name=str(dmn_file)), decision)
        data = table_data(found) if examples is None else pack_data(found, examples, point, regulation, clause)
    except PackInvalid as error:
        raise CommandFailed(str(error), code=ExitCode.NO) from error
    written = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
    if out is None:
        sys.stdout.write(written)
    else:
        out.write_text(written, encoding="utf-8")


def chosen(found: list[ImportedTable], decision: str | None) -> ImportedTable:
    """The one decision that is meant. Raises `CommandFailed`."""
    named = [each for each in found if decision in (None, each.title, each.name)]
    if len(named) != 1:
        titles = ", ".join(repr(each.title) for each in found)
        raise CommandFailed("say which decision", hint=f"--decision, one of {titles}")
    return named[0]


def table_data(found: ImportedTable) -> dict[str, object]:
    """Fields and table, as they stand in a pack. Raises `PackInvalid`."""
    table = found.table().model_dump(mode="json", by_alias=True, exclude_defaults=True)
    fields = {name: field.model_dump(mode="json", exclude_none=True) for name, field in found.fields.items()}
    return {"fields": fields, "tables": {found.name: table}}


def pack_data(found: ImportedTable, examples: Path, point: str, regulation: str, clause: str) -> dict[str, object]:
    """A pack whose rules do what the examples say. Raises `PackInvalid` or `CommandFailed`."""
    if not regulation or not clause:
        raise CommandFailed("a rule names what it enforces", hint="--regulation … --clause …")
    source = {"regulation": regulation, "clause": clause}
    version = f"{date.today():%Y.%m}.1"  # noqa: DTZ011 - a name for people
    pack = pack_of(found, read_text(examples), name=found.name, version=version, point=point, source=source)
    check_examples(RuleBook(pack))
    return pack.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def pack_in(path: Path) -> RulePack:
    """The pack in a file. Raises `CommandFailed`."""
    try:
        return read_pack(read_text(path), name=str(path))
    except PackInvalid as error:
        raise CommandFailed(str(error), code=ExitCode.NO) from error
