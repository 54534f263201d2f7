"""What has been settled and not yet put away, kept on disk: it saves fetching a mail again, and no more than that.

Whether a mail has its case, only the database says. Without this file every mail is simply looked at once more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

MOST = 1_000


@dataclass(slots=True, kw_only=True)
class Position:
    """Settled mails by UIDVALIDITY and UID, with whether they were refused."""

    file: Path
    settled: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Position:
        """What the file holds; nothing where it is missing or damaged."""
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            settled = {str(reference): bool(refused) for reference, refused in found.items()}
        except (OSError, ValueError, AttributeError):
            settled = {}
        return cls(file=file, settled=settled)

    def remember(self, reference: str, *, refused: bool) -> None:
        """The mail is settled and has still to be put away."""
        self.settled[reference] = refused
        for oldest in list(self.settled)[:-MOST]:
            del self.settled[oldest]
        self._write()

    def forget(self, reference: str) -> None:
        """The mail has been put away."""
        if self.settled.pop(reference, None) is not None:
            self._write()

    def keep_only(self, validity: str) -> None:
        """Forget what was settled under another UIDVALIDITY: those numbers mean other mails now."""
        kept = {one: refused for one, refused in self.settled.items() if one.partition("/")[0] == validity}
        if kept != self.settled:
            self.settled = kept
            self._write()

    def _write(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(self.settled), encoding="utf-8")
        fresh.replace(self.file)
