"""A command's own session: signed in with a password, and out again when the command ends."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from api.cli.client import TIMEOUT_SECONDS, answer
from api.cli.failure import CommandFailed
from api.settings import load_settings

CSRF_HEADER = "X-CSRF-Token"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClient:
    """Calls the server as whoever signed in."""

    http: httpx.Client
    csrf: str

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """What a POST of JSON answers. Raises `CommandFailed`."""
        return answer(self.http.post(path, json=body, headers={CSRF_HEADER: self.csrf}))


@contextmanager
def signed_in(login: str, password: str, *, tenant: str | None) -> Generator[SessionClient]:
    """A session of its own, ended with the block. Raises `CommandFailed`."""
    url = load_settings().url.rstrip("/")
    body = {"login": login, "password": password, "tenant": tenant}
    try:
        with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False, headers={"Origin": url}) as http:
            found = answer(http.post("/session", json=body))
            try:
                yield SessionClient(http=http, csrf=found["csrf_token"])
            finally:
                http.delete("/session", headers={CSRF_HEADER: found["csrf_token"]})
    except (httpx.HTTPError, UnicodeError) as error:
        raise CommandFailed(
            f"the server at {url} did not answer: {type(error).__name__}",
            hint="start it with `interlock serve` or `make run`, or set INTERLOCK_URL",
        ) from error
