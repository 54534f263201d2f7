"""Identity providers: `oidc-provider-mock` as a process of its own, and one that says whatever a test wants."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from graphs.accounts.claims import ClaimMapping
from graphs.accounts.provider_desk import SignInProvider
from tests.support.accounts import HTTPS, Browser
from tests.support.patience import wait_until
from tools.oidc.client import OidcClient, ProviderTerms

CLARA = {"sub": "clara-there", "preferred_username": "clara", "email": "clara@example.com", "email_verified": True}
GRETA = {
    "sub": "greta-there",
    "preferred_username": "Greta",
    "name": "Greta Gruber",
    "email": "greta@example.com",
    "email_verified": True,
    "groups": ["finance", "skiing"],
}
CLIENT = "interlock"
REDIRECT = f"{HTTPS}/session/provider/callback"
MAPPING = ClaimMapping(tenant="acme")
SUBJECT = "f3b1c2"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def mock_provider(*people: dict[str, Any]) -> Iterator[str]:
    """`oidc-provider-mock` with these people, which takes any secret of a client; yields its issuer."""
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    known = [part for one in people for part in ("--user-claims", json.dumps(one))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port), *known]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ | {"NO_COLOR": "1"}) as process:

        def answers() -> bool:
            try:
                return httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=1).is_success
            except httpx.TransportError:
                return False

        try:
            wait_until(answers, within_seconds=30, otherwise=lambda: "the provider did not start", pause_seconds=0.1)
            yield issuer
        finally:
            process.terminate()
            process.wait(10)


def provider_at(issuer: str, *, mapping: ClaimMapping = MAPPING, **terms: Any) -> SignInProvider:
    """The provider as an application is given it."""
    chosen = {"issuer": issuer, "client_id": CLIENT, "redirect_uri": REDIRECT, "needed": mapping.needed} | terms
    return SignInProvider(client=OidcClient(terms=ProviderTerms(**chosen)), mapping=mapping, title="Example")


def answer_of_mock(url: str, subject: str, *, action: str = "") -> str:
    """Where the mock sends the browser of somebody who signs in there as `subject`: path and query of ours."""
    answer = httpx.post(url, data={"sub": subject, "action": action}, timeout=10)
    assert answer.status_code == 302, answer.text
    return path_of(answer.headers["location"])


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


async def begun(browser: Browser, *, next_path: str = "/tasks", token: str | None = None) -> str:
    """Where the browser is sent that begins to sign in."""
    answer = await browser.post("/session/provider", {"next": next_path, "token": token})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


def landed(answer: httpx.Response) -> str:
    """Where the console takes over."""
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


@dataclass(slots=True, kw_only=True)
class ScriptedProvider:
    """A provider that says what a test tells it to; honest until then. `asked` are the paths that were asked for."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    published: list[RSAKey] | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    without: Sequence[str] = ()
    header: dict[str, Any] = field(default_factory=dict)
    signed_by: RSAKey | None = None
    sealed_with: bytes | None = None
    unsigned: bool = False
    described: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    down: bool = False
    asked: list[str] = field(default_factory=list)
    _nonce: str = ""
    _challenge: str = ""

    def sees(self, url: str) -> str:
        """The browser comes to the provider and somebody signs in; its `state`, which it takes back."""
        query = dict(parse_qsl(urlsplit(url).query))
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        self._nonce, self._challenge = query["nonce"], query["code_challenge"]
        return query["state"]

    def back(self, url: str, **more: str) -> str:
        """The way back of a browser that came by `url`: path and query of ours."""
        query = {"code": "a-code", "state": self.sees(url)} | more
        return "/session/provider/callback?" + "&".join(f"{name}={value}" for name, value in query.items())

    def answer(self, path: str, body: str, headers: Any) -> tuple[int, Any]:
        self.asked.append(path)
        if self.down:
            return 503, {}
        match path:
            case "/.well-known/openid-configuration":
                return 200, self._description()
            case "/jwks":
                keys = self.published if self.published is not None else [self.key]
                return 200, {"keys": [key.as_dict(private=False) for key in keys]}
            case "/userinfo":
                return 200, self.known
            case "/token":
                form = {name: values[0] for name, values in parse_qs(body).items()}
                digest = hashlib.sha256(form["code_verifier"].encode()).digest()
                if _encoded(digest) != self._challenge:
                    return 400, {"error": "invalid_grant"}
                return 200, {"access_token": "access", "token_type": "Bearer", "id_token": self._token()}
            case _:
                return 404, {}

    def _description(self) -> dict[str, Any]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        places = {name: f"{self.issuer}/{place}" for name, place in names.items()}
        return {"issuer": self.issuer, **places, **self.described}

    def _token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": self._nonce,
            "preferred_username": "clara",
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if name not in self.without}
        header = {"alg": "RS256", "kid": "one", **self.header}
        if self.unsigned or self.sealed_with is not None:
            parts = ".".join(_encoded(json.dumps(one).encode()) for one in (header, claims))
            seal = hmac.digest(self.sealed_with, parts.encode(), "sha256") if self.sealed_with else b""
            return f"{parts}.{_encoded(seal)}"
        return jwt.encode(header, claims, self.signed_by or self.key, algorithms=[str(header["alg"])])


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@contextmanager
def scripted_provider() -> Iterator[ScriptedProvider]:
    """The provider on a port of loopback, until the block ends."""
    provider = ScriptedProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply("")

        def do_POST(self) -> None:
            self.reply(self.rfile.read(int(self.headers.get("content-length", "0"))).decode())

        def reply(self, body: str) -> None:
            status, found = provider.answer(urlsplit(self.path).path, body, self.headers)
            content = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join(10)
