"""How a mail server is reached: encrypted and with a certificate that is checked, or on this machine alone."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.secret import SecretRef

Security = Literal["tls", "starttls", "none"]


def is_this_machine(host: str) -> bool:
    """Whether the name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Certificates and names are checked, always."""
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


class MailServer(BaseModel):
    """A server of mail: where it is, and how it is spoken to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$", description="Name or address of the server.")]
    security: Annotated[
        Security,
        Field(description="`tls` from the first byte, `starttls`, or `none`, which only this machine may be."),
    ] = "tls"
    ca_file: Annotated[
        Path | None, Field(description="Certificates (PEM) to trust instead of the system's, for a CA of your own.")
    ] = None
    timeout_seconds: Annotated[float, Field(gt=0, le=300, description="How long one answer may take.")] = 20.0

    @model_validator(mode="after")
    def _passwords_travel_encrypted(self) -> Self:
        if self.security == "none" and not is_this_machine(self.host):
            raise ValueError(f"security none is for a server on this machine only: {self.host} needs tls or starttls")
        return self


class Login(BaseModel):
    """Who to log in as."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: Annotated[str, Field(min_length=1, max_length=320)]
    password: Annotated[SecretRef, Field(description="Reference to the password: env:NAME or file:PATH.")]
