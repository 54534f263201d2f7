"""The page of a dossier: for reading, without scripts. It proves nothing; the verifier reads the files beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from graphs.store.audit_export import ExportedEntry

SHORT = 8
"""Characters by which a case is told apart on the page; the events hold its whole id."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{border-bottom:1px solid #ccc;padding:.35rem .5rem;
text-align:left;vertical-align:top}th{background:#f3f3f3}code,pre{font-size:12px;word-break:break-all}
pre{white-space:pre-wrap;background:#f7f7f7;padding:.5rem}.verdict{font-weight:600}
@media print{details>*{display:block}}
"""
VERIFY = """
<p>This page is for reading. What proves it stands in the files beside it. Check them with a copy of
<code>interlock-verify</code> that you have from elsewhere, and with the key and an older checkpoint that you have kept
yourself:</p>
<pre>interlock-verify . --key YOUR-KEY --checkpoint YOUR-OLDER-CHECKPOINT</pre>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An original or rule pack of the dossier: where it lies, its digest, and what people call it."""

    path: str | None
    digest: str
    name: str


@dataclass(slots=True, kw_only=True)
class DossierPage:
    """Renders rows while entries pass by, and at last the whole. Everything from outside is escaped."""

    title: str
    facts: Mapping[str, str]
    detailed: bool
    people: dict[str, str] = field(default_factory=dict)
    """Names by user id; to be there before the entries that they acted in."""
    _rows: list[str] = field(default_factory=list)

    def add(self, entries: Iterable[ExportedEntry]) -> None:
        """Render the next entries."""
        self._rows.extend(map(self._entry, entries))

    def html(
        self,
        approvals: Sequence[Mapping[str, Any]],
        documents: Sequence[Listed],
        packs: Sequence[Listed],
    ) -> str:
        """The whole page."""
        heading = escape(self.title)
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{heading}</title>'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head><body>'
            f"<h1>{heading}</h1>{table(('', ''), self.facts.items())}{VERIFY}"
            f"<h2>What happened</h2>{self._entries()}"
            f"<h2>Approvals and other answers</h2>{answers(approvals, self.people)}"
            f"<h2>Documents</h2>{listed(documents)}<h2>Rules of the time</h2>{listed(packs)}</body></html>\n"
        )

    def _entries(self) -> str:
        head = ("no.", "when (UTC)", "case", "what", "step", "who", "verdict")
        return f"<table><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr>{''.join(self._rows)}</table>"

    def _entry(self, row: ExportedEntry) -> str:
        entry, values = row.entry, {value.name: value.value for value in row.values}
        erased = sorted(value.name for value in row.values if value.salt is None)
        cells = (
            str(entry.seq),
            f"{entry.at:%Y-%m-%d %H:%M:%S}",
            (entry.case_id or "")[:SHORT],
            entry.kind,
            entry.step or "",
            person(entry.actor, self.people),
        )
        text = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        seen = "".join(verdict(found) for found in verdicts(values))
        if erased:
            seen += f"<div>erased: {escape(', '.join(erased))}</div>"
        if self.detailed and values:
            written = json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True)
            seen += f"<details><summary>values</summary><pre>{escape(written)}</pre></details>"
        return f'<tr id="e{entry.seq}">{text}<td>{seen}</td></tr>'


def verdicts(values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The verdicts that an entry records: its own, and those of its reads."""
    calls = values.get("calls")
    found = [values.get("verdict"), *(call.get("verdict") for call in calls or () if isinstance(call, Mapping))]
    return [one for one in found if isinstance(one, Mapping)]


def verdict(found: Mapping[str, Any]) -> str:
    """A verdict with the rules that fired and what they said."""
    parts = [f'<div class="verdict">{escape(str(found.get("kind")))} at {escape(str(found.get("point")))}</div>']
    for one in found.get("findings") or ():
        source = f"{one.get('regulation')}, {one.get('clause')}"
        parts.append(f"<div>{escape(str(one.get('rule')))}: {escape(str(one.get('message')))} ({escape(source)})</div>")
    for one in found.get("indeterminate") or ():
        missing = ", ".join(map(str, one.get("missing") or ()))
        parts.append(f"<div>{escape(str(one.get('rule')))}: not decided, unknown: {escape(missing)}</div>")
    if found.get("engine_fault"):
        parts.append(f"<div>engine fault: {escape(str(found['engine_fault']))}</div>")
    return "".join(parts)


def person(user_id: str, people: Mapping[str, str]) -> str:
    """Who acted, by name where the name is known."""
    name = people.get(user_id)
    return f"{name} ({user_id})" if name else user_id


def answers(approvals: Sequence[Mapping[str, Any]], people: Mapping[str, str]) -> str:
    """What people answered."""
    rows: list[tuple[str, ...]] = []
    for one in approvals:
        answer = one["answer"] if isinstance(one["answer"], Mapping) else {}
        said = str(answer.get("decision", "erased"))
        who = person(str(one["by"]), people)
        digest = str(one["digest"] or "erased")
        rows.append((str(one["seq"]), str(one["at"]), who, said, str(answer.get("reason", "")), digest))
    return table(("no.", "when", "who", "answer", "reason", "digest of what was shown"), rows)


def listed(items: Iterable[Listed]) -> str:
    """Files with a link where they lie in the dossier."""
    rows = "".join(f"<tr><td>{_link(item)}</td><td><code>{escape(item.digest)}</code></td></tr>" for item in items)
    return f"<table><tr><th>name</th><th>SHA-256</th></tr>{rows}</table>"


def _link(item: Listed) -> str:
    name = escape(item.name)
    return f'<a href="{escape(item.path)}">{name}</a>' if item.path else f"{name}: not in this dossier"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts."""
    titles = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{f'<tr>{titles}</tr>' if any(head) else ''}{body}</table>"
