"""The activation gate: whether a proposal's replay counts, and is within what the pack's owner allows."""

from __future__ import annotations

from datetime import timedelta

from graphs.pack_limits import breaches
from graphs.pack_refusals import LimitsMissing, OutsideLimits, ReplayMissing, ReplayOutdated, ReplayUnsound
from graphs.replay_report import ReplayReport
from graphs.store.database import UnitOfWork
from graphs.store.pack_tables import PackLimits, PackProposal, PackReplay
from graphs.store.verdict_log import VerdictLog
from policies.canonical import digest


async def counting_replay(unit: UnitOfWork, proposal: PackProposal) -> PackReplay:
    """The proposal's newest replay, if it counts and is within the limits.

    Raises `LimitsMissing`, `ReplayMissing`, `ReplayOutdated`, `ReplayUnsound` or `OutsideLimits`.
    """
    limits, replay = await limits_of(unit, proposal), await unit.packs.replay_of(proposal.id)
    if replay is None:
        raise ReplayMissing(f"proposal {proposal.id} was not replayed")
    if digest(replay.report) != replay.report_digest:
        raise ReplayMissing(f"the report of replay {replay.id} is not the one that was made")
    report = ReplayReport.model_validate(replay.report, strict=False)
    newest = await unit.packs.newest(proposal.tenant, proposal.pack)
    check_current(report, proposal, limits, active=newest.number if newest else 0)
    judged_at = await VerdictLog(unit.session).newest_at(proposal.tenant)
    if judged_at is not None and judged_at - report.made_at > timedelta(hours=limits.report_hours):
        raise ReplayOutdated(f"verdicts were given more than {limits.report_hours} hours after the replay")
    check_sound(report)
    if outside := list(breaches(limits, report)):
        raise OutsideLimits("; ".join(outside))
    return replay


def check_current(report: ReplayReport, proposal: PackProposal, limits: PackLimits, *, active: int) -> None:
    """Whether the report is about this proposal, what is active now, and enough of the past.

    Raises `ReplayOutdated`.
    """
    if (report.digest, report.parameters) != (proposal.digest, proposal.parameters):
        raise ReplayOutdated("the replay is of another pack or of other parameters")
    if report.against.number != active:
        raise ReplayOutdated(f"the replay was made against activation {report.against.number}, now it is {active}")
    if report.only_cases is not None:
        raise ReplayOutdated("the replay is of some cases only")
    days = (report.made_at.date() - report.since).days if report.since else None
    if days is not None and days < limits.window_days:
        raise ReplayOutdated(f"the replay is of {days} days, the limits ask for {limits.window_days}")


def check_sound(report: ReplayReport) -> None:
    """Raises `ReplayUnsound` where the engine cannot be relied on."""
    if report.recomputed.different:
        numbers = ", ".join(map(str, report.recomputed.first_different))
        raise ReplayUnsound(f"recorded verdicts come out otherwise now (entries {numbers})")
    if report.new_faults:
        raise ReplayUnsound(f"{report.new_faults} verdicts would be faults of the engine; {report.first_fault}")


async def limits_of(unit: UnitOfWork, proposal: PackProposal) -> PackLimits:
    """The limits of the proposal's pack. Raises `LimitsMissing`."""
    limits = await unit.packs.limits(proposal.tenant, proposal.pack)
    if limits is None:
        raise LimitsMissing(f"set limits for {proposal.pack} first: how much may a new version change?")
    return limits
