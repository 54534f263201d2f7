"""The server, as the commands call it."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import httpx

from api.cli.failure import CommandFailed, ExitCode
from api.settings import Settings, load_settings
from tools.document.errors import MalformedJson
from tools.document.strict_json import read_json

TIMEOUT_SECONDS = 30.0
DOWNLOAD_SECONDS = 600.0
LINE_SECONDS = 120.0
"""How long the next line of a long answer may take."""
DENIED = "look at another key: each belongs to a user with rights of their own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Calls the server of the settings as the user of the settings' key."""

    settings: Settings

    @classmethod
    def from_settings(cls) -> Client:
        """The client of this process's environment. Raises `CommandFailed` without a key."""
        settings = load_settings()
        if settings.api_key is None:
            keys = settings.data_dir / "keys"
            raise CommandFailed(
                "there is no API key",
                hint=f"the first keys lie in {keys}: export INTERLOCK_API_KEY=$(cat {keys / 'clara'})",
            )
        return cls(settings=settings)

    def get(self, path: str, **parameters: str | int | bool | None) -> dict[str, Any]:
        """The JSON at `path`. Raises `CommandFailed`."""
        return self._call("GET", path, params={k: v for k, v in parameters.items() if v is not None})

    def post(self, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What a POST of JSON answers. Raises `CommandFailed`."""
        return self._call("POST", path, json=body if body is not None else {}, headers=dict(headers or {}))

    def put(self, path: str, body: Any) -> dict[str, Any]:
        """What a PUT of JSON answers. Raises `CommandFailed`."""
        return self._call("PUT", path, json=body)

    def post_text(self, path: str, text: bytes, *, headers: Mapping[str, str]) -> dict[str, Any]:
        """What a POST of JSON text answers; the server reads the very bytes. Raises `CommandFailed`."""
        return self._call("POST", path, content=text, headers={"Content-Type": "application/json", **headers})

    def upload(
        self, path: str, document: Path, fields: Mapping[str, str], *, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """What a POST of a document answers. Raises `CommandFailed`."""
        files = {"document": (document.name, read_file(document))}
        return self._call("POST", path, files=files, data=dict(fields), headers=dict(headers))

    def download(self, path: str, target: IO[bytes], **parameters: Any) -> None:
        """Write what a GET answers into `target`, as it comes. Raises `CommandFailed`."""
        with self._client(DOWNLOAD_SECONDS) as client, client.stream("GET", path, params=parameters) as response:
            if not response.is_success:
                response.read()
                answer(response)
            for piece in response.iter_bytes():
                target.write(piece)

    def post_lines(self, path: str, body: Any = None) -> Iterator[dict[str, Any]]:
        """The JSON lines that a POST answers one after the other, however long they take. Raises `CommandFailed`."""
        sent = body if body is not None else {}
        with self._client(LINE_SECONDS) as client, client.stream("POST", path, json=sent) as response:
            if not response.is_success:
                response.read()
                answer(response)
            try:
                for line in response.iter_lines():
                    yield json.loads(line)
            except ValueError as error:
                raise CommandFailed(f"the server at {self.settings.url} broke off: {error}") from error

    @contextmanager
    def _client(self, seconds: float) -> Generator[httpx.Client]:
        """A client with this user's key, if there is one. Raises `CommandFailed` where the server does not answer."""
        key = self.settings.api_key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        url = self.settings.url.rstrip("/")
        try:
            with httpx.Client(base_url=url, timeout=seconds, trust_env=False, headers=headers) as client:
                yield client
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise CommandFailed(
                f"no server answers at {self.settings.url}",
                hint="start it with `interlock serve` or `make run`, or set INTERLOCK_URL",
            ) from error
        except (httpx.HTTPError, UnicodeError) as error:
            raise CommandFailed(f"the server at {self.settings.url} did not answer: {type(error).__name__}") from error

    def _call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **rest: Any) -> dict[str, Any]:
        with self._client(TIMEOUT_SECONDS) as client:
            response = client.request(method, path, headers=dict(headers or {}), **rest)
        return answer(response)


def segment(text: str) -> str:
    """`text` as one segment of a path, whatever it contains."""
    return quote(text, safe="")


def read_file(path: Path) -> bytes:
    """The file's bytes. Raises `CommandFailed`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read: {error.strerror}") from error


def read_text(path: Path) -> str:
    """The file's text. Raises `CommandFailed`."""
    try:
        return read_file(path).decode()
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{path} is not UTF-8 text") from error


def read_json_file(path: Path) -> bytes:
    """The file's own bytes: they travel, so that the server refuses what is ambiguous. Raises `CommandFailed`."""
    content = read_file(path)
    try:
        read_json(content)
    except MalformedJson as error:
        raise CommandFailed(f"{path}: {error.message} [{error.code}]", code=ExitCode.NO) from error
    return content


def answer(response: httpx.Response) -> dict[str, Any]:
    """The JSON object that was answered; empty for nothing. Raises `CommandFailed` for a problem or another server."""
    if response.status_code == HTTPStatus.NO_CONTENT:
        return {}
    try:
        data: Any = response.json()
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise CommandFailed(f"{response.url} is no Interlock server", hint="set INTERLOCK_URL")
    if response.is_success:
        return data
    message = f"{data.get('title', response.reason_phrase)}: {data.get('detail', '')} [{data.get('code', '?')}]"
    match response.status_code:
        case HTTPStatus.UNAUTHORIZED if data.get("code") == "unauthenticated":
            raise CommandFailed(message, hint="set INTERLOCK_API_KEY to a key of this server")
        case HTTPStatus.FORBIDDEN:
            raise CommandFailed(message, hint=DENIED, code=ExitCode.NO)
        case _:
            raise CommandFailed(message, code=ExitCode.NO)
