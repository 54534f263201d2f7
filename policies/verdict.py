"""What the rules say about an action or a decision."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from policies.canonical import Canonical, without_floats
from policies.fact import FactValue


class Severity(StrEnum):
    """What a fired rule demands."""

    BLOCK = "block"
    REVIEW = "review"
    OBLIGATION = "obligation"
    WARN = "warn"


class VerdictKind(StrEnum):
    """The three answers. Unknown is never `allow`."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"


class Finding(BaseModel):
    """One rule that fired, with the facts it saw.

    `exception` is the process's name for it (`unit_price_variance`, `bank_mismatch`, …);
    `message` is for people, with the facts filled in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    severity: Severity
    title: str
    message: str
    exception: str | None = None
    obligation: str | None = None
    regulation: str
    clause: str
    when: str
    facts: dict[str, FactValue]


class Indeterminate(BaseModel):
    """A rule that could not be decided, because these facts are unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    missing: tuple[str, ...]


class Verdict(BaseModel):
    """`allow`, `review` or `deny`, with everything needed to recompute it.

    `facts` are the normalised facts that were judged and `parameters` the thresholds in force;
    `obligations` are all that the rules demand, `met` those already fulfilled; `engine_fault` says
    why the engine could not be trusted (then the kind is `review`, and an incident is due);
    `pack_digest` identifies the rules.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: VerdictKind
    point: str
    findings: tuple[Finding, ...] = ()
    indeterminate: tuple[Indeterminate, ...] = ()
    obligations: tuple[str, ...] = ()
    met: tuple[str, ...] = ()
    engine_fault: str | None = None
    pack: str
    pack_version: str
    pack_digest: str
    facts: dict[str, FactValue]
    parameters: dict[str, FactValue] = Field(default_factory=dict)
    judged_on: str

    def written(self) -> Canonical:
        """Its canonical JSON, as the trail records it: what it holds is plain data, and has no float."""
        return without_floats(vars(self))

    @property
    def exceptions(self) -> tuple[str, ...]:
        """Names of the exceptions that need somebody, in rule order, each once."""
        named = (f.exception for f in self.findings if f.severity is not Severity.WARN and f.exception)
        return tuple(dict.fromkeys(named))
