"""Finding and erasing a person's values: rows, originals, jobs, and the person's own row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.cases import ENDED
from graphs.store.chat_tables import EVERYBODY
from graphs.store.chats import AS_PERSON
from graphs.store.people_tables import User
from graphs.store.rows import affected
from graphs.store.sought import COLUMNS, SEARCHED, Sought, SoughtTable, sought_tables
from graphs.store.tables import Case

INPUTS = """
SELECT c.id, c.input AS input FROM cases c WHERE c.tenant = :tenant
UNION ALL
SELECT e.case_id, v.content -> 'input' FROM audit_entries e
  JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq
  WHERE e.tenant = :tenant AND e.kind = 'case.started'
UNION ALL
SELECT e.case_id, v.content -> 'documents' FROM audit_entries e
  JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq
  WHERE e.tenant = :tenant AND e.kind = 'information.received'
"""
"""A compacted case's input stands in the trail only, and so does what came of its information requests."""

ORIGINALS_OF = text(
    f"""
    SELECT DISTINCT d.sha256 FROM documents d JOIN (
      SELECT named #>> '{{}}' AS sha256 FROM ({INPUTS}) AS i,
        jsonb_path_query(i.input, 'strict $.** ? (@.type() == "string")') AS named
      WHERE i.id = ANY (:cases)) AS named ON named.sha256 = d.sha256
    WHERE d.tenant = :tenant ORDER BY 1
    """  # noqa: S608 - nothing from outside
)
CASES_WITH = text(
    f"SELECT DISTINCT i.id, w.sha256 FROM ({INPUTS}) AS i, unnest(CAST(:originals AS text[])) AS w(sha256) "  # noqa: S608 - as above
    "WHERE json_mentions(i.input, '{}', ARRAY[w.sha256]) ORDER BY 1, 2"
)
ORIGINALS_GONE = text("DELETE FROM documents d WHERE d.tenant = :tenant AND d.sha256 = ANY (:originals)")
PERSON_GONE = (
    "DELETE FROM api_keys WHERE tenant = :tenant AND user_id = :user",
    "DELETE FROM account_sessions WHERE tenant = :tenant AND user_id = :user",
    "DELETE FROM account_tokens WHERE tenant = :tenant AND user_id = :user",
    "DELETE FROM task_links WHERE tenant = :tenant AND user_id = :user",
    "DELETE FROM accounts WHERE tenant = :tenant AND user_id = :user",
    "DELETE FROM delegations WHERE tenant = :tenant AND :user IN (giver, receiver)",
    "DELETE FROM authority_limits WHERE tenant = :tenant AND user_id = :user",
    "DELETE FROM user_roles WHERE tenant = :tenant AND user_id = :user",
    "DELETE FROM team_members WHERE tenant = :tenant AND user_id = :user",
    "DELETE FROM work_profiles WHERE tenant = :tenant AND user_id = :user",
    "DELETE FROM absences WHERE tenant = :tenant AND user_id = :user",
    "DELETE FROM chat_conversations WHERE tenant = :tenant AND user_id = :user",
    "UPDATE users SET login = 'erased-' || gen_random_uuid(), name = '[erased]', email = NULL, active = false "
    "WHERE tenant = :tenant AND id = :user",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """A row that holds what is sought, and in which columns."""

    table: str
    key: str
    case_id: str | None
    columns: tuple[str, ...]


class Erasure:
    """Searches and erases in one tenant; refuses nothing by itself."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def tables(self) -> list[SoughtTable]:
        """Every table that may hold values of a person, with everybody's conversations in sight."""
        await self._session.execute(AS_PERSON, {"person": EVERYBODY})
        found = await self._session.execute(text(COLUMNS), {"tables": list(SEARCHED)})
        return [table for table in sought_tables(found.mappings().all()) if table.columns]  # type: ignore[arg-type]

    async def rows(self, tables: Iterable[SoughtTable], sought: Sought, *, lock: bool) -> list[FoundRow]:
        """The rows that hold what is sought; originals are looked for by `originals_of`, too."""
        found: list[FoundRow] = []
        for table in tables:
            if not table.concerns(sought):
                continue
            result = await self._execute(table.rows(sought, lock=lock), sought)
            found += [
                FoundRow(table=table.name, key=row.key, case_id=row.case_id, columns=tuple(row.columns))
                for row in result
            ]
        return found

    async def erase(self, tables: Iterable[SoughtTable], sought: Sought) -> None:
        """Erase what is sought."""
        for table in tables:
            if table.concerns(sought):
                await self._execute(table.erase(sought), sought)

    async def _execute(self, statement: str, sought: Sought) -> Iterable:  # type: ignore[type-arg]
        return await self._session.execute(text(statement), {"tenant": self._tenant, **sought.parameters})

    async def originals_of(self, case_ids: Sequence[str]) -> list[str]:
        """SHA-256 of the originals that the cases' inputs name."""
        found = await self._session.execute(ORIGINALS_OF, {"tenant": self._tenant, "cases": list(case_ids)})
        return list(found.scalars())

    async def cases_with(self, originals: Sequence[str]) -> list[tuple[str, str]]:
        """(case, original) for every case whose input names one of them."""
        found = await self._session.execute(CASES_WITH, {"tenant": self._tenant, "originals": list(originals)})
        return [(row.id, row.sha256) for row in found]

    async def drop_originals(self, originals: Sequence[str]) -> int:
        """Delete the originals."""
        gone = await self._session.execute(ORIGINALS_GONE, {"tenant": self._tenant, "originals": list(originals)})
        return affected(gone)

    async def under_way(self, case_ids: Sequence[str]) -> list[str]:
        """Those of the cases that have not ended."""
        query = select(col(Case.id)).where(col(Case.id).in_(case_ids), col(Case.status).not_in(ENDED))
        return sorted((await self._session.execute(query)).scalars())

    async def mark(self, case_ids: Sequence[str], *, now: datetime) -> None:
        """Note that all of these cases is erased."""
        statement = text("UPDATE cases SET erased_at = :now WHERE tenant = :tenant AND id = ANY (:cases)")
        await self._session.execute(statement, {"now": now, "tenant": self._tenant, "cases": list(case_ids)})

    async def person(self, user_id: str) -> User:
        """The user, active or not. Raises `NotFound`."""
        query = select(User).where(col(User.tenant) == self._tenant, col(User.id) == user_id)
        user = (await self._session.execute(query)).scalar_one_or_none()
        if user is None:
            raise NotFound(f"there is no user {user_id}")
        return user

    async def erase_person(self, user_id: str) -> None:
        """Take name, address, keys, roles and limits from the user; the id stays, as a pseudonym."""
        await self._session.execute(AS_PERSON, {"person": user_id})
        for statement in PERSON_GONE:
            await self._session.execute(text(statement), {"tenant": self._tenant, "user": user_id})
