"""Links that only their person can use: to a task, or to set a password. Made as the mail is sent, kept nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graphs.accounts.link import LinkDesk, new_link
from graphs.accounts.told import told
from graphs.errors import NotFound
from graphs.notices.terms import LinkWanted
from graphs.runtime.services import Services
from graphs.store.inbox import UNANSWERED
from graphs.store.notices import Notices


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLinks:
    """Makes the links of an installation whose pages are reached at `public_url`."""

    services: Callable[[], Services]
    public_url: str

    async def __call__(self, wanted: LinkWanted, /) -> str:
        """The address: with a token behind `#`, which no server on the way is told, or the page of the case."""
        services = self.services()
        now = services.clock()
        async with services.database.unit_of_work(wanted.tenant) as unit:
            [notice] = await Notices(unit.session).named(wanted.tenant, [wanted.notice_id])
            token = told(services.seal, notice.values).get("token")
            if token is not None:
                return f"{self._page('account')}#{token}"
            if wanted.task_id is not None:
                try:
                    task = await unit.inbox.get(wanted.task_id)
                except NotFound:
                    task = None
                if task is not None and task.status in UNANSWERED:
                    link = await new_link(unit, task, user_id=wanted.person, now=now)
                    return f"{self._page('links')}#{LinkDesk(services=services).token(link.id)}"
            return services.notice_terms.page(notice.case_id, notice.task_id)

    def _page(self, name: str) -> str:
        return f"{self.public_url.rstrip('/')}/{name}"
