"""A value reaches a protected argument only from a source that may set it; no step calls trusted what it cannot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from graphs.runtime.provenance import UnprotectedArgument, UnvouchedFact, arguments_of, check_labels
from graphs.steps import ActionDraft, DecisionStep, EffectStep, ReadStep, ReviewStep, WaitStep
from policies.action import EffectKind
from policies.fact import Fact, Integrity, Source, SourceKind
from policies.protected import MATCHED_TO_ORDER
from tools.port import OutcomeLookup


class Payment(BaseModel):
    iban: str


class Pay:
    """Pays somebody."""

    name = "bank.pay"
    effect_kind = EffectKind.IRREVERSIBLE
    outcome_lookup = OutcomeLookup.ASKABLE
    arguments = Payment
    protected = frozenset({"iban", "amount_minor"})
    time_limit = timedelta(seconds=1)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        raise NotImplementedError

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        raise NotImplementedError


def fact(kind: SourceKind, *, ref: str = "r", trusted: bool = True, value: Any = "DE02") -> Fact:
    integrity = Integrity.TRUSTED if trusted else Integrity.UNTRUSTED
    return Fact(value=value, confidence=1, source=Source(kind=kind, ref=ref), integrity=integrity)


def drafted(**arguments: Any) -> dict[str, Any]:
    known = {name: value.model_dump(mode="json") for name, value in arguments.items() if isinstance(value, Fact)}
    return arguments_of(ActionDraft(tool="bank.pay", arguments=arguments), Pay(), known)


MASTER = fact(SourceKind.SYSTEM_OF_RECORD)
MATCHED = fact(SourceKind.DERIVED, ref=MATCHED_TO_ORDER, value=100)


def test_a_value_with_its_source_becomes_an_argument() -> None:
    assert drafted(iban=MASTER, amount_minor=MATCHED, text="R-1") == {
        "iban": "DE02",
        "amount_minor": 100,
        "text": "R-1",
    }


@pytest.mark.parametrize("value", ["DE02", None, {"value": "DE02", "integrity": "trusted"}])
def test_a_value_without_a_source_never_does(value: Any) -> None:
    with pytest.raises(UnprotectedArgument, match="it needs a fact that says where its value comes from"):
        drafted(iban=value)


def test_a_record_that_no_step_has_read_is_none() -> None:
    draft = ActionDraft(tool="bank.pay", arguments={"iban": MASTER})
    read = {"supplier": MASTER.model_copy(update={"value": "DE03"}).model_dump(mode="json")}
    with pytest.raises(UnprotectedArgument, match="said to be from r, but no step of the case has read it"):
        arguments_of(draft, Pay(), read)


def test_what_a_tool_does_not_protect_takes_any_value() -> None:
    assert drafted(text=fact(SourceKind.DOCUMENT, trusted=False)) == {"text": "DE02"}


@given(
    st.sampled_from(SourceKind),
    st.booleans(),
    st.sampled_from(
        ["supplier 7", "promotion:bank_change", "promotion:matched_to_order", "approval:", "approval:ab", "x"]
    ),
)
def test_a_payee_comes_from_the_vendor_master_or_a_bank_change_and_from_nowhere_else(
    kind: SourceKind, trusted: bool, ref: str
) -> None:
    master = kind is SourceKind.SYSTEM_OF_RECORD
    changed = (kind, ref) == (SourceKind.DERIVED, "promotion:bank_change")
    try:
        drafted(iban=fact(kind, ref=ref, trusted=trusted))
    except UnprotectedArgument:
        assert not (trusted and (master or changed))
    else:
        assert trusted
        assert master or changed


READ = ReadStep(name="read", stage="s", next="n", tools=(), run=None)  # type: ignore[arg-type]
STEPS: dict[str, Any] = {
    "read": READ,
    "review": ReviewStep,
    "effect": EffectStep,
    "wait": WaitStep,
    "decision": DecisionStep,
}


class Step:
    """What the check looks at."""

    def __init__(self, kind: Any) -> None:
        self.name, self.kind = "step", kind


def kinds() -> dict[str, Any]:
    return {
        name: READ.kind if name == "read" else step.__dataclass_fields__["kind"].default for name, step in STEPS.items()
    }


VOUCHED = {
    ("read", SourceKind.SYSTEM_OF_RECORD),
    ("effect", SourceKind.SYSTEM_OF_RECORD),
    ("review", SourceKind.PERSON),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("source", list(SourceKind))
def test_a_step_calls_trusted_only_what_it_can_vouch_for(step: str, source: SourceKind) -> None:
    given = {"facts": {"iban": fact(source, ref="clara")}}
    if (step, source) in VOUCHED:
        check_labels(Step(kinds()[step]), given, by="clara")  # type: ignore[arg-type]
        return
    with pytest.raises(UnvouchedFact, match=f"calls iban trusted, from {source.value}"):
        check_labels(Step(kinds()[step]), given, by="clara")  # type: ignore[arg-type]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("source", list(SourceKind))
def test_any_step_may_say_what_it_does_not_trust(step: str, source: SourceKind) -> None:
    check_labels(Step(kinds()[step]), {"facts": {"iban": fact(source, trusted=False), "gone": None}}, by=None)  # type: ignore[arg-type]


def test_nobody_speaks_for_somebody_else() -> None:
    given = {"facts": {"total": fact(SourceKind.PERSON, ref="mara")}}
    with pytest.raises(UnvouchedFact, match="from somebody who did not answer"):
        check_labels(Step(kinds()["review"]), given, by="clara")  # type: ignore[arg-type]


def test_a_corrected_account_is_still_a_persons_and_pays_nobody() -> None:
    edited = fact(SourceKind.PERSON, ref="clara")
    check_labels(Step(kinds()["review"]), {"facts": {"iban": edited}}, by="clara")  # type: ignore[arg-type]
    with pytest.raises(UnprotectedArgument, match="iban may not come from trusted person"):
        drafted(iban=edited)
