"""Engine and shadow agree on any pack and any facts; a value never leaves the exact range."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policies_samples import TODAY, numbered, pack

from policies.errors import RuleTooWide
from policies.judgement import RuleBook
from policies.verdict import VerdictKind

NUMBERS = ["a.total", "b.total", "a.count", "p.limit"]
SIGNS = [">", ">=", "<", "<=", "==", "!="]

literals = st.integers(-3, 3).map(str) | st.sampled_from([str(2**53), str(2**53 + 1), str(-(2**61))])
terms = st.sampled_from(NUMBERS) | st.builds(
    "{} {} {} - {}".format, st.sampled_from(NUMBERS), st.sampled_from("+-*"), st.sampled_from(NUMBERS), literals
)
atoms = st.one_of(
    st.builds("{} {} {}".format, terms, st.sampled_from(SIGNS), st.sampled_from(NUMBERS)),
    st.builds("{} {} {}".format, terms, st.sampled_from(SIGNS), literals),
    st.builds("a.on - b.on {} {}".format, st.sampled_from(SIGNS), st.integers(-3, 3)),
    st.builds("a.name {} {}".format, st.sampled_from(["==", "!="]), st.sampled_from(["b.name", "'Mü'", "'q\"x'"])),
    st.builds("a.name {} ['', 'u', 'Mü']".format, st.sampled_from(["in", "not in"])),
    st.sampled_from(["a.flag", "not a.flag", "present(a.total)", "missing(b.name)"]),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
    ),
    max_leaves=5,
)
numbers = st.none() | st.integers(-3, 4) | st.sampled_from([2**53, 2**53 + 1, 10**9, 2**61, -(2**61)])
names = st.none() | st.sampled_from(["", "u", 'q"x', "Mü", "Mu\u0308"]) | st.text(max_size=5)
days = st.none() | st.dates().map(lambda day: day.isoformat())
samples = st.fixed_dictionaries(
    {
        "a.total": numbers,
        "b.total": numbers,
        "a.count": numbers,
        "a.on": days,
        "b.on": days,
        "a.name": names,
        "b.name": names,
        "a.flag": st.none() | st.booleans(),
    }
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(conditions, min_size=1, max_size=6), st.lists(samples, min_size=1, max_size=8))
def test_engine_and_shadow_agree_on_any_pack(texts: list[str], cases: list[dict[str, str | int | bool | None]]) -> None:
    try:
        book = RuleBook(pack(*numbered(*texts)))
    except RuleTooWide:
        return
    for facts in cases:
        verdict = book.judge("check", facts, on=TODAY)
        fault = verdict.engine_fault or ""
        assert not fault or "out of range" in fault
        assert verdict.kind is not VerdictKind.ALLOW or not (verdict.findings or verdict.indeterminate)


@settings(max_examples=200, deadline=None)
@given(st.integers(-(2**70), 2**70), st.integers(-(2**70), 2**70))
def test_numbers_are_compared_exactly_or_not_at_all(first: int, second: int) -> None:
    verdict = ORDERED.judge("check", {"a.total": first, "b.total": second}, on=TODAY)
    if max(abs(first), abs(second)) < 2**62:
        assert bool(verdict.findings) is (first > second)
    else:
        assert (verdict.kind, verdict.findings) == (VerdictKind.REVIEW, ())
        assert verdict.engine_fault is not None


ORDERED = RuleBook(pack(*numbered("a.total > b.total")))
