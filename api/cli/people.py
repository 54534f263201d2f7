"""`interlock people`: who works how, who is away, who gets a task, and what happens when somebody leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.authority import day
from api.cli.client import Client, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_line, print_table

app = typer.Typer(no_args_is_help=True, help="People: list, show, set, skills, who, offboard; absence and team.")
absence = typer.Typer(no_args_is_help=True, help="Absences: add, end, reassign.")
team = typer.Typer(no_args_is_help=True, help="Teams: list, set.")
app.add_typer(absence, name="absence")
app.add_typer(team, name="team")

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="Login or id.")]
Reason = Annotated[str, typer.Option(help="Why; it is recorded.")]
NONE = "none"
"""What takes a setting away."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List everybody with what they have open."""
    found = Client.from_settings().get("/people")
    if as_json:
        print_json(found)
        return
    rows = [
        (p["login"], p["name"], state(p), ", ".join(p["roles"]), p["open_tasks"], p["open_minutes"], skills_text(p))
        for p in found["people"]
    ]
    print_table("People", ("login", "name", "state", "roles", "open", "minutes", "skills"), rows)


@app.command("show")
def show(login: Login, as_json: AsJson = False) -> None:
    """Show how somebody works, when they are away and what they have open."""
    _print_person(Client.from_settings().get(f"/people/{segment(login)}"), as_json=as_json)


@app.command("set")
def set_(
    login: Login,
    reason: Reason,
    zone: Annotated[str | None, typer.Option(help="Time zone, as Europe/Vienna.")] = None,
    calendar: Annotated[str | None, typer.Option(help=f"Business calendar of their hours, or `{NONE}`.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="A language they speak; repeatable.")] = None,
    open_limit: Annotated[str | None, typer.Option(help=f"Most open tasks, or `{NONE}`.")] = None,
    manager: Annotated[str | None, typer.Option(help=f"Login of the manager, or `{NONE}`.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change how somebody works; what is not named stays."""
    changes: dict[str, Any] = {"zone": zone, "calendar": calendar, "languages": language, "manager": manager}
    changes["open_limit"] = _number(open_limit)
    _change(login, {name: value for name, value in changes.items() if value is not None}, reason, as_json=as_json)


@app.command("skills")
def skills(
    login: Login,
    reason: Reason,
    skill: Annotated[
        list[str] | None, typer.Option("--skill", metavar="NAME=LEVEL", help="A skill, 1 to 5; 0 takes it away.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change somebody's skills; what is not named stays."""
    client = Client.from_settings()
    before = client.get(f"/people/{segment(login)}")["profile"]
    levels = {**(before["skills"] if before else {}), **dict(_level(text) for text in skill or ())}
    wanted = {name: level for name, level in levels.items() if level != 0}
    _change(login, {"skills": wanted}, reason, as_json=as_json)


@app.command("who")
def who(
    task_id: Annotated[str, typer.Argument(metavar="TASK")],
    as_json: AsJson = False,
) -> None:
    """Explain who would get a task now, and why everybody else would not; nothing is changed."""
    found = Client.from_settings().get(f"/people/who/{segment(task_id)}")
    if as_json:
        print_json(found)
        return
    print_assignment(found["assignment"])


@app.command("offboard")
def offboard(login: Login, reason: Reason, as_json: AsJson = False) -> None:
    """End what somebody could do, and hand over what they have open. Exit 1 if nobody may take some of it."""
    found = Client.from_settings().post(f"/people/{segment(login)}/offboard", {"reason": reason})
    if as_json:
        print_json(found)
    else:
        revoked = ", ".join(f"{count} {what}" for what, count in found["revoked"].items())
        lists = {
            "delegations ended": found["delegations_ended"],
            "absences without substitute": found["absences_without_substitute"],
            "teams without lead": found["leads"],
            "people without manager": found["manages"],
            "agents without sponsor": found["sponsors"],
        }
        shown = {name: ", ".join(values) for name, values in lists.items() if values}
        print_fields({"offboarded": found["person"], "revoked": revoked, **shown})
        print_handed(found["tasks"])
    if found["tasks"]["with_nobody"]:
        raise typer.Exit(1)


@absence.command("add")
def add(
    login: Login,
    to: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, as 2026-01-31.")],
    reason: Reason,
    from_: Annotated[str, typer.Option("--from", metavar="DAY", help="First day.")],
    substitute: Annotated[str | None, typer.Option(help="Login of who stands in, by their own rights.")] = None,
    reassign: Annotated[bool, typer.Option("--reassign", help="Hand over now what they have open.")] = False,
    as_json: AsJson = False,
) -> None:
    """Note that somebody is away; you may for yourself."""
    body = {
        "first_day": day(from_),
        "last_day": day(to),
        "reason": reason,
        "substitute": substitute,
        "reassign": reassign,
    }
    found = Client.from_settings().post(f"/people/{segment(login)}/absences", body)
    if as_json:
        print_json(found)
        return
    _print_absence(found["absence"])
    if found["tasks"] is not None:
        print_handed(found["tasks"])


@absence.command("end")
def end(absence_id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """End an absence at once; you may end your own."""
    found = Client.from_settings().post(f"/absences/{segment(absence_id)}/end")
    if as_json:
        print_json(found)
        return
    _print_absence(found)


@absence.command("reassign")
def reassign(login: Login, as_json: AsJson = False) -> None:
    """Hand over what somebody has open who is away today, to their substitute first."""
    found = Client.from_settings().post(f"/people/{segment(login)}/reassign")
    if as_json:
        print_json(found)
        return
    print_handed(found)


@team.command("list")
def list_teams(as_json: AsJson = False) -> None:
    """List the teams, what each takes and how."""
    found = Client.from_settings().get("/teams")
    if as_json:
        print_json(found)
        return
    print_table("Teams", TEAM_COLUMNS, [_team_row(one) for one in found["teams"]])


@team.command("set")
def set_team(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    reason: Reason,
    role: Annotated[list[str] | None, typer.Option(help="A role whose tasks it takes; repeatable.")] = None,
    member: Annotated[list[str] | None, typer.Option(metavar="LOGIN", help="A member; repeatable.")] = None,
    lead: Annotated[str | None, typer.Option(metavar="LOGIN", help="Who leads it.")] = None,
    strategy: Annotated[str, typer.Option(help="least_loaded, round_robin or skill_first.")] = "least_loaded",
    queue: Annotated[bool, typer.Option("--queue", help="Members claim tasks; nobody is given any.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a team, or put these terms and members in the place of those it has."""
    body = {
        "roles": role or [],
        "members": member or [],
        "lead": lead,
        "strategy": strategy,
        "queue": queue,
        "reason": reason,
    }
    found = Client.from_settings().put(f"/teams/{segment(name)}", body)
    if as_json:
        print_json(found)
        return
    print_table("Team", TEAM_COLUMNS, [_team_row(found)])


TEAM_COLUMNS = ("name", "takes the tasks of", "strategy", "queue", "lead", "members")


def print_assignment(assignment: Mapping[str, Any] | None) -> None:
    """Who got a task and why, who else could have, and why everybody else could not."""
    if assignment is None:
        return
    print_line(f"Assigned: {assignment['text']}")
    if assignment["because"]:
        print_line(f"  handed over: {assignment['because']}")
    candidates = [(c["name"], c["open_tasks"], c["open_minutes"], c["match"]) for c in assignment["candidates"]]
    print_table("Could take it", ("name", "open", "minutes", "skills"), candidates)
    print_table("Left out", ("name", "why"), [(one["name"], one["text"]) for one in assignment["left_out"]])


def print_handed(tasks: Mapping[str, Any]) -> None:
    """What became of somebody's tasks."""
    rows = [(t["task"], t["title"], t["assignment"]["text"]) for t in (*tasks["handed"], *tasks["with_nobody"])]
    print_table("Handed over", ("task", "title", "to"), rows)


def state(person: Mapping[str, Any]) -> str:
    """Whether somebody is there."""
    if not person["active"]:
        return "left"
    return "absent" if person["absent"] else "there"


def skills_text(person: Mapping[str, Any]) -> str:
    """Somebody's skills with their levels."""
    levels = person["profile"]["skills"] if person["profile"] else {}
    return ", ".join(f"{name} {level}" for name, level in levels.items())


def _change(login: str, changes: Mapping[str, Any], reason: str, *, as_json: bool) -> None:
    client = Client.from_settings()
    before = client.get(f"/people/{segment(login)}")["profile"]
    kept = ("zone", "calendar", "languages", "skills", "open_limit", "manager")
    whole = {name: before[name] for name in kept} if before else {}
    wanted = {name: None if value == NONE else value for name, value in changes.items()}
    body = {**whole, **wanted, "seen": before["version"] if before else 0, "reason": reason}
    _print_person(client.put(f"/people/{segment(login)}/profile", body), as_json=as_json)


def _number(text: str | None) -> int | str | None:
    if text is None or text == NONE:
        return text
    try:
        return int(text)
    except ValueError:
        raise CommandFailed(f"{text!r} is no number, and not `{NONE}`", code=ExitCode.NOT_ASKED) from None


def _level(text: str) -> tuple[str, int]:
    name, equals, level = text.partition("=")
    if not equals or not name or not level.isdecimal():
        raise CommandFailed(f"{text!r}: write NAME=LEVEL, as bookkeeping=3", code=ExitCode.NOT_ASKED)
    return name, int(level)


def _print_person(person: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(person)
        return
    profile = person["profile"] or {}
    print_fields(
        {
            "login": person["login"],
            "name": person["name"],
            "state": state(person),
            "roles": ", ".join(person["roles"]),
            "open": f"{person['open_tasks']} tasks, {person['open_minutes']} minutes",
            "most open": profile.get("open_limit"),
            "zone": profile.get("zone"),
            "calendar": profile.get("calendar"),
            "languages": ", ".join(profile.get("languages", ())),
            "skills": skills_text(person),
            "manager": profile.get("manager"),
        }
    )
    rows = [(a["id"], a["first_day"], a["last_day"], a["substitute"], a["ended_at"]) for a in person["absences"]]
    if rows:
        print_table("Absences", ("id", "from", "to", "substitute", "ended"), rows)


def _print_absence(found: Mapping[str, Any]) -> None:
    print_fields({name: found[name] for name in ("id", "person", "first_day", "last_day", "substitute", "ended_at")})


def _team_row(found: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        found["name"],
        ", ".join(found["roles"]),
        found["strategy"],
        "yes" if found["queue"] else "no",
        found["lead"],
        ", ".join(found["members"]),
    )
