"""`/docs`: the API's own document as one page, for people. It runs no script and asks no other server for anything."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from itertools import groupby
from typing import Any, Final

from api.api_schemas import Schemas, columns

METHODS: Final = ("get", "post", "put", "patch", "delete")
STYLE: Final = """
:root { color-scheme: light dark; --ink: light-dark(#1b1f2a, #e4e6ee); --dim: light-dark(#545b6d, #a7adbd);
  --line: light-dark(#d9dce6, #363b49); --ground: light-dark(#f6f7fb, #171a21); --paper: light-dark(#fff, #1e222b);
  --link: light-dark(#2a3d9f, #aab6ff); }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
a { color: var(--link); }
header, main { max-width: 1080px; margin: 0 auto; padding: 20px 24px; }
nav ul { display: flex; flex-wrap: wrap; gap: 6px 18px; padding: 0; list-style: none; }
section { margin-block: 28px; }
details { margin-block: 6px; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
summary { padding: 8px 12px; cursor: pointer; overflow-wrap: anywhere; }
summary:focus-visible, a:focus-visible, pre:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
summary b { display: inline-block; min-width: 4.2em; font: 700 0.85em ui-monospace, monospace; }
summary code { font-weight: 600; }
summary span { color: var(--dim); }
.body { padding: 0 16px 14px; }
table { inline-size: 100%; border-collapse: collapse; font-size: 0.93em; }
th, td { padding: 5px 10px 5px 0; text-align: start; vertical-align: top; border-block-start: 1px solid var(--line); }
th { color: var(--dim); font-weight: 600; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.92em; }
pre { margin: 6px 0; padding: 10px 12px; overflow: auto; user-select: all; background: var(--ground);
  border: 1px solid var(--line); border-radius: 8px; }
h1 { margin: 0; } h2 { margin: 0 0 8px; } h3 { margin: 14px 0 4px; font-size: 1em; }
"""
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(sha256(STYLE.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing but the page's own style; no script at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that the API does."""

    method: str
    path: str
    tag: str
    said: Mapping[str, Any]

    @property
    def anchor(self) -> str:
        """Where it stands on the page."""
        return f"{self.method}-{re.sub(r'[^a-z0-9]+', '-', self.path.lower()).strip('-')}"


def api_page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    return "".join(_page(document))


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    info, schemas = document["info"], Schemas(document.get("components", {}).get("schemas", {}))
    title = f"{info['title']} {info['version']}"
    tags = [(tag, list(found)) for tag, found in groupby(_operations(document), lambda one: one.tag)]
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}: the API</title>'
    yield f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>'
    yield f"<header><h1>{escape(title)}: the API</h1>{prose(info.get('description', ''))}"
    yield '<p>The same for programs: <a href="/openapi.json">/openapi.json</a>. A click into a command selects it.</p>'
    yield '<nav aria-label="Parts"><ul>'
    yield from (f'<li><a href="#tag-{escape(tag)}">{escape(tag)}</a> ({len(found)})</li>' for tag, found in tags)
    yield f'<li><a href="#schemas">schemas</a> ({len(schemas)})</li></ul></nav></header><main>'
    for tag, found in tags:
        yield f'<section id="tag-{escape(tag)}"><h2>{escape(tag)}</h2>'
        for operation in found:
            yield from _operation(operation, schemas)
        yield "</section>"
    yield '<section id="schemas"><h2>schemas</h2>'
    yield from schemas.listed(prose)
    yield "</section></main></body></html>"


def _operations(document: Mapping[str, Any]) -> Sequence[Operation]:
    """By tag in the document's order, those without one last; within a tag by path."""
    found = [
        Operation(method=method, path=path, tag=(said.get("tags") or ["other"])[0], said=said)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
        if method in METHODS
    ]
    order = {tag["name"]: place for place, tag in enumerate(document.get("tags", ()))}
    return sorted(found, key=lambda one: (order.get(one.tag, len(order)), one.tag, one.path, METHODS.index(one.method)))


def _operation(operation: Operation, schemas: Schemas) -> Iterator[str]:
    said = operation.said
    yield f'<details id="{escape(operation.anchor)}"><summary><b>{operation.method.upper()}</b> '
    yield f"<code>{escape(operation.path)}</code> <span>{escape(_first_line(said))}</span></summary>"
    yield f'<div class="body">{prose(said.get("description", ""))}'
    yield from _parameters(said.get("parameters", ()), schemas)
    contents = said.get("requestBody", {}).get("content", {})
    for media_type, content in contents.items():
        yield f"<h3>Body: {escape(media_type)}</h3><p>{schemas.shown(content.get('schema', {}))}</p>"
    yield "<h3>Answers</h3><table><tbody>"
    for status, answer in said.get("responses", {}).items():
        kinds = "; ".join(
            f"{escape(media_type)}: {schemas.shown(content.get('schema', {}))}"
            for media_type, content in answer.get("content", {}).items()
        )
        yield f'<tr><th scope="row">{escape(status)}</th>'
        yield f"<td>{escape(answer.get('description', ''))}</td><td>{kinds}</td></tr>"
    yield "</tbody></table><h3>As a command</h3>"
    yield f'<pre tabindex="0">{escape(curl(operation, schemas))}</pre></div></details>'


def _parameters(parameters: Sequence[Mapping[str, Any]], schemas: Schemas) -> Iterator[str]:
    if not parameters:
        return
    yield f"<h3>Parameters</h3><table>{columns('Name', 'In', 'Kind', 'What')}<tbody>"
    for one in parameters:
        needed = ", needed" if one.get("required") else ""
        yield f'<tr><th scope="row"><code>{escape(one["name"])}</code></th><td>{escape(one["in"])}{needed}</td>'
        yield f"<td>{schemas.shown(one.get('schema', {}))}</td><td>{_inline(one.get('description', ''))}</td></tr>"
    yield "</tbody></table>"


def curl(operation: Operation, schemas: Schemas) -> str:
    """The call as a command of the shell, with the variables that `interlock` reads, too."""
    parts = ["curl"] if operation.method == "get" else ["curl", "-X", operation.method.upper()]
    parts += [f'"$INTERLOCK_URL{operation.path}"']
    if operation.said.get("security") != []:
        parts += ['-H "Authorization: Bearer $INTERLOCK_API_KEY"']
    contents = operation.said.get("requestBody", {}).get("content", {})
    if "application/json" in contents:
        example = json.dumps(schemas.example(contents["application/json"].get("schema", {})), ensure_ascii=False)
        parts += ["-H 'Content-Type: application/json'", f"-d '{example}'"]
    elif contents:
        schema = schemas.resolved(next(iter(contents.values())).get("schema", {}))
        parts += [f"-F {name}=@FILE" for name in schema.get("required", ())]
    return " ".join(parts)


def prose(text: str) -> str:
    """Paragraphs of a docstring, with what stands between backticks as code."""
    return "".join(f"<p>{_inline(paragraph)}</p>" for paragraph in text.split("\n\n") if paragraph.strip())


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _first_line(said: Mapping[str, Any]) -> str:
    """The promise of the operation, without its marks."""
    first = str(said.get("description") or said.get("summary") or "").split("\n\n")[0]
    return re.sub(r"\s+", " ", first.replace("`", "")).strip()
