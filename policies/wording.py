"""An explanation in plain words: fields by their descriptions, values as people write them."""

from __future__ import annotations

from collections.abc import Iterable

from policies.explain import Explanation, RuleExplanation, Standing
from policies.fact import FactValue
from policies.message import written
from policies.pack import RulePack
from policies.remedy import Change, Remedy, Sign
from policies.verdict import VerdictKind


def sentences(explained: RuleExplanation, explanation: Explanation, pack: RulePack) -> tuple[str, ...]:
    """What a person should know about the rule, one thought each; empty when it simply passed."""
    speech = _Speech(pack=pack, facts=explanation.verdict.facts)
    match explained.standing:
        case Standing.FIRED:
            return (explained.message, *_ways(explained, speech))
        case Standing.INDETERMINATE:
            missing = ", ".join(speech.field(name) for name in explained.missing)
            return (f"cannot be decided: unknown is {missing}", *_ways(explained, speech))
        case Standing.NEARLY_FIRED:
            near = _either(f"{speech.change(c)} (now {speech.now(c.field)})" for c in explained.nearest)
            return (f"would fire if {near}",)
        case Standing.NOT_APPLICABLE:
            asked = ", ".join(f"{speech.field(name)} is {speech.now(name)}" for name in explained.asked)
            return (f"does not apply: {asked}",)
        case Standing.NOT_IN_FORCE:
            end = f" to {explained.rule.effective_to}" if explained.rule.effective_to else ""
            return (f"not in force: it is from {explained.rule.effective_from}{end}",)
        case Standing.PASSED:
            return ()


def allowed_if(explanation: Explanation, pack: RulePack) -> str:
    """The smallest changes after which all rules together allow it; empty where none is enough, or none needed."""
    if explanation.verdict.kind is VerdictKind.ALLOW:
        return ""
    speech = _Speech(pack=pack, facts=explanation.verdict.facts)
    found = (remedy for explained in explanation.rules for remedy in explained.remedies)
    enough = [speech.remedy(remedy) for remedy in found if remedy.verdict is VerdictKind.ALLOW]
    return _either(dict.fromkeys(enough))


def _ways(explained: RuleExplanation, speech: _Speech) -> tuple[str, ...]:
    if explained.undecided:
        return (f"what would make it pass is not known: {explained.undecided}",)
    if not explained.remedies:
        return ("no change of one or two facts makes it pass",)
    return (f"would pass if {_either(speech.remedy(remedy) for remedy in explained.remedies)}",)


def _either(parts: Iterable[str]) -> str:
    return " or ".join(parts)


class _Speech:
    """The words for fields and values of one verdict."""

    def __init__(self, *, pack: RulePack, facts: dict[str, FactValue]) -> None:
        self._pack = pack
        self._facts = facts

    def field(self, name: str) -> str:
        """What the field is, and its name."""
        asked, _, inner = name.removesuffix(")").partition("(")
        if inner:  # source(field), integrity(field), confidence(field)
            return f"{asked} of {self.field(inner)}"
        column = self._pack.columns.get(name)
        return f"“{column.description.partition(';')[0]}” ({name})" if column else name

    def value(self, name: str, value: FactValue) -> str:
        """A value of the field; an empty text is shown as one."""
        field = self._pack.factual[name]
        currency = self._facts.get(field.currency) if field.currency else None
        text = written(value, field.type, currency=currency if isinstance(currency, str) else None)
        return text or "empty"

    def now(self, name: str) -> str:
        """The field's value in the verdict."""
        return self.value(name, self._facts.get(name))

    def remedy(self, remedy: Remedy) -> str:
        """All its changes at once."""
        return " and ".join(self.change(change) for change in remedy.changes)

    def change(self, change: Change) -> str:
        """One changed fact as a condition: `“Total with tax” (invoice.total) ≤ 5000.00 EUR`."""
        subject = self.field(change.field)
        values = [self.value(change.field, value) for value in change.values]
        match change.sign:
            case Sign.AT_LEAST:
                return f"{subject} ≥ {values[0]}"
            case Sign.AT_MOST:
                return f"{subject} ≤ {values[0]}"
            case Sign.BETWEEN:
                return f"{subject} is between {values[0]} and {values[1]}"
            case Sign.ONE_OF:
                return f"{subject} is {_either(values)}"
            case Sign.NOT_ONE_OF:
                now = self._facts.get(change.field)
                others = [*values, *([] if now is None else [self.now(change.field)])]
                return f"{subject} is anything but {_either(others)}" if others else f"{subject} is known"
            case Sign.KNOWN:
                return f"{subject} is known"
            case Sign.UNKNOWN:
                return f"{subject} is not known"
