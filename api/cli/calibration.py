"""`interlock agents calibrate` and `interlock agents status`: what is measured of agents' decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from api.cli.client import Client
from api.cli.output import AsJson, print_fields, print_json, print_line, print_table

WHOLE = 10_000
BAR = 40


def calibrate(
    decision_class: Annotated[str | None, typer.Argument(metavar="[CLASS]", help="Else everything reviewed.")] = None,
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="Only decisions of this model.")] = None,
    prompt: Annotated[str | None, typer.Option(metavar="PROMPT", help="Only of this prompt: name@version.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it is recorded. Needed except for a dry run.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be found; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure what reviewers' outcomes prove; what is proven decides by itself from then on."""
    body = {"decision_class": decision_class, "model": model, "prompt": prompt, "dry_run": dry_run, "reason": reason}
    found = Client.from_settings().post("/agents/decisions/calibrate", body)
    if as_json:
        print_json(found)
        return
    for one in found["calibrated"]:
        print_line(f"{one['decision_class']}@{one['version']}" + (" (nothing was changed)" if found["dry_run"] else ""))
        print_fields(calibrated_fields(one))


def status(as_json: AsJson = False) -> None:
    """Say which decision classes decide by themselves, why or why not, and what that rests on."""
    found = Client.from_settings().get("/agents/decisions/status")
    if as_json:
        print_json(found)
        return
    columns = ("class", "decides by itself", "at most wrong", "why")
    rows = [
        (
            f"{c['decision_class']}@{c['version']}",
            "yes" if c["autonomous"] else "no",
            percent(c["target_bps"]),
            c["why"],
        )
        for c in found["classes"]
    ]
    print_table("Decision classes", columns, rows)
    for one in found["classes"]:
        for identity in one["identities"]:
            now = "" if identity["asked_now"] else " (earlier prompt)"
            print_line(f"{one['decision_class']}@{one['version']} by {identity['model']}{now}")
            print_fields(identity_fields(identity))
            for line in curve_lines(identity["curve"], identity["threshold_bps"]):
                print_line(line)


COMMANDS = (calibrate, status)


def percent(bps: int | None) -> str:
    """Basis points as people read them."""
    return "-" if bps is None else f"{bps / 100:g} %"


def calibrated_fields(one: Mapping[str, Any]) -> dict[str, object]:
    """What one calibration found, as fields for people."""
    made = one["calibration"]
    shown = {"model": one["model"], "prompt": one["prompt_digest"][:12], "calibrated": f"{one['looks']} ×"}
    outcome = {"gate": "open" if one["open"] else "closed", "why": one["why"]}
    if made is None:
        return {**shown, **outcome}
    counts, checked = made["counts"], made["checked"]
    return {
        **shown,
        "outcomes": f"{counts['outcomes']} of {counts['cases']} cases, {counts['blind']} reviewed blind",
        "splits": f"{counts['fit']} fit, {counts['threshold']} threshold, {counts['check']} check",
        "threshold": percent(made["threshold_bps"]),
        "wrong above it": "-" if made["error_upper_bps"] is None else f"at most {percent(made['error_upper_bps'])}",
        "check": "-"
        if checked is None
        else f"{checked['wrong']} of {checked['decided']} wrong, at most {percent(checked['upper_bps'])}",
        "automatic": percent(made["automatic_bps"]),
        **outcome,
    }


def identity_fields(identity: Mapping[str, Any]) -> dict[str, object]:
    """Where one model and prompt stands, as fields for people."""
    drift, coverage = identity["drift"], identity["coverage"]
    shown: dict[str, object] = {
        "gate": "open" if identity["open"] else "closed",
        "why": identity["why"],
        "reviewed": f"{identity['outcomes']}, {identity['blind']} of them blind ({identity['blind_wrong']} wrong)",
    }
    if identity["calibration_id"]:
        shown["calibrated"] = f"{identity['made_at']} by {identity['made_by']}"
        shown["threshold"] = percent(identity["threshold_bps"])
    if drift:
        shown["drift"] = (
            f"evidence {drift['evidence']:g} of {drift['closes_at']:g}, {drift['wrong']} of {drift['reviews']} "
            "blind reviews since were wrong"
        )
    if coverage:
        shown["coverage"] = (
            f"{percent(coverage['share_bps'])} of the last {coverage['decided']} above the threshold, "
            f"{percent(coverage['calibrated_bps'])} when it was chosen"
        )
    return shown


def curve_lines(curve: Sequence[Mapping[str, Any]], threshold_bps: int | None) -> Iterator[str]:
    """The risk–coverage curve: a bar is the share that would be automatic from that confidence on."""
    for point in curve:
        bar = "█" * max(1, point["automatic_bps"] * BAR // WHOLE)
        mark = " ← threshold" if point["threshold_bps"] == threshold_bps else ""
        share, wrong = percent(point["automatic_bps"]), percent(point["wrong_bps"])
        yield f"  from {point['threshold_bps'] / 100:6.2f} % {bar} {share} automatic, {wrong} wrong{mark}"
