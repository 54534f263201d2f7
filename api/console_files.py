"""The built console as it is served: its files with their headers, or a page that says how to build it."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fastapi import Response
from starlette.datastructures import Headers

from api.problems import RequestRefused

DIST: Final = Path(__file__).parent / "console" / "dist"
ASSETS: Final = "assets/"
"""Below this, names contain a digest of what is in them."""
FOREVER: Final = "public, max-age=31536000, immutable"
ANEW: Final = "no-cache"
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # Mantine writes its variables into style elements; a style can neither run code nor reach another server here.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
GUARDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
)
NOT_BUILT: Final = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>Interlock: the console is not built</title>
<body><main><h1>The console is not built</h1>
<p>The API and the command line work. To have the console, build it once where the npm registry can be reached:</p>
<pre>make console</pre>
<p>or install again without <code>INTERLOCK_SKIP_CONSOLE</code>, and start Interlock anew.</p>
<p><a href="/docs">The API</a></p></main></body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleFile:
    """A file of the console, read once; `zipped` is the same compressed, where that is smaller."""

    content: bytes
    zipped: bytes | None
    media_type: str
    cache: str

    @property
    def tag(self) -> str:
        """Changes with the content."""
        return f'"{sha256(self.content).hexdigest()[:20]}"'

    def response(self, headers: Headers) -> Response:
        """The file as this request wants it: nothing anew that the browser has, compressed where it can read that."""
        given = {**GUARDS, "Cache-Control": self.cache, "ETag": self.tag, "Vary": "Accept-Encoding"}
        if self.tag in headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=given)
        if self.zipped is None or "gzip" not in headers.get("accept-encoding", ""):
            return Response(self.content, media_type=self.media_type, headers=given)
        return Response(self.zipped, media_type=self.media_type, headers={**given, "Content-Encoding": "gzip"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleFiles:
    """The files of a built console by their path; without one, nothing but the page that says so."""

    files: Mapping[str, ConsoleFile]

    @classmethod
    @cache
    def read(cls, folder: Path = DIST) -> ConsoleFiles:
        """Everything in `folder`, read once; what is not there is not served, however a request spells it."""
        found: dict[str, ConsoleFile] = {}
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and path.suffix != ".gz" and not path.name.startswith("."):
                found[name] = _file(path, FOREVER if name.startswith(ASSETS) else ANEW)
        return cls(files=MappingProxyType(found))

    @property
    def built(self) -> bool:
        """Whether there is a console."""
        return "index.html" in self.files

    def response(self, path: str, headers: Headers) -> Response:
        """The file, or the page for every other address: which screen that is, the browser decides.

        Raises `RequestRefused` (404) for a file that does not exist: a page in its place would be taken for a script.
        """
        if not self.built:
            return Response(NOT_BUILT, media_type="text/html", headers={**GUARDS, "Cache-Control": ANEW})
        found = self.files.get(path)
        if found is None and (path.startswith(ASSETS) or "." in path.rpartition("/")[2]):
            raise RequestRefused(HTTPStatus.NOT_FOUND, "not_found", "the console has no such file; load the page again")
        return (found or self.files["index.html"]).response(headers)


def _file(path: Path, cache: str) -> ConsoleFile:
    zipped = path.with_name(f"{path.name}.gz")
    return ConsoleFile(
        content=path.read_bytes(),
        zipped=zipped.read_bytes() if zipped.is_file() else None,
        media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        cache=cache,
    )
