"""Rule packs, proposals and replays as tables."""

from __future__ import annotations

from typing import Any

from api.cli.output import print_fields, print_table

FLIPS_SHOWN = 20
LIMIT_COLUMNS = ("pack", "allowed", "blocked", "tasks", "unknown", "money allowed", "days", "hours", "set by")


def limit_row(row: dict[str, Any]) -> tuple[object, ...]:
    """Limits as a row of a table."""
    shares = ("max_newly_allowed_bps", "max_newly_blocked_bps", "max_extra_tasks_bps", "max_unknown_bps")
    rest = ("max_money_allowed", "window_days", "report_hours", "set_by")
    return (row["pack"], *(f"{row[name] / 100:g} %" for name in shares), *(row[name] for name in rest))


def newest_numbers(activations: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """By pack and digest: `#3` of the newest activation, with the day from which cases must have started."""
    found: dict[tuple[str, str], str] = {}
    covered: set[str] = set()
    for one in activations:  # newest first; behind one that covers all cases nothing counts any more
        if one["pack"] in covered:
            continue
        since = f" (cases since {one['cases_since']})" if one["cases_since"] else ""
        found.setdefault((one["pack"], one["digest"]), f"#{one['number']}{since}")
        if not one["cases_since"]:
            covered.add(one["pack"])
    return found


def print_proposals(proposals: list[dict[str, Any]]) -> None:
    """Proposals with their newest replays."""
    rows = [
        (
            p["pack"],
            p["version"],
            p["digest"][:12],
            p["parameters"] or None,
            p["status"],
            p["proposed_by"],
            p["proposed_at"],
            p["replay"]["report_digest"][:12] if p["replay"] else None,
            p["reason"],
        )
        for p in proposals
    ]
    columns = ("pack", "version", "digest", "parameters", "is", "proposed by", "at", "report", "reason")
    print_table("Proposals", columns, rows)


def print_report(report: dict[str, Any]) -> None:
    """A replay for people."""
    changes = [
        (name.replace("_", " "), report[name]["verdicts"], report[name]["cases"], money(report[name]["money"]))
        for name in ("newly_blocked", "newly_reviewed", "newly_allowed")
    ]
    title = f"{report['pack']} {report['version']}: {report['verdicts']} verdicts of {report['cases']} cases"
    print_table(title, ("change", "verdicts", "cases", "minor units"), changes)
    flips = [
        (
            flip["case"],
            flip["step"],
            flip["before"],
            flip["after"],
            rules_of(flip),
        )
        for flip in report["flips"][:FLIPS_SHOWN]
    ]
    if flips:
        print_table(f"The first {len(flips)}", ("case", "step", "was", "would be", "rules"), flips)
    again = report["recomputed"]
    print_fields(
        {
            "tasks": f"{report['tasks_more']} more, {report['tasks_less']} less",
            "waits (estimates)": [wait_text(wait) for wait in report["waits"]] or None,
            "unknown input": report["unknown_input"]["fields"] or None,
            "not replayable": f"{report['erased']} erased, {report['recorded_faults']} were faults",
            "new faults": report["first_fault"],
            "rules not in force": ", ".join(report["never_in_force"]) or None,
            "judged again": f"{again['identical']} byte for byte, {again['different']} otherwise",
            "amounts from": report["amounts_from"] or None,
            "compared with": f"activation {report['against']['number']} ({report['against']['digest'][:12]})",
        }
    )


def rules_of(flip: dict[str, Any]) -> str:
    """The rules that decide now, or that did before."""
    return ", ".join(flip["rules_after"] or flip["rules_before"])


def money(sums: dict[str, int]) -> str:
    """Minor units by currency."""
    return ", ".join(f"{minor} {currency}" for currency, minor in sums.items()) or "–"


def wait_text(wait: dict[str, Any]) -> str:
    """Cases that would have waited, with the estimate and what it is made of."""
    if wait["median_seconds"] is None:
        return f"{wait['cases']} cases at {wait['step']}, no past tasks"
    hours = wait["median_seconds"] / 3600
    return f"{wait['cases']} cases at {wait['step']}, median of {wait['past_tasks']} past tasks {hours:.1f} h"
