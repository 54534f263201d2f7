"""The benchmark of rules asks fair questions: fifty rules, all facts known, every fifth broken."""

from evals.bench.rules import CLEAN, DAY, POINT, fifty_rules, measure, medians, questions
from policies.judgement import RuleBook
from policies.verdict import VerdictKind


def test_a_clean_invoice_breaks_none_of_the_fifty_rules() -> None:
    pack = fifty_rules()
    verdict = RuleBook(pack).judge(POINT, CLEAN, on=DAY)
    assert (len(pack.rules), verdict.kind, verdict.findings, verdict.indeterminate) == (50, VerdictKind.ALLOW, (), ())


def test_every_fifth_question_breaks_a_rule() -> None:
    pack = fifty_rules()
    book = RuleBook(pack)
    broken = [bool(book.judge(POINT, facts, on=DAY).findings) for facts in questions(pack)]
    assert broken[::5] == [True] * 10
    assert sum(broken) == 10


def test_it_counts_what_it_judged() -> None:
    figures = measure(100)
    assert (figures.rules, figures.verdicts, figures.with_findings) == (50, 100, 20)
    assert figures.verdicts_per_s > 0
    assert 0 < figures.p50_ms <= figures.p99_ms


def test_the_median_of_each_figure_counts() -> None:
    assert medians(50, 3).verdicts == 50
