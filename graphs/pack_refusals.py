"""Why a rule pack is not activated.

EngineError
├── Refused
│   └── NotAPerson          two people activate a pack; this is a service or an agent
├── Conflict
│   ├── ProposalClosed      the proposal was activated or withdrawn
│   ├── LimitsMissing       the pack's owner has not set limits
│   ├── ReplayMissing       no replay of this proposal counts
│   ├── ReplayOutdated      the replay is of before: of other rules, or of too few verdicts
│   ├── ReplayUnsound       verdicts did not come out as they were recorded, or the engine was at fault
│   ├── OutsideLimits       the replay shows more change than the owner allows
│   └── ActivatedMeanwhile  another activation was faster
└── Invalid                 (graphs.trial) PackRefused, TrialFailed
"""

from __future__ import annotations

from typing import ClassVar

from graphs.errors import Conflict, Refused


class NotAPerson(Refused):
    """Two people activate a rule pack; this is a service or an agent."""

    code: ClassVar[str] = "not_a_person"


class ProposalClosed(Conflict):
    """The proposal was activated or withdrawn."""

    code: ClassVar[str] = "proposal_closed"


class LimitsMissing(Conflict):
    """The rule pack's owner has not set limits."""

    code: ClassVar[str] = "pack_limits_missing"


class ReplayMissing(Conflict):
    """No replay of this proposal counts."""

    code: ClassVar[str] = "replay_missing"


class ReplayOutdated(Conflict):
    """The replay is outdated: make a new one."""

    code: ClassVar[str] = "replay_outdated"


class ReplayUnsound(Conflict):
    """The replay cannot be relied on."""

    code: ClassVar[str] = "replay_unsound"


class OutsideLimits(Conflict):
    """The replay shows more change than the pack's owner allows."""

    code: ClassVar[str] = "outside_pack_limits"


class ActivatedMeanwhile(Conflict):
    """Another activation of the pack was faster."""

    code: ClassVar[str] = "activated_meanwhile"
