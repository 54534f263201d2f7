"""Rule packs as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, StrictBool, StrictInt, StrictStr

from api.progress_lines import Stopped
from api.views.view import Form, Name, Text, View
from graphs.pack_desk import NewProposal, Proposed
from graphs.pack_limits import NewLimits
from graphs.replay import Scope
from graphs.replay_report import Change, ReplayReport
from graphs.store.pack_tables import PackActivation, PackLimits, PackReplay, StoredPack
from graphs.store.packs import PackSummary
from policies.fact import FactValue
from policies.pack_file import SIZE_LIMIT

PackYaml = Annotated[str, Field(max_length=SIZE_LIMIT, description="The pack as YAML.")]
Parameters = Annotated[
    dict[Name, StrictBool | StrictInt | StrictStr],
    Field(default_factory=dict, description="The tenant's own values of the pack's parameters."),
]
Day = Annotated[date, Field(strict=False)]
Names = Annotated[dict[str, str], Field(description="Names of the people that are named, by their ids.")]
Bps = Annotated[int, Field(ge=0, description="Hundredths of a percent of the replayed cases.")]


class PackView(View):
    """A stored rule pack."""

    digest: str
    pack: str
    version: str
    note: str
    stored_by: str
    stored_at: datetime

    @classmethod
    def of(cls, pack: PackSummary) -> PackView:
        """The summary as it is shown."""
        return cls(**{name: getattr(pack, name) for name in cls.model_fields})


class ActivationView(View):
    """An activation; of a pack the one with the highest number that covers a case counts."""

    pack: str
    number: int
    digest: str
    parameters: dict[str, FactValue]
    proposed_by: str
    approved_by: str
    activated_at: datetime
    from_at: datetime
    cases_since: date | None
    proposal_id: str | None
    report_digest: str | None

    @classmethod
    def of(cls, row: PackActivation) -> ActivationView:
        """The row as it is shown."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class PackList(View):
    """Stored packs and activations, newest first."""

    packs: list[PackView]
    activations: list[ActivationView]
    people: Names

    @classmethod
    def of(
        cls, packs: Sequence[PackSummary], activations: Sequence[PackActivation], people: Mapping[str, str]
    ) -> PackList:
        """The rows as they are shown."""
        shown = [ActivationView.of(row) for row in activations]
        return cls(packs=[PackView.of(pack) for pack in packs], activations=shown, people=dict(people))


class PackTextView(PackView):
    """A stored rule pack with its text."""

    yaml: str

    @classmethod
    def of_text(cls, row: StoredPack) -> PackTextView:
        """The row as it is shown."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ProposalForm(Form):
    """What is to be active: a text, or a stored pack by its digest."""

    yaml: PackYaml | None = None
    digest: Name | None = None
    parameters: Parameters
    from_at: Annotated[AwareDatetime | None, Field(strict=False, description="Not before this instant.")] = None
    cases_since: Annotated[Day | None, Field(description="Only cases that start on this day or later.")] = None
    reason: Text

    def asked(self) -> NewProposal:
        """The proposal for the desk."""
        return NewProposal(
            parameters=self.parameters, from_at=self.from_at, cases_since=self.cases_since, reason=self.reason
        )


class ReplayBrief(View):
    """What a replay found, in a few numbers."""

    id: str
    against: int
    made_by: str
    made_at: datetime
    report_digest: str
    verdicts: int
    cases: int
    newly_blocked: Change
    newly_reviewed: Change
    newly_allowed: Change
    tasks_more: int
    tasks_less: int
    unknown_cases: int

    @classmethod
    def of(cls, row: PackReplay) -> ReplayBrief:
        """The row as it is shown."""
        report = ReplayReport.model_validate(row.report, strict=False)
        return cls(
            id=row.id,
            against=row.against,
            made_by=row.made_by,
            made_at=row.made_at,
            report_digest=row.report_digest,
            verdicts=report.verdicts,
            cases=report.cases,
            newly_blocked=report.newly_blocked,
            newly_reviewed=report.newly_reviewed,
            newly_allowed=report.newly_allowed,
            tasks_more=report.tasks_more,
            tasks_less=report.tasks_less,
            unknown_cases=report.unknown_input.cases,
        )


class ProposalView(View):
    """A proposal; `status` is open, activated or withdrawn."""

    id: str
    pack: str
    version: str
    digest: str
    parameters: dict[str, FactValue]
    from_at: datetime | None
    cases_since: date | None
    reason: str
    status: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    replay: Annotated[ReplayBrief | None, Field(description="The newest replay.")]

    @classmethod
    def of(cls, found: Proposed) -> ProposalView:
        """The rows as they are shown."""
        row = found.proposal
        names = cls.model_fields.keys() - {"version", "replay"}
        values = {name: getattr(row, name) for name in names}
        replay = ReplayBrief.of(found.replay) if found.replay else None
        return cls(**values, version=found.pack.version, replay=replay)


class ProposalList(View):
    """Proposals, newest first."""

    proposals: list[ProposalView]
    people: Names


class ProposalDetail(View):
    """A proposal with the whole report of its newest replay."""

    proposal: ProposalView
    report: ReplayReport | None
    people: Names

    @classmethod
    def of(cls, found: Proposed, people: Mapping[str, str]) -> ProposalDetail:
        """The rows as they are shown."""
        report = ReplayReport.model_validate(found.replay.report, strict=False) if found.replay else None
        return cls(proposal=ProposalView.of(found), report=report, people=dict(people))


class ApprovalForm(Form):
    """What the second person has seen, and says yes to."""

    digest: Annotated[Name, Field(description="Digest of the pack.")]
    report_digest: Annotated[Name, Field(description="`report_digest` of the proposal's newest replay.")]


class WithdrawalForm(Form):
    """Why the proposal is withdrawn."""

    reason: Text


class ReplayForm(Form):
    """A text to be replayed; nothing of it is kept."""

    yaml: PackYaml
    parameters: Parameters
    since: Day | None = None
    cases: Annotated[list[Name] | None, Field(max_length=1000)] = None

    def scope(self) -> Scope:
        """Which verdicts are replayed."""
        return Scope(since=self.since, cases=tuple(self.cases) if self.cases is not None else None)


class ReplayProgress(View):
    """How far a replay is: entry `entry` of `of`."""

    entry: int
    of: int
    verdicts: int


class ReplayLine(View):
    """A line of a replay: one of these."""

    progress: ReplayProgress | None = None
    report: ReplayReport | None = None
    problem: Stopped | None = None


class LimitsForm(Form):
    """How much a new version may change at once."""

    max_newly_allowed_bps: Bps
    max_newly_blocked_bps: Bps
    max_extra_tasks_bps: Bps
    max_unknown_bps: Bps = 0
    max_money_allowed: Annotated[
        dict[Name, StrictInt], Field(default_factory=dict, description="Minor units newly allowed, by currency.")
    ]
    window_days: Annotated[int, Field(description="Days of verdicts that a replay covers.")] = 90
    report_hours: Annotated[int, Field(description="By how much the newest verdict may be younger.")] = 24

    def limits(self) -> NewLimits:
        """The limits for the desk."""
        return NewLimits(
            newly_allowed_bps=self.max_newly_allowed_bps,
            newly_blocked_bps=self.max_newly_blocked_bps,
            extra_tasks_bps=self.max_extra_tasks_bps,
            unknown_bps=self.max_unknown_bps,
            money_allowed=self.max_money_allowed,
            window_days=self.window_days,
            report_hours=self.report_hours,
        )


class LimitsView(View):
    """A pack's limits, and who set them."""

    pack: str
    max_newly_allowed_bps: int
    max_newly_blocked_bps: int
    max_extra_tasks_bps: int
    max_unknown_bps: int
    max_money_allowed: dict[str, int]
    window_days: int
    report_hours: int
    set_by: str
    since: datetime

    @classmethod
    def of(cls, row: PackLimits) -> LimitsView:
        """The row as it is shown."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class LimitsList(View):
    """The limits of all packs."""

    limits: list[LimitsView]


def named_in(found: Iterable[Proposed]) -> list[str | None]:
    """Ids of the people that proposals and their replays name."""
    ids: list[str | None] = []
    for one in found:
        ids += [one.proposal.proposed_by, one.proposal.decided_by, one.replay.made_by if one.replay else None]
    return ids
