"""`interlock policies`: what is wrong with rules, how well their tables watch over them, and why they said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.judged import Judged, Sought, is_file, questions, questions_in_file, sought_pack, sought_packs
from api.cli.output import AsJson, print_fields, print_json, print_table
from policies.canonical import jsonable
from policies.errors import PolicyError
from policies.explain import Explanation, RuleExplanation, explain
from policies.judgement import RuleBook
from policies.lint import lint
from policies.lint_finding import LintFinding, Weight
from policies.lint_records import Record, never_fired
from policies.mutation import MutationScore, rule_score, total
from policies.pack import RulePack
from policies.verdict import VerdictKind
from policies.wording import allowed_if, sentences

app = typer.Typer(no_args_is_help=True, help="Rules: lint, mutate, explain.")

AnyPack = Annotated[
    str | None, typer.Argument(metavar="[FILE|NAME]", help="A YAML file or a packaged pack; else every packaged one.")
]


@app.command("lint")
def lint_(
    pack: AnyPack = None,
    records: Annotated[
        Path | None, typer.Option(help="Recorded verdicts or facts, JSON or JSON lines: which rules never fired?")
    ] = None,
    notes: Annotated[bool, typer.Option("--notes", help="Show the notes too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look for rules that are constant, doubled, covered, at odds or never fired; exit 1 on errors."""
    recorded = [record_of(question) for question in questions_in_file(records)] if records else []
    found = {sought.name: (sought, findings_of(sought, recorded)) for sought in sought_packs(pack)}
    counts = {weight: sum(f.weight is weight for _, all_ in found.values() for f in all_) for weight in Weight}
    if as_json:
        packs = [{**identity(sought), "findings": [asdict(f) for f in all_]} for sought, all_ in found.values()]
        print_json({**{f"{weight.value}s": number for weight, number in counts.items()}, "packs": packs})
    else:
        for name, (_, all_) in found.items():
            rows = [finding_row(finding) for finding in all_ if notes or finding.weight is not Weight.NOTE]
            if rows:
                print_table(name, ("weight", "what", "rules", "why", "for example"), rows)
        print_fields({"packs": ", ".join(found), **{f"{weight.value}s": counts[weight] for weight in Weight}})
    if counts[Weight.ERROR]:
        raise typer.Exit(ExitCode.NO)


def findings_of(sought: Sought, records: Sequence[Record]) -> list[LintFinding]:
    """What lint and the records say. Raises `CommandFailed` where the pack cannot be compiled."""
    try:
        book = RuleBook(sought.pack)
        return [*lint(sought.pack), *(never_fired(book, records) if records else ())]
    except PolicyError as error:
        raise CommandFailed(f"{sought.name}: {error}", code=ExitCode.NO) from error


def finding_row(finding: LintFinding) -> tuple[object, ...]:
    """One line of the table."""
    facts = ", ".join(f"{name}: {value}" for name, value in (finding.facts or {}).items())
    return finding.weight.value, finding.code.value, "\n".join(finding.rules) or "–", finding.why, facts or "–"


def identity(sought: Sought) -> dict[str, str]:
    """Which pack it is."""
    return {"pack": sought.pack.pack, "version": sought.pack.version, "digest": sought.pack.digest}


def record_of(question: Judged) -> Record:
    """A question as lint takes it."""
    return Record(point=question.point, facts=question.facts, on=question.on or today(), parameters=question.parameters)


@app.command("mutate")
def mutate(
    pack: AnyPack = None,
    minimum: Annotated[float, typer.Option(min=0, max=100, help="Percent that must be killed.")] = 95.0,
    as_json: AsJson = False,
) -> None:
    """Make small mistakes in every rule: its examples must notice. Exit 1 below the minimum."""
    scores = {sought.name: (sought, score_of(sought, quiet=as_json)) for sought in sought_packs(pack)}
    whole = sum_of([score for _, score in scores.values()])
    if as_json:
        packs = [{**identity(sought), **score_fields(score)} for sought, score in scores.values()]
        print_json({**score_fields(whole), "minimum": minimum, "packs": packs})
    else:
        for name, (_, score) in scores.items():
            if score.survivors:
                rows = [(s.rule, s.mutation, s.why, given(s.facts)) for s in score.survivors]
                print_table(f"{name}: survivors", ("rule", "mistake", "why nobody notices", "facts that would"), rows)
            if score.equivalent:
                print_table(
                    f"{name}: the same rule in other words, not counted",
                    ("rule", "mistake", "reason"),
                    [(e.rule, e.mutation, e.reason) for e in score.equivalent],
                )
            print_table(name, ("score", "mutants", "killed", "survivors"), [score_row(score)])
    if whole.score < minimum:
        raise typer.Exit(ExitCode.NO)


def score_of(sought: Sought, *, quiet: bool) -> MutationScore:
    """The pack's score, with progress on standard error where that is a terminal. Raises `CommandFailed`."""
    progress = Console(stderr=True)
    rules = track(
        sought.pack.rules, sought.name, console=progress, disable=quiet or not progress.is_terminal, transient=True
    )
    try:
        return total([rule_score(rule, sought.pack) for rule in rules])
    except PolicyError as error:
        raise CommandFailed(f"{sought.name}: {error}", code=ExitCode.NO) from error


def sum_of(scores: Sequence[MutationScore]) -> MutationScore:
    """All packs together."""
    return MutationScore(
        killed=sum(score.killed for score in scores),
        survivors=tuple(s for score in scores for s in score.survivors),
        equivalent=tuple(e for score in scores for e in score.equivalent),
    )


def score_fields(score: MutationScore) -> dict[str, Any]:
    """The score as JSON: in percent, with what survived."""
    return {
        "score": score.score,
        "mutants": score.mutants,
        "killed": score.killed,
        "survivors": [asdict(survivor) for survivor in score.survivors],
        "equivalent": [asdict(same) for same in score.equivalent],
    }


def score_row(score: MutationScore) -> tuple[object, ...]:
    """The score in one line."""
    return f"{score.score} %", score.mutants, score.killed, len(score.survivors)


def given(facts: dict[str, Any] | None) -> str:
    """Facts as an example writes them."""
    return ", ".join(f"{name}: {value!r}" for name, value in facts.items()) if facts else "–"


@app.command("explain")
def explain_(
    asked: Annotated[str, typer.Argument(metavar="CASE|FILE", help="A case, or a file with a point and facts.")],
    point: Annotated[str | None, typer.Option(help="Decision point; else the last that was not allowed.")] = None,
    pack: Annotated[
        str | None, typer.Option(help="YAML file or name of the rules; else those it was judged by.")
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="Show the rules that simply passed, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say why the rules said so: what fired, what nearly fired, and what would have to be different."""
    question = chosen(asked_questions(asked), point)
    name = pack or question.pack
    if name is None:
        raise CommandFailed("which rules?", hint="name them with --pack, or write `pack:` into the file")
    rules = sought_pack(name).pack
    explanation = explained(rules, question)
    if as_json:
        print_json(jsonable(explanation_fields(explanation, question, rules)))
    else:
        show(explanation, question, rules, whole=whole)
    if explanation.verdict.engine_fault is not None:
        raise typer.Exit(ExitCode.NO)


def asked_questions(asked: str) -> list[Judged]:
    """What the file asks, or what the case was judged on. Raises `CommandFailed`."""
    if is_file(asked) or Path(asked).suffix in {".json", ".jsonl"}:
        return questions_in_file(Path(asked))
    trail = Client.from_settings().get(f"/cases/{segment(asked)}/audit")
    found = list(questions([entry["values"] for entry in trail["entries"]], once=False))
    if not found:
        hint = "it was not judged yet, or its facts were erased"
        raise CommandFailed(f"case {asked} has no verdict on record", hint=hint, code=ExitCode.NO)
    return found


def chosen(found: Sequence[Judged], point: str | None) -> Judged:
    """The last question at the point; else the last that was not allowed; else the last. Raises `CommandFailed`."""
    if point is not None:
        there = [question for question in found if question.point == point]
        if not there:
            points = ", ".join(dict.fromkeys(question.point for question in found))
            raise CommandFailed(f"nothing was judged at {point}", hint=f"there are {points}", code=ExitCode.NO)
        return there[-1]
    open_ = [question for question in found if question.kind not in (None, VerdictKind.ALLOW.value)]
    return (open_ or found)[-1]


def explained(rules: RulePack, question: Judged) -> Explanation:
    """The explanation by these rules. Raises `CommandFailed` where they cannot be compiled."""
    try:
        book = RuleBook(rules)
    except PolicyError as error:
        raise CommandFailed(str(error), code=ExitCode.NO) from error
    on = question.on or today()
    return explain(book, question.point, question.facts, on=on, parameters=question.parameters)


def today() -> date:
    """The day on which a question without a date is judged."""
    return datetime.now(UTC).date()


def explanation_fields(explanation: Explanation, question: Judged, rules: RulePack) -> dict[str, Any]:
    """The explanation as JSON."""
    return {
        "point": question.point,
        "recorded": {"kind": question.kind, "pack_digest": question.pack_digest},
        "same_rules": question.pack_digest in (None, rules.digest),
        "verdict": explanation.verdict,
        "allowed_if": allowed_if(explanation, rules),
        "rules": [rule_fields(found, explanation, rules) for found in explanation.rules],
    }


def rule_fields(found: RuleExplanation, explanation: Explanation, rules: RulePack) -> dict[str, Any]:
    """One rule as JSON; `sentences` are the words for people."""
    rest = {name: value for name, value in asdict(found).items() if name != "rule"}
    rest |= {"remedies": [asdict(remedy) for remedy in found.remedies]}
    rule = {"rule": found.rule.id, "title": found.rule.title, "severity": found.rule.severity}
    return rule | rest | {"sentences": sentences(found, explanation, rules)}


def show(explanation: Explanation, question: Judged, rules: RulePack, *, whole: bool) -> None:
    """The explanation for people."""
    verdict = explanation.verdict
    print_fields(
        {
            "rules": f"{rules.pack} {rules.version} at {question.point} on {verdict.judged_on}",
            "verdict": verdict.kind.value,
            **({"on record": f"{question.kind}, by other rules"} if differs(question, rules) else {}),
            **({"fault": verdict.engine_fault} if verdict.engine_fault else {}),
            **({"would be allowed if": enough} if (enough := allowed_if(explanation, rules)) else {}),
        }
    )
    told = [(found, sentences(found, explanation, rules)) for found in explanation.rules]
    rows = [
        (found.rule.id, found.standing.value.replace("_", " "), found.rule.title, "\n".join(said) or "–")
        for found, said in told
        if said or whole
    ]
    if rows:
        print_table("Rules", ("rule", "standing", "title", "why"), rows)
    passed = len(explanation.rules) - len(rows)
    if passed:
        print_fields({"simply passed": f"{passed} more rules (--all shows them)"})


def differs(question: Judged, rules: RulePack) -> bool:
    """Whether the question was judged by other rules than these."""
    return question.pack_digest not in (None, rules.digest)
