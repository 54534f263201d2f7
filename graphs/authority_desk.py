"""Who may decide on what, set and shown: the matrix, delegations, and what duties went together that should not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from graphs.audit import AuditRecord
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.intake import check_reason, require
from graphs.runtime.services import Services
from graphs.store.asked_tasks import APPROVAL
from graphs.store.authority import AuthorityRows
from graphs.store.delegations import Delegations
from graphs.store.duty_acts import DutyActs
from graphs.store.duty_registers import DutyRegisters
from graphs.store.duty_tables import AuthorityRow, DelegationRow, DutyRegisterRow
from graphs.store.people import PERSON, Actor
from policies.authority import Authority, AuthorityMatrix, Delegation
from policies.duties import DutyAct, DutyRules, SplitFound, ToxicFound, splits_in, toxic_in

SET = "authority.set"
READ = "task.read"
ANSWER = "task.answer"
AUDIT = "audit.read"
MAX_ACTS = 100_000
MOST_RECEIVERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was done in a period that does not go together, or looks split; out of `acts` acts."""

    acts: int
    toxic: tuple[ToxicFound, ...]
    splits: tuple[SplitFound, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesInForce:
    """The rules about duties; `set_by` and `since` are None for those of the release."""

    rules: DutyRules
    set_by: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityDesk:
    """Sets the matrix, the rules about duties and delegations, each with its audit entry in one transaction."""

    services: Services

    async def matrix(self, actor: Actor) -> Sequence[AuthorityRow]:
        """The matrix in force. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await AuthorityRows(unit.session, actor.tenant).listed()

    async def set_matrix(self, actor: Actor, rows: Sequence[Authority], *, reason: str) -> Sequence[AuthorityRow]:
        """Put these rows in the place of all there are.

        Raises `PermissionMissing`, or `Invalid` without a reason, for a role that is not there, or where two rows
        answer one question for the same day.
        """
        require(actor, SET)
        check_reason(reason)
        try:
            matrix = AuthorityMatrix(rows=tuple(rows))
        except ValidationError as error:
            raise Invalid(f"the matrix contradicts itself: {error.errors()[0]['msg']}") from error
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            stored = AuthorityRows(unit.session, actor.tenant)
            unknown = sorted({row.role for row in matrix.rows} - await stored.roles())
            if unknown:
                raise Invalid(f"there is no role {', '.join(unknown)}")
            await stored.replace([_row(actor, row, now=now) for row in matrix.rows])
            values = {"rows": [row.model_dump(mode="json") for row in matrix.rows], "reason": reason}
            unit.record(actor.tenant, AuditRecord(kind="authority.set", actor=actor.user_id, values=values))
            return await stored.listed()

    async def delegations(self, actor: Actor) -> Sequence[DelegationRow]:
        """What the actor gave and received, and is not over. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            known = Delegations(unit.session, actor.tenant)
            return await known.of_person(actor.user_id, on=self.services.clock().date())

    async def receivers(self, actor: Actor, words: str) -> Sequence[tuple[str, str]]:
        """Ids and names of those who could stand in for the actor, by name: at most `MOST_RECEIVERS`, with all words.

        Raises `PermissionMissing`.
        """
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            able = await unit.people.with_permission(actor.tenant, ANSWER, kind=PERSON)
            names = await unit.people.names([one for one in able if one != actor.user_id])
        wanted = words.casefold().split()
        fitting = ((one, name) for one, name in names.items() if all(word in name.casefold() for word in wanted))
        return sorted(fitting, key=lambda one: (one[1].casefold(), one[0]))[:MOST_RECEIVERS]

    async def give(
        self,
        actor: Actor,
        receiver: str,
        *,
        effective_from: date,
        effective_to: date,
        cap_minor: int | None = None,
        currency: str | None = None,
    ) -> DelegationRow:
        """Let `receiver` (login or id) answer in the actor's place; each keeps to the lower of both limits.

        Raises `PermissionMissing`, `NotFound`, or `Invalid` for what means nothing or is over already.
        """
        require(actor, ANSWER)
        if actor.kind != PERSON:
            raise PermissionMissing("only a person may let somebody answer in their place")
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            other = await unit.people.named(actor.tenant, receiver)
            if other.kind != PERSON:
                raise Invalid(f"{other.name} is no person: only a person may answer in your place")
            try:
                given = Delegation(
                    giver=actor.user_id,
                    receiver=other.user_id,
                    cap_minor=cap_minor,
                    currency=currency,
                    effective_from=effective_from,
                    effective_to=effective_to,
                )
            except ValidationError as error:
                raise Invalid(error.errors()[0]["msg"]) from error
            if given.effective_to < now.date():
                raise Invalid(f"{given.effective_to} is over already")
            row = DelegationRow(id=str(uuid.uuid4()), tenant=actor.tenant, given_at=now, **given.model_dump())
            await Delegations(unit.session, actor.tenant).add(row)
            values = {"delegation": row.id, **given.model_dump(mode="json")}
            unit.record(actor.tenant, AuditRecord(kind="delegation.given", actor=actor.user_id, values=values))
        return row

    async def end(self, actor: Actor, delegation_id: str) -> None:
        """End what the actor gave, at once. Raises `PermissionMissing`, or `NotFound`."""
        require(actor, ANSWER)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            known = Delegations(unit.session, actor.tenant)
            if not await known.end(delegation_id, giver=actor.user_id, now=self.services.clock()):
                raise NotFound(f"you gave no delegation {delegation_id} that is still in force")
            values = {"delegation": delegation_id}
            unit.record(actor.tenant, AuditRecord(kind="delegation.ended", actor=actor.user_id, values=values))

    async def findings(self, actor: Actor, *, since: datetime, until: datetime) -> Findings:
        """Everything toxic and split in a period. A split is looked for under every limit that anybody has.

        Raises `PermissionMissing`, or `Invalid` for a period with more than `MAX_ACTS` acts.
        """
        require(actor, AUDIT)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rules = await DutyRegisters(unit.session, actor.tenant).in_force(self.services.duty_rules)
            acts = await DutyActs(unit.session, actor.tenant).between(since, until, limit=MAX_ACTS + 1)
            limits = await AuthorityRows(unit.session, actor.tenant).limits(APPROVAL)
        if len(acts) > MAX_ACTS:
            raise Invalid(f"the period has more than {MAX_ACTS} acts: ask for a shorter one")
        return Findings(acts=len(acts), toxic=toxic_in(rules, acts), splits=_splits(rules, acts, limits))

    async def duty_rules(self, actor: Actor) -> RulesInForce:
        """The rules about duties in force, and who set them. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return _in_force(await DutyRegisters(unit.session, actor.tenant).own(), self.services.duty_rules)

    async def set_duty_rules(self, actor: Actor, rules: Mapping[str, Any], *, reason: str) -> RulesInForce:
        """Put these rules in the place of those in force; they hold from the next answer and the next effect on.

        Raises `PermissionMissing`, or `Invalid` without a reason or for what are no rules.
        """
        require(actor, SET)
        check_reason(reason)
        try:
            wanted = DutyRules.model_validate(rules)
        except ValidationError as error:
            first = error.errors()[0]
            raise Invalid(f"rules.{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
        content = wanted.model_dump(mode="json")
        row = DutyRegisterRow(tenant=actor.tenant, rules=content, set_by=actor.user_id, since=self.services.clock())
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await DutyRegisters(unit.session, actor.tenant).put(row)
            values = {"rules": content, "reason": reason}
            unit.record(actor.tenant, AuditRecord(kind="duties.set", actor=actor.user_id, values=values))
        return _in_force(row, wanted)


def _in_force(row: DutyRegisterRow | None, release: DutyRules) -> RulesInForce:
    if row is None:
        return RulesInForce(rules=release)
    return RulesInForce(rules=DutyRules.model_validate(row.rules), set_by=row.set_by, since=row.since)


def _splits(rules: DutyRules, acts: Sequence[DutyAct], limits: Sequence[tuple[str, int]]) -> tuple[SplitFound, ...]:
    return tuple(
        found
        for rule in rules.splits
        for currency, limit in limits
        for found in splits_in(rule, acts, limit_minor=limit, currency=currency)
    )


def _row(actor: Actor, row: Authority, *, now: datetime) -> AuthorityRow:
    return AuthorityRow(id=str(uuid.uuid4()), tenant=actor.tenant, set_by=actor.user_id, since=now, **row.model_dump())
