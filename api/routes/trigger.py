"""The body of `POST /cases`: strict JSON, or a document in a form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PureWindowsPath
from typing import Annotated, Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from starlette.datastructures import FormData, UploadFile

from api.problems import RequestRefused
from api.strict_json import parse_json
from api.views.case import StartCase
from api.views.view import Form, Name
from graphs.intake import Incoming

MAX_NAME_LENGTH = 200
MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}")
UNKNOWN_MEDIA_TYPE = "application/octet-stream"
MULTIPART = "multipart/form-data"
JSON = "application/json"
Model = TypeVar("Model", bound=Form)


class DocumentForm(Form):
    """The fields beside the document."""

    process: Name
    channel: Name = "api"
    sender: Annotated[Name | None, Field(description="From whom the document came; else the caller.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTrigger:
    """A document to start a case for."""

    process: str
    incoming: Incoming


async def read_trigger(request: Request, *, login: str) -> StartCase | DocumentTrigger:
    """What to start. Raises `RequestRefused` or `RequestValidationError`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == JSON:
        return _validated(StartCase, parse_json(await request.body()))
    if media_type == MULTIPART:
        async with request.form(max_files=1, max_fields=10) as form:
            return await _document(form, login=login)
    raise RequestRefused(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", f"send {JSON}, or {MULTIPART} with a document"
    )


async def _document(form: FormData, *, login: str) -> DocumentTrigger:
    names = [name for name, _ in form.multi_items()]
    if len(names) != len(set(names)):
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "duplicate_form_field", "a field stands twice in the form")
    upload = form.get("document")
    if not isinstance(upload, UploadFile):
        raise _invalid("document", "a file is required")
    fields = _validated(DocumentForm, {name: value for name, value in form.items() if name != "document"})
    content = await upload.read()
    if not content:
        raise _invalid("document", "the file is empty")
    incoming = Incoming(
        name=file_name(upload.filename or ""),
        media_type=declared_media_type(upload.content_type or ""),
        content=content,
        channel=fields.channel,
        sender=fields.sender or login,
    )
    return DocumentTrigger(process=fields.process, incoming=incoming)


def file_name(sent: str) -> str:
    """The last part of the name that was sent, without control characters; a name is only ever shown."""
    last = PureWindowsPath(sent).name
    shown = "".join(character for character in last if character.isprintable())
    return shown.lstrip(".")[-MAX_NAME_LENGTH:] or "document"


def declared_media_type(sent: str) -> str:
    """The media type that was sent, if it is one. Reading goes by the bytes, never by this."""
    return sent if MEDIA_TYPE.fullmatch(sent) else UNKNOWN_MEDIA_TYPE


def _validated(model: type[Model], data: Any) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False, include_input=False)]
        raise RequestValidationError(found) from error


def _invalid(field: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": "value_error", "loc": ("body", field), "msg": message}])
