"""What goes wrong when a bot works a page. Each names the step, and the evidence that was kept of it.

ToolError
├── Transient
│   └── PageAway            the page does not answer, or is being maintained; nothing happened
├── Permanent
│   ├── ChromiumMissing     there is no browser to work with
│   ├── LayoutUnknown       the page does not show what the bot was written for: nothing was clicked
│   ├── LoginRefused        the portal does not take user and password
│   ├── PageRefused         the page says that this may not be done, or is not there
│   └── DownloadTooLarge    the file is larger than may be kept
└── Ambiguous
    └── OutcomeUnseen       the click was made, and what came of it was not seen
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

from tools.errors import Ambiguous, Permanent, ToolError, Transient

SAID_LIMIT = 200
"""Characters of what went wrong: the digests of the evidence must stand in the message whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Where a bot was when it failed, and the SHA-256 of each kept original: `screenshot`, `page`, `trace`."""

    bot: str
    step: str
    evidence: Mapping[str, str] = field(default_factory=dict)

    def sentence(self, said: str) -> str:
        """The failure as the case shows it: bot, step, what, and where the evidence is."""
        short = said if len(said) <= SAID_LIMIT else said[: SAID_LIMIT - 1] + "…"
        kept = " ".join(f"{kind}={sha256}" for kind, sha256 in self.evidence.items())
        return f"{self.bot}, step {self.step!r}: {short}" + (f" [evidence {kept}]" if kept else "")


class Evidenced:
    """A failure that may say where it happened and what was kept of it."""

    traces: Traces | None = None


class PageAway(Evidenced, Transient):
    """The page does not answer, or is being maintained; nothing happened."""

    code: ClassVar[str] = "page_away"


class ChromiumMissing(Permanent):
    """There is no browser to work with."""

    code: ClassVar[str] = "chromium_missing"


class LayoutUnknown(Evidenced, Permanent):
    """The page does not show what the bot was written for: nothing was clicked."""

    code: ClassVar[str] = "layout_unknown"


class LoginRefused(Evidenced, Permanent):
    """The portal does not take user and password."""

    code: ClassVar[str] = "login_refused"


class PageRefused(Evidenced, Permanent):
    """The page says that this may not be done, or is not there."""

    code: ClassVar[str] = "page_refused"


class DownloadTooLarge(Evidenced, Permanent):
    """The file is larger than may be kept."""

    code: ClassVar[str] = "download_too_large"


class OutcomeUnseen(Evidenced, Ambiguous):
    """The click was made, and what came of it was not seen."""

    code: ClassVar[str] = "outcome_unseen"


Failed = TypeVar("Failed", bound=ToolError)


def told(error: Failed, traces: Traces) -> Failed:
    """The same failure, saying where it happened and what was kept of it."""
    said = type(error)(traces.sentence(error.message), tool=error.tool, code=error.reason)
    if isinstance(said, Evidenced):
        said.traces = traces
    return said
