"""How a connector shows who it is: always by reference, read when a call is made."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Annotated, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from tools.secret import SecretRef

HEADER_NAME = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"


class Scheme(BaseModel):
    """Base of all schemes."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Bearer(Scheme):
    """`Authorization: Bearer …`."""

    scheme: Literal["bearer"]
    token: SecretRef


class Basic(Scheme):
    """`Authorization: Basic …`, by user and password."""

    scheme: Literal["basic"]
    user: Annotated[str, Field(pattern=r"^[^:\x00-\x1f]{1,200}$")]
    password: SecretRef


class HeaderKey(Scheme):
    """A header of the system's own, such as `X-Api-Key`."""

    scheme: Literal["header"]
    name: Annotated[str, Field(pattern=HEADER_NAME)]
    value: SecretRef


Auth = Annotated[Bearer | Basic | HeaderKey, Field(discriminator="scheme")]


def identity(auth: Bearer | Basic | HeaderKey | None, secret: Callable[[SecretRef], SecretStr]) -> Mapping[str, str]:
    """The headers that show who calls. Raises `SecretMissing`."""
    match auth:
        case None:
            return {}
        case Bearer():
            return {"Authorization": f"Bearer {secret(auth.token).get_secret_value()}"}
        case Basic():
            pair = f"{auth.user}:{secret(auth.password).get_secret_value()}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        case HeaderKey():
            return {auth.name: secret(auth.value).get_secret_value()}
        case _:
            assert_never(auth)
