"""`interlock process`: versions, rehearsal of a new one, and moving cases to it."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table

PAGE = 100
REHEARSALS = "api.rehearsals"

app = typer.Typer(no_args_is_help=True, help="Process versions: list, show, check, prove, migrate.")

AsMap = Annotated[list[str] | None, typer.Option("--map", help="old_step=new_step; repeatable.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every version that is registered, or that cases need, with its live cases."""
    found = Client.from_settings().get("/processes/versions")
    if as_json:
        print_json(found)
        return
    rows = [
        (v["name"], v["version"], v["digest"][:12], live(v["live"]), "yes" if v["drained"] else "no", state_of(v))
        for v in found["versions"]
    ]
    print_table("Processes", ("name", "version", "digest", "live cases", "drained", "state"), rows)


def live(cases: dict[str, int]) -> str:
    """Numbers by status, in one cell."""
    return ", ".join(f"{number} {status}" for status, number in sorted(cases.items())) or "–"


def state_of(version: dict[str, Any]) -> str:
    """Whether its cases can go on."""
    return "registered" if version["registered"] else "MISSING: its cases cannot go on"


@app.command("show")
def show(
    process: Annotated[str, typer.Argument(metavar="NAME@VERSION")],
    as_json: AsJson = False,
) -> None:
    """Show the steps of a registered version."""
    name, _, version = process.partition("@")
    known = Client.from_settings().get("/processes")["processes"]
    found = next((p for p in known if p["name"] == name and str(p["version"]) == version), None)
    if found is None:
        names = ", ".join(f"{p['name']}@{p['version']}" for p in known)
        raise CommandFailed(f"{process} is not registered", hint=f"there are {names}", code=ExitCode.NO)
    if as_json:
        print_json(found)
        return
    print_fields({"process": process, "title": found["title"], "rule pack": found["pack"], "digest": found["digest"]})
    rows = [(s["name"], s["kind"], s["stage"], ", ".join(s["destinations"])) for s in found["steps"]]
    print_table("Steps", ("name", "kind", "stage", "goes to"), rows)


@app.command("performers")
def performers(process: Annotated[str, typer.Argument(metavar="PROCESS")], as_json: AsJson = False) -> None:
    """Show how the performers of a process stand now, and who would be chosen."""
    found = Client.from_settings().get(f"/processes/{segment(process)}/performers")
    if as_json:
        print_json(found)
        return
    print_fields({"process": found["process"]})
    columns = ("performer", "kind", "able", "why", "takes", "done by")
    for step in found["steps"]:
        rows = [
            (p["performer"], p["kind"], "yes" if p["able"] else "no", p["why"], p["takes"], p["done_at"])
            for p in step["performers"]
        ]
        print_table(f"{step['step']}: {step['would_be'] or 'nobody'} ({step['because']})", columns, rows)


@app.command("check")
def check(
    new: Annotated[str, typer.Argument(metavar="NEW", help="name@version of the server, or module:attribute here.")],
    mapping: AsMap = None,
    allow: Annotated[bool, typer.Option("--allow", help="End with 0 even if cases do not fit.")] = False,
    as_json: AsJson = False,
) -> None:
    """Rehearse every live case against a new version; nothing is written and no tool is called."""
    names = names_of(mapping)
    pages = local_pages(new, names) if ":" in new else list(server_pages(Client.from_settings(), new, names))
    cases = [case for page in pages for case in page["cases"]]
    counts = Counter(case["fit"] for case in cases)
    if as_json:
        print_json({"process": pages[0]["process"] if pages else new, "counts": dict(counts), "cases": cases})
    else:
        rows = [(c["case"], f"@{c['version']}", c["status"], c["stands_at"], c["fit"], told(c)) for c in cases]
        columns = ("case", "pinned", "status", "stands at", "fit", "reasons, or what comes next")
        print_table(f"Rehearsal against {new}", columns, rows)
        print_fields({"cases": len(cases), **dict(sorted(counts.items()))})
    if counts.keys() - {"fits"} and not allow:
        raise typer.Exit(ExitCode.NO)


def told(case: dict[str, Any]) -> str:
    """Why the case does not fit, else what comes next."""
    return "\n".join(case["reasons"]) or f"next: {case['ahead']}"


def names_of(mapping: list[str] | None) -> dict[str, str]:
    """The mapping that `--map` options say. Raises `CommandFailed`."""
    pairs = [item.partition("=") for item in mapping or ()]
    if not all(old and new for old, _, new in pairs):
        raise CommandFailed("--map takes old_step=new_step")
    return {old: new for old, _, new in pairs}


def local_pages(path: str, names: dict[str, str]) -> list[dict[str, Any]]:
    """The rehearsal by this program's own code, on the settings' database."""
    views = importlib.import_module(REHEARSALS).rehearse(path, names)
    return [view.model_dump(mode="json") for view in views]


def server_pages(client: Client, new: str, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The server's rehearsal, page by page."""
    after: str | None = ""
    while after is not None:
        body = {"mapping": names, "after": after, "limit": PAGE}
        page = client.post(f"/processes/{segment(new)}/rehearsal", body)
        yield page
        after = page["next"]


@app.command("migrate")
def migrate(
    source: Annotated[str, typer.Argument(metavar="FROM", help="name@version that the cases are pinned to.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="name@version that they shall go on with.")],
    reason: Annotated[str, typer.Option(help="Why; it is recorded with every case.")],
    case: Annotated[list[str] | None, typer.Option("--case", help="A case to move, also if it diverges.")] = None,
    all_fitting: Annotated[bool, typer.Option("--all-fitting", help="Move every case that fits.")] = False,
    mapping: AsMap = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be moved; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Move cases to another version of their process, each in a transaction of its own."""
    if bool(case) is all_fitting:
        raise CommandFailed("say which cases", hint="--case ID, repeatable, or --all-fitting")
    client, names = Client.from_settings(), names_of(mapping)
    ids = case or fitting(client, source, target, names)
    body = {"source": source, "target": target, "mapping": names, "reason": reason, "dry_run": dry_run}
    results: list[dict[str, Any]] = []
    for start in range(0, len(ids), PAGE):
        part = {**body, "cases": ids[start : start + PAGE], "only_fitting": all_fitting}
        results += client.post("/processes/migrations", part)["cases"]
    if as_json:
        print_json({"source": source, "target": target, "dry_run": dry_run, "cases": results})
    else:
        rows = [(r["case"], moved(r, dry_run=dry_run), r["stands_at"], len(r["lapsed"]), r["why"]) for r in results]
        print_table(f"{source} → {target}", ("case", "moved", "stands at", "asked anew", "why not"), rows)
    if any(not result["moved"] for result in results):
        raise typer.Exit(ExitCode.NO)


def fitting(client: Client, source: str, target: str, names: dict[str, str]) -> list[str]:
    """The cases of `source` that fit `target`."""
    version = source.partition("@")[2]
    cases = (case for page in server_pages(client, target, names) for case in page["cases"])
    return [case["case"] for case in cases if case["fit"] == "fits" and str(case["version"]) == version]


def moved(result: dict[str, Any], *, dry_run: bool) -> str:
    """What became of the case, in one word or two."""
    if not result["moved"]:
        return "no"
    return "would be" if dry_run else "yes"
