"""`interlock policies suggestions`: what reviewers always decide alike, as a rule pack that somebody may propose."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table
from api.cli.pack_output import print_report
from api.cli.packs import last_report

MinSupport = Annotated[int, typer.Option(min=3, help="Cases that must have been decided alike.")]

app = typer.Typer(help="Suggested rules: list, show.", invoke_without_command=True)


@app.callback()
def suggestions(context: typer.Context, min_support: MinSupport = 10, as_json: AsJson = False) -> None:
    """List what reviewers always decide alike about a rule's question."""
    if context.invoked_subcommand is not None:
        return
    found = Client.from_settings().get("/policies/suggestions", min_support=min_support)
    if as_json:
        print_json(found)
        return
    rows = [
        (s["id"], s["rule"], s["decision"], s["predicate"], len(s["cases"]), percent(s["contradicted_at_most_bps"]))
        for s in found["suggestions"]
    ]
    print_table("Suggestions", ("id", "rule", "always", "where", "cases", "wrong at most"), rows)


@app.command("show")
def show(
    suggestion_id: Annotated[str, typer.Argument(metavar="ID")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the changed pack there.")] = None,
    min_support: MinSupport = 10,
    as_json: AsJson = False,
) -> None:
    """Show a suggestion with the replay of the pack that it would make; exit 1 where it makes none."""
    client = Client.from_settings()
    found = client.get(f"/policies/suggestions/{segment(suggestion_id)}", min_support=min_support)
    yaml = found["yaml"]
    report = last_report(client.post_lines("/policies/replays", {"yaml": yaml})) if yaml else None
    if out is not None and yaml:
        write(out, yaml)
    if as_json:
        print_json({**found, "report": report})
    else:
        _print(found, report, out)
    if yaml is None:
        raise typer.Exit(ExitCode.NO)


def _print(found: dict[str, Any], report: dict[str, Any] | None, out: Path | None) -> None:
    print_fields(
        {
            "rule": f"{found['pack']}/{found['rule']}",
            "at": f"{found['process']}, {found['step']}",
            "always": found["decision"],
            "corrected": found["corrected"] or None,
            "where": found["predicate"],
            "cases": len(found["cases"]),
            "wrong at most": percent(found["contradicted_at_most_bps"]),
            "no pack, because": found["why_not"] or None,
        }
    )
    if report is None:
        return
    if found["findings"]:
        rows = [(f["weight"], f["code"], "\n".join(f["rules"]), f["why"]) for f in found["findings"]]
        print_table("Lint", ("weight", "what", "rules", "why"), rows)
    print_report(report)
    if out is None:
        sys.stdout.write(found["yaml"])
    else:
        print_fields({"written": str(out), "next": f"interlock policies propose {out} --reason …"})


def percent(bps: int) -> str:
    """Hundredths of a percent in percent."""
    return f"{bps / 100:.2f} %"


def write(out: Path, text: str) -> None:
    """Write the text. Raises `CommandFailed`."""
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error.strerror}") from error
