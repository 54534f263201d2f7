"""The authority matrix, delegations and findings about duties, as the API shows and takes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from api.views.view import Form, Name, Text, View, storable_json
from graphs.authority_desk import Findings, RulesInForce
from graphs.store.duty_tables import AuthorityRow, DelegationRow
from policies.authority import Authority
from policies.duties import DutyAct


def iso_day(value: object) -> date:
    """A day written as 2026-01-31. Raises `ValueError`."""
    if not isinstance(value, str) or len(value) != len("2026-01-31"):
        raise ValueError("write a day as 2026-01-31")
    return date.fromisoformat(value)


Minor = Annotated[int, Field(ge=0, lt=2**53, description="In minor units of the currency.")]
Day = Annotated[date, BeforeValidator(iso_day), Field(strict=False)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class AuthorityRowForm(Form):
    """One row of the matrix; `entity` may be `any`."""

    role: Name
    matter: Name
    entity: Name
    currency: Currency
    limit_minor: Minor
    effective_from: Day
    effective_to: Day | None = None

    def row(self) -> Authority:
        """The row for the desk. Raises `pydantic.ValidationError`."""
        return Authority.model_validate(self.model_dump())


class MatrixForm(Form):
    """A whole matrix, in the place of the one there is."""

    rows: Annotated[list[AuthorityRowForm], Field(max_length=2000)]
    reason: Text


class AuthorityView(View):
    """One row of the matrix."""

    role: str
    matter: str
    entity: str
    currency: str
    limit_minor: int
    effective_from: date
    effective_to: date | None
    set_by: str
    since: datetime

    @classmethod
    def of(cls, row: AuthorityRow) -> AuthorityView:
        """The row as it is shown."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class MatrixView(View):
    """The matrix in force."""

    rows: list[AuthorityView]


class DelegationForm(Form):
    """Whom you let answer in your place, and until when; a cap needs its currency."""

    receiver: Annotated[Name, Field(description="Login or id.")]
    effective_from: Day
    effective_to: Day
    cap_minor: Minor | None = None
    currency: Currency | None = None


class DelegationView(View):
    """Who may answer in whose place."""

    id: str
    giver: str
    receiver: str
    cap_minor: int | None
    currency: str | None
    effective_from: date
    effective_to: date
    given_at: datetime

    @classmethod
    def of(cls, row: DelegationRow) -> DelegationView:
        """The row as it is shown."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class DelegationList(View):
    """What the caller gave and received."""

    delegations: list[DelegationView]
    names: Annotated[dict[str, str], Field(description="Names of givers and receivers by id.")]


class ReceiverView(View):
    """A person who could stand in."""

    id: str
    name: str


class ReceiverList(View):
    """People by name."""

    people: list[ReceiverView]


class ActView(View):
    """An act of duty."""

    id: str
    who: str
    also: Annotated[list[str], Field(description="People it counts for, too: a sponsor, whom a delegate answered for.")]
    did: str
    to: str
    at: datetime
    case: str | None
    amount_minor: int | None
    currency: str | None

    @classmethod
    def of(cls, act: DutyAct) -> ActView:
        """The act as it is shown."""
        return cls(
            id=act.id,
            who=act.who,
            also=sorted(act.also),
            did=act.did,
            to=act.to,
            at=act.at,
            case=act.of,
            amount_minor=act.amount_minor,
            currency=act.currency,
        )


class ToxicView(View):
    """Two acts of the same people that do not go together."""

    rule: str
    title: str
    source: str
    people: list[str]
    earlier: ActView
    later: ActView


class SplitView(View):
    """Acts just under a limit that are over it together."""

    rule: str
    title: str
    source: str
    common: Annotated[str, Field(description="The subject or the requester they share.")]
    acts: list[ActView]
    sum_minor: int
    limit_minor: int
    currency: str


class DutyRulesForm(Form):
    """The rules about duties, in the place of those in force."""

    rules: Annotated[dict[str, Any], AfterValidator(storable_json)]
    reason: Text


class DutyRulesView(View):
    """The rules about duties in force; nobody set those that come with Interlock."""

    rules: dict[str, Any]
    set_by: str | None
    since: datetime | None

    @classmethod
    def of(cls, found: RulesInForce) -> DutyRulesView:
        """The rules as they are shown."""
        return cls(rules=found.rules.model_dump(mode="json"), set_by=found.set_by, since=found.since)


class FindingsView(View):
    """What was found in a period, out of so many acts."""

    acts: int
    toxic: list[ToxicView]
    splits: list[SplitView]

    @classmethod
    def of(cls, found: Findings) -> FindingsView:
        """The findings as they are shown."""
        return cls(
            acts=found.acts,
            toxic=[
                ToxicView(
                    rule=one.rule,
                    title=one.title,
                    source=one.source,
                    people=list(one.people),
                    earlier=ActView.of(one.earlier),
                    later=ActView.of(one.later),
                )
                for one in found.toxic
            ],
            splits=[
                SplitView(
                    rule=one.rule,
                    title=one.title,
                    source=one.source,
                    common=one.common,
                    acts=[ActView.of(act) for act in one.acts],
                    sum_minor=one.sum_minor,
                    limit_minor=one.limit_minor,
                    currency=one.currency,
                )
                for one in found.splits
            ],
        )
