"""Signed callbacks of external jobs, in the form of Standard Webhooks: genuine, of this time, and read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError, WebhookVerificationError

from policies.canonical import jsonable
from tools.callback import Callback, CallbackForged, CallbackMalformed, CallbackUnverifiable
from tools.document.errors import DocumentRefused
from tools.document.strict_json import read_json
from tools.jobs.actions import correlation
from tools.jobs.port import Job

FINISHED = "job.finished"
"""The type of a callback, and the message that cases wait for."""
MAX_ID = 150


class Envelope(BaseModel):
    """The body of a callback; what else stands in it is not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str
    data: dict[str, Any]


def verify(secrets: Sequence[SecretStr], headers: Mapping[str, str], body: bytes) -> str:
    """The id of a genuine callback that is at most five minutes old or ahead.

    Any of the secrets may have signed it, so that one can be changed without a gap. Signatures are compared in constant
    time. Raises `CallbackForged`, or `CallbackUnverifiable` for a secret that cannot sign.
    """
    message_id = headers.get("webhook-id", "")
    if not message_id.isascii() or not message_id.isprintable() or not 0 < len(message_id) <= MAX_ID:
        raise CallbackForged("no usable webhook-id")
    sent = {name: headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    for secret in secrets:
        try:
            webhook = Webhook(secret.get_secret_value())
        except (EmptyWebhookSecretError, ValueError) as error:
            raise CallbackUnverifiable("a callback secret is no Standard Webhooks secret (whsec_…)") from error
        try:
            webhook.verify(body, sent, json_parse=False)
        except (WebhookVerificationError, ValueError):  # a header of another form fails in the library's own parsing
            continue
        return message_id
    raise CallbackForged("no valid signature, or not of this time")


def read_callback(connector: str, message_id: str, body: bytes, *, deliver_as: str) -> Callback | None:
    """The message of a verified callback; None where it is of another type. Raises `CallbackMalformed`."""
    try:
        envelope = Envelope.model_validate(jsonable(read_json(body)))
        if envelope.type != FINISHED:
            return None
        job = Job.model_validate(envelope.data)
    except DocumentRefused as error:
        raise CallbackMalformed(f"the body is no JSON: {error.message}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise CallbackMalformed(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
    if not job.finished:
        raise CallbackMalformed(f"the job is said to be finished, and is {job.state.value}")
    return Callback(
        message=FINISHED,
        key=correlation(connector, job.job),
        message_id=message_id,
        payload=jsonable(job.model_dump(mode="json", exclude={"key"})) | {"finished": True},
        deliver_as=deliver_as,
    )
