"""What an installation says about telling people: where its pages are, how links are made, when much is too much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from graphs.notices.storm import Storm


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWanted:
    """Whom a link is for, and what it is about: a notice of this kind, and its task where it has one."""

    tenant: str
    person: str
    kind: str
    notice_id: str
    task_id: str | None


class MakeLink(Protocol):
    """Makes a link at the moment at which its mail is sent; it stands in the mail, and on no record."""

    async def __call__(self, wanted: LinkWanted, /) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTerms:
    """`public_url` is where people reach the pages; without it a text names the task. `link` makes links of mails.

    With `assignments` whoever is given a new task is told of it.
    """

    public_url: str | None = None
    link: MakeLink | None = None
    storm: Storm = field(default_factory=Storm)
    assignments: bool = False

    def page(self, case_id: str | None, task_id: str | None) -> str:
        """The address of the task or the case; its name where no address is known."""
        place = f"tasks/{task_id}" if task_id else f"cases/{case_id}" if case_id else ""
        if self.public_url is None:
            return place.replace("s/", " ") or "Interlock"
        return f"{self.public_url.rstrip('/')}/{place}"
