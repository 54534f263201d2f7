"""`interlock policies`: rule packs, from a proposal over its replay to its activation by a second person."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.client import Client, read_file, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table
from api.cli.pack_output import LIMIT_COLUMNS, limit_row, newest_numbers, print_proposals, print_report

app = typer.Typer(
    no_args_is_help=True,
    help="Rule packs: write, check, explain, propose, replay, approve.",
)

AsDigest = Annotated[str, typer.Argument(metavar="DIGEST", help="The pack's digest, or its beginning.")]
AsReason = Annotated[str, typer.Option(help="Why; it is shown and recorded.")]
AsParameters = Annotated[
    list[str] | None, typer.Option("--parameter", help="name=value: the tenant's own; repeatable.")
]
BEGINNING = 8
"""Characters of a digest that name it."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the stored rule packs, which are active, and what is proposed."""
    client = Client.from_settings()
    found = client.get("/policies/packs")
    waiting = client.get("/policies/proposals", open=True)["proposals"]
    if as_json:
        print_json({**found, "proposals": waiting})
        return
    numbers = newest_numbers(found["activations"])
    rows = [
        (
            p["pack"],
            p["version"],
            p["digest"][:12],
            numbers.get((p["pack"], p["digest"]), ""),
            p["stored_by"],
            p["note"],
        )
        for p in found["packs"]
    ]
    print_table("Rule packs", ("pack", "version", "digest", "active", "stored by", "note"), rows)
    print_proposals(waiting)


@app.command("show")
def show(
    digest: AsDigest,
    report: Annotated[bool, typer.Option("--report", help="The replay of its open proposal instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the text of a stored rule pack, or what its replay found."""
    client = Client.from_settings()
    if not report:
        found = client.get(f"/policies/packs/{whole_digest(digest)}")
        if as_json:
            print_json(found)
            return
        sys.stdout.write(found["yaml"])
        return
    proposal = replayed_proposal(client, digest)
    detail = client.get(f"/policies/proposals/{proposal['id']}")
    if as_json:
        print_json(detail)
        return
    print_proposals([detail["proposal"]])
    print_report(detail["report"])


@app.command("propose")
def propose(
    reason: AsReason,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The pack as YAML.")] = None,
    digest: Annotated[
        str | None, typer.Option(help="A stored pack instead: to go back, or for its parameters.")
    ] = None,
    parameter: AsParameters = None,
    from_at: Annotated[str | None, typer.Option("--from", metavar="INSTANT", help="Not before this instant.")] = None,
    cases_since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only cases that start on this day or later.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Propose a rule pack, and replay it over the past; a second person can then approve it."""
    body = {
        "yaml": read_text(file) if file else None,
        "digest": whole_digest(digest) if digest else None,
        "parameters": values_of(parameter),
        "from_at": from_at,
        "cases_since": cases_since,
        "reason": reason,
    }
    client = Client.from_settings()
    proposal = client.post("/policies/proposals", body)
    report = last_report(client.post_lines(f"/policies/proposals/{proposal['id']}/replays"))
    shown = client.get(f"/policies/proposals/{proposal['id']}")
    if as_json:
        print_json(shown)
        return
    print_proposals([shown["proposal"]])
    print_report(report)


@app.command("replay")
def replay(
    pack: Annotated[Path | None, typer.Option(metavar="FILE", help="A text that nobody has proposed.")] = None,
    proposal: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="An open proposal: its report is kept.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only verdicts since this day.")] = None,
    case: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this case; repeatable.")] = None,
    parameter: AsParameters = None,
    as_json: AsJson = False,
) -> None:
    """Judge the recorded facts of past verdicts by other rules, and say what would have changed."""
    if (pack is None) == (proposal is None):
        raise CommandFailed("replay either --pack FILE or --proposal DIGEST")
    client = Client.from_settings()
    if pack is not None:
        body = {"yaml": read_text(pack), "parameters": values_of(parameter), "since": since, "cases": case}
        report = last_report(client.post_lines("/policies/replays", body))
    elif since or case or parameter:
        raise CommandFailed("--since, --case and --parameter are for --pack: a proposal says itself what is replayed")
    else:
        found = open_proposal(client, proposal or "")
        report = last_report(client.post_lines(f"/policies/proposals/{found['id']}/replays"))
    if as_json:
        print_json(report)
        return
    print_report(report)


@app.command("limits")
def limits(
    pack: Annotated[str | None, typer.Argument(metavar="PACK", help="Without it, the limits of all packs.")] = None,
    newly_allowed: Annotated[str | None, typer.Option(metavar="PERCENT", help="Of the replayed cases.")] = None,
    newly_blocked: Annotated[str | None, typer.Option(metavar="PERCENT")] = None,
    extra_tasks: Annotated[str | None, typer.Option(metavar="PERCENT")] = None,
    unknown: Annotated[str, typer.Option(metavar="PERCENT", help="Cases whose facts were not recorded.")] = "0",
    money: Annotated[
        list[str] | None, typer.Option(metavar="CUR=MINOR", help="Newly allowed, in minor units; repeatable.")
    ] = None,
    window_days: Annotated[int, typer.Option(min=1, help="Days of verdicts that a replay covers.")] = 90,
    report_hours: Annotated[int, typer.Option(min=1, help="How old a report may be against the newest verdict.")] = 24,
    as_json: AsJson = False,
) -> None:
    """Show, or set, how much a new version of a pack may change at once."""
    client = Client.from_settings()
    if pack is None:
        found = client.get("/policies/limits")
        if as_json:
            print_json(found)
            return
        print_table("Limits", LIMIT_COLUMNS, [limit_row(row) for row in found["limits"]])
        return
    if newly_allowed is None or newly_blocked is None or extra_tasks is None:
        raise CommandFailed("name all three: --newly-allowed, --newly-blocked and --extra-tasks")
    body = {
        "max_newly_allowed_bps": bps(newly_allowed),
        "max_newly_blocked_bps": bps(newly_blocked),
        "max_extra_tasks_bps": bps(extra_tasks),
        "max_unknown_bps": bps(unknown),
        "max_money_allowed": values_of(money),
        "window_days": window_days,
        "report_hours": report_hours,
    }
    row = client.put(f"/policies/limits/{segment(pack)}", body)
    if as_json:
        print_json(row)
        return
    print_table("Limits", LIMIT_COLUMNS, [limit_row(row)])


@app.command("approve")
def approve(
    digest: AsDigest,
    report: Annotated[str, typer.Option(metavar="DIGEST", help="The report that you have seen, or its beginning.")],
    as_json: AsJson = False,
) -> None:
    """Activate an open proposal as its second person."""
    client = Client.from_settings()
    proposal = replayed_proposal(client, digest)
    known = proposal["replay"]["report_digest"]
    if len(report) < BEGINNING or not known.startswith(report):
        hint = f"interlock policies show {proposal['digest'][:12]} --report"
        raise CommandFailed(f"the newest report is {known[:12]}, not {report}", hint=hint, code=ExitCode.NO)
    body = {"digest": proposal["digest"], "report_digest": known}
    activation = client.post(f"/policies/proposals/{proposal['id']}/approve", body)
    if as_json:
        print_json(activation)
        return
    print_fields({key: activation[key] for key in ("pack", "number", "digest", "parameters", "from_at", "cases_since")})


@app.command("history")
def history(
    pack: Annotated[str | None, typer.Argument(metavar="PACK", help="Without it, of all packs.")] = None,
    as_json: AsJson = False,
) -> None:
    """List every activation, newest first: who proposed and approved it, and on which report."""
    found = Client.from_settings().get("/policies/packs")["activations"]
    chosen = [one for one in found if pack is None or one["pack"] == pack]
    if as_json:
        print_json({"activations": chosen})
        return
    columns = ("pack", "number", "digest", "parameters", "from", "cases since", "proposed by", "approved by", "report")
    rows = [
        (
            one["pack"],
            one["number"],
            one["digest"][:12],
            one["parameters"] or None,
            one["from_at"],
            one["cases_since"],
            one["proposed_by"],
            one["approved_by"],
            (one["report_digest"] or "")[:12] or None,
        )
        for one in chosen
    ]
    print_table("Activations", columns, rows)


@app.command("withdraw")
def withdraw(digest: AsDigest, reason: AsReason, as_json: AsJson = False) -> None:
    """Close an open proposal without activating it."""
    client = Client.from_settings()
    proposal = open_proposal(client, digest)
    withdrawn = client.post(f"/policies/proposals/{proposal['id']}/withdraw", {"reason": reason})
    if as_json:
        print_json(withdrawn)
        return
    print_proposals([withdrawn])


def open_proposal(client: Client, digest: str) -> dict[str, Any]:
    """The one open proposal of that pack. Raises `CommandFailed`."""
    found: list[dict[str, Any]] = client.get("/policies/proposals", open=True, digest=digest)["proposals"]
    if len(found) != 1:
        hint = "interlock policies list names the open proposals; withdraw those that are not meant"
        raise CommandFailed(f"{len(found)} open proposals are of {digest}", hint=hint, code=ExitCode.NO)
    return found[0]


def replayed_proposal(client: Client, digest: str) -> dict[str, Any]:
    """The one open proposal of that pack, once it was replayed. Raises `CommandFailed`."""
    proposal = open_proposal(client, digest)
    if proposal["replay"] is None:
        hint = f"interlock policies replay --proposal {proposal['digest'][:12]}"
        raise CommandFailed(f"the proposal of {proposal['pack']} was not replayed", hint=hint, code=ExitCode.NO)
    return proposal


def whole_digest(beginning: str) -> str:
    """The digest of the one stored pack that begins so. Raises `CommandFailed`."""
    packs = Client.from_settings().get("/policies/packs")["packs"]
    found: list[str] = [pack["digest"] for pack in packs if pack["digest"].startswith(beginning)]
    if len(found) != 1:
        hint = "interlock policies list names the stored packs"
        raise CommandFailed(f"{len(found)} stored packs are called {beginning}", hint=hint, code=ExitCode.NO)
    return found[0]


def read_text(file: Path) -> str:
    """The file as text. Raises `CommandFailed`."""
    try:
        return read_file(file).decode()
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{file} is not UTF-8 text") from error


def values_of(pairs: list[str] | None) -> dict[str, bool | int | str]:
    """`name=value` pairs; whole numbers and true or false are taken as such. Raises `CommandFailed`."""
    found: dict[str, bool | int | str] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise CommandFailed(f"{pair!r} is not name=value")
        number = value.removeprefix("-")
        plain = number.isascii() and number.isdigit()
        found[name] = {"true": True, "false": False}.get(value, int(value) if plain else value)
    return found


def bps(percent: str) -> int:
    """A percentage in hundredths. Raises `CommandFailed`."""
    try:
        hundredths = Decimal(percent) * 100
    except InvalidOperation as error:
        raise CommandFailed(f"{percent!r} is no percentage") from error
    if hundredths != hundredths.to_integral_value():
        raise CommandFailed(f"{percent!r}: a percentage has two decimal places at most")
    return int(hundredths)


def last_report(lines: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The report at the end; progress goes to standard error. Raises `CommandFailed`."""
    for line in lines:
        if "report" in line:
            report: dict[str, Any] = line["report"]
            return report
        if "problem" in line:
            problem = line["problem"]
            raise CommandFailed(f"{problem['detail']} [{problem['code']}]", code=ExitCode.NO)
        done = line["progress"]
        if sys.stderr.isatty():
            sys.stderr.write(f"\rentry {done['entry']} of {done['of']}, {done['verdicts']} verdicts")
    raise CommandFailed("the server broke off before the report")
