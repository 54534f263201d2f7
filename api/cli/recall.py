"""`interlock recall`: what was decided with something that was wrong, frozen, decided again, followed to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed
from api.cli.output import AsJson, print_fields, print_json, print_table

RecallId = Annotated[str, typer.Argument(metavar="ID")]
Since = Annotated[str | None, typer.Option(metavar="INSTANT", help="Only decisions since then.")]
Until = Annotated[str | None, typer.Option(metavar="INSTANT", help="Only decisions before then.")]
Reason = Annotated[str | None, typer.Option(help="Why; it opens a recall, which is kept and recorded.")]
Ask = Annotated[bool, typer.Option("--ask", help="With --redecide: ask models again, under the prompts of now.")]
LISTED = 1_000

app = typer.Typer(help="Recall decisions: find, freeze, decide again, show, close.", invoke_without_command=True)


@app.callback()
def recall(
    context: typer.Context,
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="Answers of this model.")] = None,
    prompt: Annotated[str | None, typer.Option(metavar="NAME@VERSION", help="Answers to this prompt.")] = None,
    rule: Annotated[
        str | None, typer.Option(metavar="PACK/RULE[@VERSION]", help="Where it fired; or PACK@VERSION: all it judged.")
    ] = None,
    connector: Annotated[str | None, typer.Option(metavar="NAME[@BUILD]", help="Calls that it answered.")] = None,
    since: Since = None,
    until: Until = None,
    reason: Reason = None,
    freeze: Annotated[bool, typer.Option("--freeze", help="Suspend the open cases; needs --reason.")] = False,
    redecide: Annotated[
        bool, typer.Option("--redecide", help="Decide again by the rules active now; needs --reason.")
    ] = False,
    ask: Ask = False,
    as_json: AsJson = False,
) -> None:
    """List every decision made with a model, prompt, rule or connector; with --reason, open a recall of them."""
    if context.invoked_subcommand is not None:
        return
    what, name = _target({"model": model, "prompt": prompt, "rule": rule, "connector": connector})
    client = Client.from_settings()
    if reason is None:
        if freeze or redecide or ask:
            raise CommandFailed("say why: --reason opens the recall that freezes or decides again")
        _print_found(client.get("/recalls/decisions", what=what, name=name, since=since, until=until), as_json)
        return
    body = {"what": what, "name": name, "since": since, "until": until, "reason": reason}
    found = client.post("/recalls", body)
    _carried_out(client, found, freeze=freeze, redecide=redecide, ask=ask, as_json=as_json)


@app.command("go-on")
def go_on(
    recall_id: RecallId,
    freeze: Annotated[bool, typer.Option("--freeze", help="Suspend the cases that are still open.")] = False,
    redecide: Annotated[bool, typer.Option("--redecide", help="Decide again what was not yet.")] = False,
    ask: Ask = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a recall: what was decided with the same thing since comes in, too."""
    if not (freeze or redecide):
        raise CommandFailed("say what to go on with: --freeze, --redecide or both")
    client = Client.from_settings()
    found = client.get(f"/recalls/{segment(recall_id)}", limit=1)
    _carried_out(client, found, freeze=freeze, redecide=redecide, ask=ask, as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List recalls, newest first."""
    found = Client.from_settings().get("/recalls")
    if as_json:
        print_json(found)
        return
    rows = [(r["id"], _named(r), r["status"], _sums(r["decisions"]), r["ordered_at"]) for r in found["recalls"]]
    print_table("Recalls", ("id", "of", "status", "decisions", "opened"), rows)


@app.command("show")
def show(recall_id: RecallId, as_json: AsJson = False) -> None:
    """Show how far a recall is, and every decision of it."""
    _print_recall(Client.from_settings().get(f"/recalls/{segment(recall_id)}"), as_json)


@app.command("close")
def close(
    recall_id: RecallId,
    reason: Annotated[str, typer.Option(help="What came of it; it is recorded.")],
    resume: Annotated[bool, typer.Option("--resume", help="Let the cases go on that the recall suspended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Close a recall whose decisions are confirmed, or their incidents closed."""
    client = Client.from_settings()
    client.post(f"/recalls/{segment(recall_id)}/close", {"reason": reason, "resume": resume})
    _print_recall(client.get(f"/recalls/{segment(recall_id)}"), as_json)


def _target(given: dict[str, str | None]) -> tuple[str, str]:
    named = [(what, name) for what, name in given.items() if name is not None]
    if len(named) != 1:
        raise CommandFailed("name one of --model, --prompt, --rule and --connector")
    return named[0]


def _carried_out(
    client: Client, found: dict[str, Any], *, freeze: bool, redecide: bool, ask: bool, as_json: bool
) -> None:
    """Freeze, then decide again, call by call, until nothing is left."""
    path = f"/recalls/{segment(found['id'])}"
    if freeze:
        _until(lambda: client.post(f"{path}/freeze"), "to_freeze")
    if redecide:
        _until(lambda: client.post(f"{path}/redecide{'?ask=true' if ask else ''}"), "to_judge")
    _print_recall(client.get(path), as_json)


def _until(step: Callable[[], dict[str, Any]], left: str) -> None:
    while step()[left]:
        continue


def _print_found(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    rows = [
        (d["case"], d["step"], d["visit"], d["at"], d["case_status"], d["outcome"], d["entry"])
        for d in found["decisions"]
    ]
    print_table("Decisions", ("case", "step", "visit", "at", "case is", "outcome", "entry"), rows)
    print_fields({"decisions": found["total"], "cases": found["cases"], "listed": len(rows)})
    if not rows and found["versions"]:
        versions = [(v["version"] or "–", v["digest"][:12] or "–", v["decisions"]) for v in found["versions"]]
        print_table("There are decisions with", ("version", "digest", "decisions"), versions)


def _print_recall(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_fields(
        {
            "recall": found["id"],
            "of": _named(found),
            "because": found["reason"],
            "status": found["status"],
            "decisions": _sums(found["decisions"]),
            "cases held": _sums(found["cases_held"]),
        }
    )
    rows = [
        (d["case"], d["step"], d["visit"], d["outcome"], d["again"], d["status"], d["incident"])
        for d in found["listed"]
        if d["status"] != "confirmed"
    ]
    if rows:
        headings = ("case", "step", "visit", "was", "decided again", "status", "incident")
        print_table("Decisions that are not simply confirmed", headings, rows)
    if sum(found["decisions"].values()) > LISTED:
        print_fields({"shown": f"the first {LISTED}; the API has the rest"})


def _named(found: dict[str, Any]) -> str:
    return f"{found['what']} {found['name']}{'@' if found['version'] else ''}{found['version']}"


def _sums(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "none"
