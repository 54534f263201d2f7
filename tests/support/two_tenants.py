"""Rows of two tenants in every table that tenants have."""

from __future__ import annotations

from typing import Any

from graphs.agents.spending import Ceiling
from graphs.notices.notice import Notice, tell
from graphs.runtime.execution import Execution
from graphs.store.account_tables import AccountRow, AccountTokenRow, IdentityRow, SessionRow, TaskLinkRow
from graphs.store.admission_tables import Switch, Target, TargetLimit, TargetSlot
from graphs.store.analytics_tables import AnalyticsCell, AnalyticsLive, AnalyticsPlace
from graphs.store.audit_tables import AuditCheckpoint
from graphs.store.bulk_tables import BulkDecision, BulkOutcome
from graphs.store.calibration_tables import AgentCalibrationRow, AgentOutcomeRow, AgentReadingRow, AgentTallyRow
from graphs.store.chat_tables import EVERYBODY, ConversationRow, TurnRow
from graphs.store.chats import AS_PERSON
from graphs.store.database import Database, UnitOfWork
from graphs.store.deadline_tables import CalendarRow, ClockRow, ServiceLevelsRow
from graphs.store.duty_tables import AuthorityRow, DelegationRow, DutyActRow, DutyRegisterRow
from graphs.store.escalation_tables import EscalationRow
from graphs.store.forecast_tables import ForecastLook, ForecastPassage, ForecastRow
from graphs.store.information import InformationRequests
from graphs.store.information_tables import InformationReplyRow, InformationRow
from graphs.store.model_spend import ModelSpend
from graphs.store.notice_tables import NoticePreferencesRow, NoticeRow, NoticeTextRow
from graphs.store.operation_tables import OperationItemRow, OperationRow, StuckCaseRow
from graphs.store.people_tables import Team, TeamMember
from graphs.store.performer_tables import PerformerChoice
from graphs.store.quality_tables import QualityProbe, QualityRate, QualityRound, TaskView
from graphs.store.question_tables import QuestionRow
from graphs.store.recall_tables import DecisionSource, Precedent, Recall, RecalledDecision, TrailPosition
from graphs.store.retention_tables import CompactedRows, LegalHold, RetentionPolicy
from graphs.store.tables import Incident
from graphs.store.template_tables import DocumentTemplateRow
from graphs.store.vector_tables import PrecedentVector
from graphs.store.view_tables import SavedView
from graphs.store.workforce_tables import AbsenceRow, TeamTerms, WorkProfile
from tests.support.api import grant
from tests.support.case_desk import suspend
from tests.support.engine import Engine
from tests.support.packs import STRICTER
from tests.support.people import populate
from tests.support.rule_packs import RuleOwners
from tests.support.toy import PACK, AmountReader, Notebook, toy_definition
from tests.support.waiting import let_send, send, stand_at_wait, waiting_definition
from tools.clock import utc_now
from tools.errors import Permanent
from tools.llm.question import Budget

BY_DORA = {"set_by": "acme-dora", "since": utc_now()}


async def fill(url: str) -> None:
    database = Database(url, clock=utc_now)
    notebook = Notebook(Permanent("no"))
    engine = Engine(
        database=database, url=url, reader=AmountReader(500), notebook=notebook, execution=Execution.STRETCHES
    )
    await populate(database, "acme")
    await populate(database, "bolt")
    refused = await engine.start()
    await engine.advance(refused.case.id)
    stopped = await engine.start()
    engine.definitions = (toy_definition(version=2),)
    await engine.advance(stopped.case.id)
    async with database.unit_of_work("acme") as unit:
        await unit.originals.keep("acme", name="n", media_type="t", content=b"x", now=engine.clock())
        unit.session.add(Team(id="team", tenant="acme", name="Team"))
        await unit.session.flush()
        unit.session.add(Switch(tenant="acme", scope="agent", name="n", off=True, reason="r", **BY_DORA))
        unit.session.add(TargetLimit(tenant="acme", target="ledger", **BY_DORA))
        unit.session.add(Target(tenant="acme", target="ledger"))
        unit.session.add(TargetSlot(tenant="acme", target="ledger", slot=0))
        unit.session.add(CompactedRows(tenant="acme", case_id=refused.case.id, tasks=[], effects=[]))
        since = BY_DORA["since"]
        hold = LegalHold(id="h", tenant="acme", scope="party", subject="s", why="w", placed_by="acme-dora", since=since)
        unit.session.add(hold)
        unit.session.add(RetentionPolicy(tenant="acme", process="*", status="*", **BY_DORA))
        unit.session.add(AuditCheckpoint(tenant="acme", size=1, at=since, peaks=b"p", note="n"))
        unit.session.add(TeamMember(tenant="acme", team_id="team", user_id="acme-clara"))
    await ModelSpend(database, Ceiling()).reserve("acme", since.date(), Budget())
    await fill_lifecycle(engine)
    await fill_duties(engine, refused.case.id)
    await fill_calibration(engine, refused.case.id)
    await fill_recalls(engine, refused.case.id)
    await fill_deadlines(engine, refused.case.id)
    await fill_accounts(engine)
    await fill_operations(engine, refused.case.id)
    await fill_notices(engine)
    await fill_work(engine, refused.case.id)
    await fill_quality(engine, refused.case.id)
    await fill_questions(engine, refused.case.id)
    owners = await RuleOwners.of(engine.services, {"toy": PACK})
    await owners.activate(STRICTER)
    await database.close()


async def fill_work(engine: Engine, case_id: str) -> None:
    """How a person works and is away, a team's terms, decisions about many tasks, and who was to perform a step."""
    now = utc_now()
    set_by = {"tenant": "acme", "reason": "r", "set_by": "acme-dora", "since": now}
    bulk = {"user_id": "acme-dora", "key": "k", "digest": "d", "decision": "approve", "task_ids": ["t"]}
    choice = {"work": "w", "performer": "p", "kind": "api", "tool": "t", "target": "g", "explained": {}}
    async with engine.database.unit_of_work("acme") as unit:
        unit.session.add(WorkProfile(user_id="acme-dora", version=1, zone="UTC", languages=[], skills={}, **set_by))
        unit.session.add(AbsenceRow(id="a", user_id="acme-dora", first_day=now.date(), last_day=now.date(), **set_by))
        unit.session.add(TeamTerms(team_id="team", version=1, roles=[], strategy="least_loaded", **set_by))
        unit.session.add(BulkDecision(id="b", tenant="acme", created_at=now, **bulk))
        await unit.session.flush()
        unit.session.add(BulkOutcome(bulk_id="b", task_id="t", tenant="acme", status="accepted", at=now))
        unit.session.add(PerformerChoice(case_id=case_id, step="s", visit=1, tenant="acme", chosen_at=now, **choice))
        await unit.session.execute(AS_PERSON, {"person": EVERYBODY})
        dora = {"tenant": "acme", "user_id": "acme-dora"}
        unit.session.add(ConversationRow(id="chat", title="t", created_at=now, updated_at=now, **dora))
        await unit.session.flush()
        said = {"question": "q", "source": "none", "context": {}}
        unit.session.add(TurnRow(conversation_id="chat", place=1, asked_at=now, **said, **dora))


async def fill_notices(engine: Engine) -> None:
    """A notice, what a person wants, and a text of the tenant's own."""
    words = {"kind": "k", "language": "en", "version": 1, "title": "t", "body": "b", "reason": "r"}
    async with engine.database.unit_of_work("acme") as unit:
        notice = {"recipient_id": "acme-dora", "kind": "k", "values": {}, "created_at": utc_now()}
        unit.session.add(NoticeRow(id="notice", tenant="acme", **notice))
        unit.session.add(NoticePreferencesRow(tenant="acme", user_id="acme-dora", wants={}, **BY_DORA))
        unit.session.add(NoticeTextRow(tenant="acme", **words, **BY_DORA))


async def fill_duties(engine: Engine, case_id: str) -> None:
    """A row of the matrix, a delegation, an act, and a template."""
    now = utc_now()
    days = {"effective_from": now.date(), "effective_to": now.date()}
    what = {"role": "approver", "matter": "approval", "entity": "any", "currency": "EUR", "limit_minor": 1}
    who = {"giver": "acme-dora", "receiver": "acme-emil"}
    act = {"who": "acme-dora", "duty": "payment.released", "subject": "vendor:V1", "also": [], "step": "write"}
    async with engine.database.unit_of_work("acme") as unit:
        unit.session.add(AuthorityRow(id="row", tenant="acme", **what, **days, **BY_DORA))
        unit.session.add(DelegationRow(id="let", tenant="acme", given_at=now, **who, **days))
        unit.session.add(DutyActRow(id="act", tenant="acme", case_id=case_id, at=now, **act))
        unit.session.add(DutyRegisterRow(tenant="acme", rules={}, **BY_DORA))
        taught = {"vendor": "v", "field": "total", "template": {}, "created_by": "acme-dora", "created_at": now}
        unit.session.add(DocumentTemplateRow(id="taught", tenant="acme", case_id=case_id, **taught))


async def fill_calibration(engine: Engine, case_id: str) -> None:
    """A reviewed decision, a count, a reading, and a calibration."""
    now = utc_now()
    whose = {"decision_class": "c", "class_version": 1, "model": "m", "prompt_digest": "p"}
    seen = {"raw_bps": 1, "choice": "a", "person_choice": "a", "was_right": True, "blind": False, "step": "s"}
    made = {"made_at": now, "made_by": "acme-dora", "upto_seq": 1, "calibration": {}, "digest": "d", "why": "w"}
    counts = {"decided": 1, "automatic": 0, "blind": 0}
    async with engine.database.unit_of_work("acme") as unit:
        unit.session.add(AgentOutcomeRow(tenant="acme", seq=1, case_id=case_id, at=now, **whose, **seen))
        unit.session.add(AgentTallyRow(tenant="acme", calibration_id="k", day=now.date(), raw_bps=1, **whose, **counts))
        unit.session.add(AgentReadingRow(tenant="acme", seq=1))
        unit.session.add(AgentCalibrationRow(id="k", tenant="acme", status="closed", **whose, **made))


async def fill_recalls(engine: Engine, case_id: str) -> None:
    """What a decision was made with, a precedent, and a recall."""
    now = utc_now()
    place = {"tenant": "acme", "case_id": case_id, "step": "check", "at": now}
    names = {"task_id": "t", "process": "toy", "judged": "check", "point": "check", "verdict": "review", "pack": "toy"}
    answer = {"decision": "approve", "corrected": {}, "reason": "", "decided_by": "acme-dora", "digest": "d"}
    by_dora = {"ordered_by": "acme-dora", "ordered_at": now, "reason": "r", "status": "open"}
    async with engine.database.unit_of_work("acme") as unit:
        unit.session.add(TrailPosition(tenant="acme", kind="k", seq=1))
        unit.session.add(DecisionSource(seq=1, kind="model", name="m", version="", digest="", **place))
        vector = {"digest": "d", "model": "m", "view": "v", "material": {}, "vector": b"v", "at": utc_now()}
        unit.session.add(PrecedentVector(tenant="acme", task_id="t", case_id=case_id, **vector))
        unit.session.add(Precedent(seq=1, exceptions=[], fired=[], facts={}, **names, **answer, **place))
        unit.session.add(Recall(id="r", tenant="acme", kind="model", name="m", version="", up_to=1, **by_dora))
        await unit.session.flush()
        unit.session.add(RecalledDecision(recall_id="r", seq=1, status="open", outcome="", **place))


async def fill_deadlines(engine: Engine, case_id: str) -> None:
    """A calendar, service levels of a process that has no cases, a clock, an escalation, and who is told of it."""
    text = {"version": 1, "yaml": "y", "digest": "d", "reason": "r", **BY_DORA}
    clock = {"scope": "process", "name": "toy", "status": "stopped", "calendar": "c", "pauses": []}
    async with engine.database.unit_of_work("acme") as unit:
        unit.session.add(CalendarRow(tenant="acme", name="c", followed=True, **text))
        unit.session.add(ServiceLevelsRow(tenant="acme", process="none", **text))
        versions = {"levels_version": 1, "calendar_version": 1, "started_at": utc_now()}
        unit.session.add(ClockRow(id="clock", tenant="acme", case_id=case_id, **clock, **versions))
        step = {"round": utc_now(), "place": 0, "rung": "r", "number": 0, "action": "remind", "status": "reached"}
        reached = EscalationRow(id="e", tenant="acme", case_id=case_id, clock_id="clock", at=utc_now(), told=[], **step)
        unit.session.add(reached)
        told = Notice(tenant="acme", recipient_id="acme-dora", kind="escalation.remind", key="e")
        await tell(unit, told, now=utc_now())


async def fill_accounts(engine: Engine) -> None:
    """An account with a session, a token, a link and an identity."""
    now = utc_now()
    whose = {"tenant": "acme", "user_id": "acme-dora"}
    began = {"started_at": now, "seen_at": now, "confirmed_at": now, "expires_at": now}
    made = {"created_at": now, "expires_at": now}
    async with engine.database.unit_of_work("acme") as unit:
        unit.session.add(AccountRow(login_key="dora", created_at=now, **whose))
        unit.session.add(SessionRow(id="s", secret_hash="h", address="a", agent="b", **began, **whose))
        unit.session.add(AccountTokenRow(id="t", purpose="reset", created_by="acme-sven", **made, **whose))
        unit.session.add(TaskLinkRow(id="l", task_id="t", task_digest="d", **made, **whose))
        unit.session.add(IdentityRow(id="i", issuer="i", subject="s", how="login", linked_at=now, **whose))


async def fill_operations(engine: Engine, case_id: str) -> None:
    """An operation with an item, and a case that was found stuck."""
    now = utc_now()
    order = {"kind": "retry", "fingerprint": "f", "request": {}, "chosen": {}, "reason": "r", "total": 1}
    by_dora = {"ordered_by": "acme-dora", "ordered_at": now, "canary": 1, "at_once": 1}
    incident = Incident(
        id="i",
        fingerprint="f",
        step="s",
        kind="k",
        code="c",
        message="m",
        status="open",
        **{"tenant": "acme", "case_id": case_id, "created_at": now},
    )
    found = {"status": "running", "journaled": 0, "epoch": 1, "found_at": now, "nudged_at": now}
    async with engine.database.unit_of_work("acme") as unit:
        unit.session.add(OperationRow(id="o", tenant="acme", **order, **by_dora))
        unit.session.add(incident)
        await unit.session.flush()
        unit.session.add(OperationItemRow(operation_id="o", incident_id="i", tenant="acme", case_id=case_id, place=1))
        unit.session.add(StuckCaseRow(case_id=case_id, tenant="acme", **found))
        await unit.session.flush()
        fill_forecasts(unit, case_id)
        fill_analytics(unit, case_id)


def fill_analytics(unit: UnitOfWork, case_id: str) -> None:
    """A row in every table of analytics."""
    here: dict[str, Any] = {"tenant": "acme", "process": "toy", "version": 1}
    at = utc_now()
    unit.session.add(
        AnalyticsPlace(
            **here,
            case_id=case_id,
            step="read",
            since=at,
            started_at=at,
            touched=False,
            reworked=False,
            cost_micros=0,
            rules=[],
        )
    )
    unit.session.add(AnalyticsLive(**here, step="read", cases=1, since_ms=1))
    unit.session.add(AnalyticsCell(**here, measure="started", day=at.date(), subject="", bucket=0, count=1, total=0))


def fill_forecasts(unit: UnitOfWork, case_id: str) -> None:
    """What is foreseen of the clock."""
    now = utc_now()
    of_clock: dict[str, Any] = {"tenant": "acme", "case_id": case_id, "clock_id": "clock", "clock_version": 1}
    place: dict[str, Any] = {"process": "toy", "version": 1, "step": "approve", "stage": "write", "label": ""}
    kept: dict[str, Any] = {"seq": 1, "tenant": "acme", "case_id": case_id, "began_at": now, "halts": [], "rank": 0.0}
    said: dict[str, Any] = {"point": "half", "issued_at": now, "due_at": now, "probability_bps": 1}
    named: dict[str, Any] = {"process": "toy", "scope": "process", "name": "toy", "level": ""}
    unit.session.add(ForecastPassage(**place, **kept))
    unit.session.add(ForecastLook(looked_at=now, next_at=now, **of_clock))
    unit.session.add(ForecastRow(id="f", basis=1, lead_seconds=0, **named, **said, **of_clock))


async def fill_quality(engine: Engine, case_id: str) -> None:
    """A look, a role's rates, a known case, and a place in the answers."""
    now = utc_now()
    seed = {"kind": "known", "task_id": "t", "step": "approve", "role": "none", "status": "waiting"}
    seen = {"task_id": "t", "user_id": "acme-dora", "visit": 1, "opened_at": now, "seen_at": now, "evidence": {}}
    rate = {"role": "none", "second_bps": 0, "known_bps": 0, "reason": "r", "set_by": "acme-dora", "set_at": now}
    asked = {"expected": {}, "excluded": [], "ordered_by": "acme-dora", "created_at": now}
    async with engine.database.unit_of_work("acme") as unit:
        unit.session.add(TaskView(tenant="acme", **seen))
        unit.session.add(QualityRate(tenant="acme", **rate))
        unit.session.add(QualityProbe(id="probe", tenant="acme", case_id=case_id, **seed, **asked))
        unit.session.add(QualityRound(tenant="acme", upto=now))
        view = {"screen": "cases", "owner_id": "acme-clara", "name": "all", "search": "", "saved_at": now}
        unit.session.add(SavedView(id="view", tenant="acme", **view))


async def fill_questions(engine: Engine, case_id: str) -> None:
    """A question about a task to a colleague, and one to somebody outside with what came of it."""
    now = utc_now()
    outside = {"source": "free", "address_mac": "a", "tag_mac": "b", "mail_ref": "c", "reminder_ref": "d"}
    asked = {"asked_by": "acme-dora", "asked_of": "acme-clara", "wanted": {}, "asked_at": now, "deadline_at": now}
    async with engine.database.unit_of_work("acme") as unit:
        unit.session.add(QuestionRow(id="q", tenant="acme", case_id=case_id, task_id="t", status="open", **asked))
        request = InformationRow(
            id="i",
            tenant="acme",
            case_id=case_id,
            task_id="t",
            asked_by="acme-dora",
            asked_at=now,
            deadline_at=now,
            **outside,
        )
        await InformationRequests(unit.session).add(request)
        came = InformationReplyRow(
            id="r", tenant="acme", case_id=case_id, request_id="i", standing="answer", received_at=now
        )
        await InformationRequests(unit.session).add_reply(came)


async def fill_lifecycle(engine: Engine) -> None:
    """A message, a case that waits for another, and an order."""
    engine.definitions = (waiting_definition(),)
    await let_send(engine)
    await grant(engine.database, "sven", "case.suspend")
    waiting = await stand_at_wait(engine, "INV-1")
    await send(engine, "INV-2", "m-1")
    await suspend(engine, waiting.case_id)
