"""`interlock task precedents` and `to-evaluation`: what people decided before."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from textwrap import indent
from typing import Annotated, Any

import typer
import yaml

from api.cli.client import Client, read_text, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table
from api.cli.suggestions import percent, write
from api.cli.tasks import TaskId
from policies.strict_yaml import read_strictly, read_with_nodes

Json = dict[str, Any]


def precedents(
    task_id: TaskId,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many to show.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show what people decided about the most alike questions, and what differs. It decides nothing."""
    found = Client.from_settings().get(f"/tasks/{segment(task_id)}/precedents", limit=limit)
    if as_json:
        print_json(found)
        return
    decided = ", ".join(f"{number} {name}" for name, number in found["decisions"].items()) or "none"
    texts = found["texts"]
    told = texts["status"] != "off"
    rows = [
        (
            percent(one["similarity_bps"]),
            *((_nearness(one),) if told else ()),
            one["decision"],
            one["decided_by"],
            one["decided_at"],
            one["reason"],
            "\n".join(f"{d['fact']}: {_shown(d['there'])} (here {_shown(d['here'])})" for d in one["differs"]),
        )
        for one in found["nearest"]
    ]
    columns = ("similar facts", *(("similar text",) if told else ()), "decision", "by", "at", "reason", "what differs")
    print_table("Precedents", columns, rows)
    fields: Json = {
        "same step and exceptions": found["compared"],
        "alike in 80 % or more": found["similar"],
        "those were decided": decided,
    }
    print_fields({**fields, **({"texts": _about(texts)} if told else {})})


def _nearness(one: Json) -> str:
    """How near the text is; a precedent that only its text brings in says so."""
    bps = one["text_bps"]
    return "–" if bps is None else f"{percent(bps)}{' (shown for it)' if one['for_text'] else ''}"


def _about(texts: Json) -> str:
    """What was compared, and why no more."""
    waiting = f", {texts['waiting']} have no vector yet" if texts["waiting"] else ""
    done = f"{texts['compared']} compared by {texts['model']}{waiting}"
    told = done if texts["status"] == "compared" else f"{texts['status']}{waiting}"
    return f"{told}: {texts['note']}" if texts["note"] else told


def to_evaluation(
    task_id: TaskId,
    dataset: Annotated[Path | None, typer.Option(metavar="FILE", help="YAML file to add the case to.")] = None,
    print_: Annotated[bool, typer.Option("--print", help="Print the case instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make an evaluation case of an answered task: what the agent was shown, and what the person chose."""
    if (dataset is None) == (not print_):
        raise CommandFailed("say where the case goes: --dataset FILE or --print")
    made = Client.from_settings().post(f"/tasks/{segment(task_id)}/evaluation-case")
    sys.stderr.write(f"{made['warning']}\n")
    if dataset is not None:
        added = add_case(dataset, made["decision_class"], made["case"])
        shown = {"dataset": str(dataset), "case": made["case"]["name"], "added": added}
        print_json({**made, **shown}) if as_json else print_fields(shown)
    elif as_json:
        print_json(made)
    else:
        sys.stdout.write(yaml_of({"cases": [made["case"]]}))


COMMANDS = (precedents, to_evaluation)
"""Of `interlock task`."""


def add_case(file: Path, name: str, case: Json) -> bool:
    """Add the case to the data set unless it is there; says whether it was added. Raises `CommandFailed`.

    What stands in the file stays as it is written: the case is appended.
    """
    text = read_text(file) if file.exists() else f"name: {name}\ncases:\n"
    content = _read(text)
    cases = content.get("cases") if isinstance(content, dict) else None
    if not isinstance(content, dict) or "cases" not in content or not (cases is None or isinstance(cases, list)):
        raise CommandFailed(f"{file} is no data set: it needs `cases:` with a list", code=ExitCode.NO)
    if content.get("name") not in (None, name):
        raise CommandFailed(f"{file} holds cases of {content.get('name')!r}, this is one of {name!r}", code=ExitCode.NO)
    if any(isinstance(one, dict) and one.get("name") == case["name"] for one in cases or ()):
        return False
    appended = text.rstrip() + "\n" + indent(yaml_of([case]), " " * _column(text))
    if _read(appended) != {**content, "cases": [*(cases or ()), case]}:
        raise CommandFailed(f"{file}: a case can only be added where the list of cases ends the file", code=ExitCode.NO)
    write(file, appended)
    return True


def _read(text: str) -> Any:
    """What the text says; None where it is no YAML."""
    try:
        return read_strictly(text)
    except yaml.YAMLError:
        return None


def _column(text: str) -> int:
    """In which column the list of cases stands."""
    root, _ = read_with_nodes(text)
    assert isinstance(root, yaml.MappingNode)  # noqa: S101 - looked at before
    [cases] = [value for key, value in root.value if key.value == "cases"]
    return int(cases.start_mark.column) if isinstance(cases, yaml.SequenceNode) and not cases.flow_style else 0


def yaml_of(value: Any) -> str:
    """As a person would write it."""
    text: str = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=120)
    return text


def _shown(value: object) -> str:
    return (
        "unknown" if value is None else json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    )
