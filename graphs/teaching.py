"""What a reviewer's correction teaches about documents: templates, kept with the answer in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from graphs.audit import AuditRecord
from graphs.errors import NotFound
from graphs.lessons import Correction
from graphs.store.database import Database
from graphs.store.statements import TEMPLATES, TEMPLATES_WRONG, json_text
from graphs.store.template_tables import DocumentTemplateRow
from graphs.store.templates import DocumentTemplates
from graphs.store.writer import Change
from policies.canonical import digest
from tools.document.errors import DocumentRefused
from tools.document.isolation import take_lesson_isolated
from tools.document.limits import DEFAULT_LIMITS
from tools.document.template import Template

log = logging.getLogger(__name__)

LEARNED: Final = "template.learned"
DOUBTED: Final = "template.doubted"
_LIMITS: Final = replace(DEFAULT_LIMITS, time_limit=timedelta(seconds=10))
"""A reviewer waits for the answer to be accepted: what takes longer teaches nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """Templates that a correction teaches, and the ids of those that it proves wrong."""

    templates: tuple[Template, ...] = ()
    wrong: tuple[str, ...] = ()

    def add_to(self, change: Change, *, task: str, case_id: str, step: str, by: str, at: datetime) -> None:
        """Write it with `change`, and record it."""
        known = [(template_id(change.tenant, template), template) for template in self.templates]
        for name, template in known:
            row = {
                "id": name,
                "tenant": change.tenant,
                "vendor": template.vendor,
                "field": template.field,
                "template": template.model_dump(mode="json"),
                "case_id": case_id,
                "created_by": by,
                "created_at": at,
            }
            change.add(TEMPLATES, json_text(row))
        for name in self.wrong:
            change.add(TEMPLATES_WRONG, name)
        if known:
            values = [{"id": name, "vendor": one.vendor, "field": one.field} for name, one in known]
            change.record(_record(LEARNED, {"task": task, "templates": values}, case_id, step, by), at)
        if self.wrong:
            change.record(_record(DOUBTED, {"task": task, "templates": list(self.wrong)}, case_id, step, by), at)


NOTHING_TAUGHT: Final = Taught()


def template_id(tenant: str, template: Template) -> str:
    """The same for the same lesson, so that it is kept once."""
    return digest({"tenant": tenant, **template.model_dump(mode="json", exclude={"wrong", "box"})})[:32]


def _record(kind: str, values: Mapping[str, Any], case_id: str, step: str, by: str) -> AuditRecord:
    return AuditRecord(kind=kind, actor=by, case_id=case_id, step=step, values=values)


async def templates_of(database: Database, tenant: str) -> Sequence[Template]:
    """The templates that the tenant's reviewers taught and that are in use."""
    return [template for _, template in await _in_use(database, tenant)]


async def taught_by(database: Database, tenant: str, correction: Correction) -> Taught:
    """What the correction teaches; nothing where its document is gone or cannot be read again, by whatever fault."""
    known = await _in_use(database, tenant)
    try:
        async with database.unit_of_work(tenant) as unit:
            original = await unit.originals.get(tenant, correction.document)
        learned = await take_lesson_isolated(
            original.content,
            correction.lesson,
            [template for _, template in known],
            name=original.name,
            limits=_LIMITS,
        )
    except (NotFound, DocumentRefused, OSError) as refused:
        log.info("lesson.missed", extra={"reason": type(refused).__name__})
        return NOTHING_TAUGHT
    return Taught(templates=learned.new, wrong=tuple(known[place][0] for place in learned.wrong))


async def _in_use(database: Database, tenant: str) -> list[tuple[str, Template]]:
    """Templates by id. One that an erasure took a name out of is of no use any more, and left out."""
    async with database.unit_of_work(tenant) as unit:
        rows = await DocumentTemplates(unit.session, tenant).in_use()
    return [(row.id, template) for row in rows if (template := _template(row)) is not None]


def _template(row: DocumentTemplateRow) -> Template | None:
    try:
        return Template.model_validate({**row.template, "wrong": row.wrong})
    except ValidationError:
        return None
