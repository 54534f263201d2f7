"""Whether what a notice tells is still true, and what its text needs to know of what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphs.new_case import traced
from graphs.notices.kind import kin
from graphs.notices.text import FREE
from graphs.store.cases import ENDED
from graphs.store.inbox import UNANSWERED
from graphs.store.notice_tables import NoticeRow
from graphs.store.notices import Notices
from graphs.store.people_tables import User
from graphs.store.tables import Case, Incident, Task

PROCESS = "notification"
TASK_OPEN, MINE, CASE_OPEN, INCIDENT_OPEN = "task_open", "mine", "case_open", "incident_open"
STILL_TRUE: Mapping[str, tuple[str, ...]] = {
    "task.assigned": (TASK_OPEN, MINE),
    "task.reassigned": (TASK_OPEN, MINE),
    "task.delegated": (TASK_OPEN,),
    "task.commented": (TASK_OPEN,),
    "task.declined": (TASK_OPEN, MINE),
    "task.escalated": (TASK_OPEN,),
    "task.nobody_left": (TASK_OPEN,),
    "task.unassigned": (TASK_OPEN,),
    "information.asked": (TASK_OPEN,),
    "deadline.at_risk": (TASK_OPEN, CASE_OPEN),
    "deadline.breached": (TASK_OPEN, CASE_OPEN),
    "escalation": (TASK_OPEN, CASE_OPEN),
    "incident.opened": (INCIDENT_OPEN,),
}
"""What must hold for a notice to be worth sending. A kind that is not named is always told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The people, tasks, cases and incidents that notices are about, by id."""

    people: Mapping[str, User]
    tasks: Mapping[str, Task]
    cases: Mapping[str, Case]
    incidents: Mapping[str, Incident]

    def traceparent(self, rows: Sequence[NoticeRow]) -> str:
        """That of the cases which the notices are about; empty where they are of several traces, or of none."""
        about = [self.cases.get(row.case_id) if row.case_id else None for row in rows]
        found = {traced(case.summary) if case else "" for case in about}
        return found.pop() if len(found) == 1 else ""

    def untrue(self, row: NoticeRow) -> str:
        """Why it need not be told any more; empty where it must."""
        person = self.people.get(row.recipient_id)
        if person is None or not person.active:
            return "the person is not active"
        told = next((one for one in kin(row.kind) if one in STILL_TRUE), "")
        for condition in STILL_TRUE.get(told, ()):
            why = self._broken(condition, row)
            if why:
                return why
        return ""

    def _broken(self, condition: str, row: NoticeRow) -> str:
        task = self.tasks.get(row.task_id) if row.task_id else None
        case = self.cases.get(row.case_id) if row.case_id else None
        incident = self.incidents.get(str(row.values.get("incident")))
        match condition:
            case "task_open" if row.task_id and (task is None or task.status not in UNANSWERED):
                return "the task is not open any more"
            case "mine" if task is not None and task.assignee_id not in (None, row.recipient_id):
                return "the task is somebody else's now"
            case "case_open" if case is not None and case.status in ENDED:
                return "the case has ended"
            case "incident_open" if incident is not None and incident.status != "open":
                return "the incident is closed"
            case _:
                return ""

    def about_delivery(self, row: NoticeRow) -> bool:
        """Whether it is about a case that itself tells somebody something: telling of that could go on for ever."""
        case = self.cases.get(row.case_id) if row.case_id else None
        return case is not None and case.process == PROCESS

    def values(self, row: NoticeRow, *, link: str) -> dict[str, Any]:
        """What fills the places of the row's text."""
        person = self.people.get(row.recipient_id)
        task = self.tasks.get(row.task_id) if row.task_id else None
        case = self.cases.get(row.case_id) if row.case_id else None
        known = {
            "person": person.name if person else None,
            "case": (case.title or case.id) if case else None,
            "case_id": row.case_id,
            "task": task.title if task else None,
            "task_id": row.task_id,
            "due_at": task.deadline_at.isoformat() if task else None,
            "name": task.title if task else case.title if case else None,
        }
        given = {name: value for name, value in row.values.items() if name not in FREE}
        fixed = {name: value for name, value in known.items() if value is not None and name not in ("due_at", "name")}
        return {**known, **given, **fixed, "kind": row.kind, "link": link}


async def surroundings(notices: Notices, rows: Sequence[NoticeRow]) -> Surroundings:
    """What the rows are about, in four queries."""
    incidents = [str(row.values["incident"]) for row in rows if "incident" in row.values]
    return Surroundings(
        people=await notices.people(row.recipient_id for row in rows),
        tasks=await notices.tasks(row.task_id for row in rows if row.task_id),
        cases=await notices.cases(row.case_id for row in rows if row.case_id),
        incidents=await notices.incidents(incidents),
    )
