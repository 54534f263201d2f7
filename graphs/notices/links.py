"""Links of a person's own: made as their mail is sent, so that they stand in that mail and on no record.

A mail's text holds a mark for each. Any process may have text with a mark sent, so a mark becomes a link only in a mail
to nobody but the person of its notice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphs.notices.delivery import link_mark
from graphs.notices.terms import LinkWanted
from graphs.runtime.services import Services
from graphs.store.notices import Notices
from tools.errors import ToolError, Transient

MARK = re.compile(re.escape(link_mark("@")).replace("@", "([0-9a-f-]{36})"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Completes the mails of a tenant."""

    services: Callable[[], Services]
    tenant: str

    async def completed(self, text: str, recipients: Sequence[str]) -> str:
        """The text with its links. Raises `Transient` where one cannot be made: nothing was sent."""
        marked = set(MARK.findall(text))
        if not marked or len(recipients) != 1:
            return text
        services = self.services()
        async with services.database.unit_of_work(self.tenant) as unit:
            notices = Notices(unit.session)
            rows = await notices.named(self.tenant, marked)
            people = await notices.people(row.recipient_id for row in rows)
        for row in rows:
            if people[row.recipient_id].email != recipients[0]:
                continue
            link = services.notice_terms.page(row.case_id, row.task_id)
            if services.notice_terms.link is not None:
                wanted = LinkWanted(
                    tenant=self.tenant,
                    person=row.recipient_id,
                    kind=row.kind,
                    notice_id=row.id,
                    task_id=row.task_id,
                )
                try:
                    link = await services.notice_terms.link(wanted)
                except ToolError:
                    raise
                except Exception as error:
                    why = f"the link of a notice could not be made ({type(error).__name__})"
                    raise Transient(why, tool="mail.send", code="link_not_made") from error
            text = text.replace(link_mark(row.id), link)
        return text
