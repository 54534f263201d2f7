"""Orders about cases, and messages to them, as the API takes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from api.views.view import Form, Name, Text, View, storable_json
from graphs.messages import KEPT_FOR, Received

Reason = Annotated[Text, Field(min_length=1, description="Why; recorded with the order.")]
FactInput = Annotated[str, AfterValidator(storable_json)] | int | bool
MAX_KEPT_FOR = timedelta(days=400)


class OrderCase(Form):
    """Cancel or suspend a case."""

    reason: Reason


class RetryFrom(Form):
    """Let a case go on from an earlier step."""

    from_step: Name
    reason: Reason


class SkipStep(Form):
    """Let a case go on behind the step it stands at."""

    step: Name
    reason: Reason
    facts: Annotated[dict[Name, FactInput], Field(max_length=50, description="What the step would have found.")] = (
        Field(default_factory=dict)
    )


class CopyCase(Form):
    """Copy a case for analysis."""

    reason: Reason
    from_step: Annotated[Name | None, Field(description="Begin there, with the state of then.")] = None


class SendMessage(Form):
    """A message for the case that waits for `name` with the correlation key `key`."""

    name: Name
    key: Name
    message_id: Annotated[Name, Field(description="The sender's id: a message is taken once.")]
    payload: Annotated[dict[str, Any], AfterValidator(storable_json)] = Field(default_factory=dict)
    kept_for_seconds: Annotated[
        int, Field(ge=1, le=int(MAX_KEPT_FOR.total_seconds()), description="How long it waits for its case.")
    ] = int(KEPT_FOR.total_seconds())


class MessageView(View):
    """A message that was taken."""

    id: str
    name: str
    key: str
    message_id: str
    case: Annotated[str | None, Field(description="The case that received it; null while it waits for one.")]
    received_at: datetime
    expires_at: datetime
    created: Annotated[bool, Field(description="False when it had been taken before.")]

    @classmethod
    def of(cls, received: Received) -> MessageView:
        """The row as it is shown."""
        message = received.message
        return cls(
            id=message.id,
            name=message.name,
            key=message.correlation_key,
            message_id=message.message_id,
            case=received.case_id,
            received_at=message.received_at,
            expires_at=message.expires_at,
            created=received.created,
        )
