"""What an identity provider says about itself (OpenID Connect Discovery 1.0), checked before anything relies on it."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from tools.oidc.errors import ProviderMisconfigured

SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures that nobody can make who only knows what is public. `none` and the HMACs of a shared secret are not."""
LOOPBACK_NAMES = ("localhost",)
BASIC, POST, PUBLIC = "client_secret_basic", "client_secret_post", "none"


def is_private(address: str) -> bool:
    """Whether nobody can listen in on a call of this address: https, or a server on this very machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.username is not None or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def private_address(address: str) -> str:
    """`address`, if nobody can listen in on a call of it. Raises `ValueError`."""
    if not is_private(address):
        raise ValueError("must begin with https:// (http only for a server on this machine)")
    return address


Address = Annotated[str, AfterValidator(private_address)]


class Metadata(BaseModel):
    """A provider's own description; what is not needed is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: Address
    token_endpoint: Address
    jwks_uri: Address
    userinfo_endpoint: Address | None = None
    end_session_endpoint: Address | None = None
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = (BASIC,)
    authorization_response_iss_parameter_supported: bool = False

    @property
    def signatures(self) -> list[str]:
        """The signatures it makes that are taken."""
        return [name for name in SIGNATURES if name in self.id_token_signing_alg_values_supported]

    def client_authentication(self, *, has_secret: bool) -> str:
        """How the client says who it is when it redeems a code. Raises `ProviderMisconfigured`."""
        if not has_secret:
            return PUBLIC
        for method in (BASIC, POST):
            if method in self.token_endpoint_auth_methods_supported:
                return method
        raise ProviderMisconfigured(f"it takes a client's secret neither by {BASIC} nor by {POST}")


def read_metadata(document: object, *, issuer: str) -> Metadata:
    """The description of this very issuer. Raises `ProviderMisconfigured`."""
    try:
        found = Metadata.model_validate(document)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the document"
        raise ProviderMisconfigured(f"its description: {where}: {error.errors()[0]['msg']}") from None
    if found.issuer != issuer:
        raise ProviderMisconfigured(f"it calls itself {found.issuer[:200]!r}, and not {issuer!r} as it is configured")
    if not found.signatures:
        raise ProviderMisconfigured("it signs by none of the signatures that are taken")
    return found


def _is_loopback(host: str) -> bool:
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
