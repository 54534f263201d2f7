"""Settings of the identity provider that people may sign in with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from graphs.accounts.claims import Match
from tools.oidc.metadata import private_address
from tools.secret import SecretRef


class OidcSettings(BaseSettings):
    """Which identity provider, who we are to it, and what its claims stand for."""

    oidc_issuer: Annotated[
        str | None,
        Field(
            description="Identity provider (OpenID Connect) that people may sign in with: its issuer, exactly as its "
            "discovery document spells it. Unset, people sign in with passwords alone."
        ),
    ] = None
    oidc_client_id: Annotated[
        str | None,
        Field(max_length=500, description="What the provider calls us; needed with INTERLOCK_OIDC_ISSUER."),
    ] = None
    oidc_client_secret: Annotated[
        SecretRef | None,
        Field(
            description="Where the client's secret is: `env:NAME` or `file:PATH`, never the secret. Unset, this is a "
            "public client, and the code is protected by PKCE alone."
        ),
    ] = None
    oidc_title: Annotated[
        str, Field(min_length=1, max_length=60, description="What people call it; stands on the button to sign in.")
    ] = "single sign-on"
    oidc_scopes: Annotated[
        str, Field(max_length=500, description="Scopes that are asked for; `openid` must be among them.")
    ] = "openid profile email"
    oidc_login_claim: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            description="Claim that holds the login. `email` counts only where the provider has verified it.",
        ),
    ] = "preferred_username"
    oidc_tenant_claim: Annotated[
        str | None,
        Field(max_length=100, description="Claim that names the tenant; unset, everybody is of INTERLOCK_TENANT."),
    ] = None
    oidc_roles_claim: Annotated[
        str | None,
        Field(max_length=100, description="Claim that lists somebody's groups, as INTERLOCK_OIDC_ROLES reads."),
    ] = None
    oidc_roles: Annotated[
        dict[str, str],
        Field(
            description='Roles that groups stand for, as JSON: `{"finance": "reviewer"}`. At each sign-in these roles '
            "are given and taken as the provider says; all others stay as they are."
        ),
    ] = {}
    oidc_match: Annotated[
        Match,
        Field(
            description="How an invited person is known the first time. `invitation`: by the link of the invitation. "
            "`login`: also by the login, while the invitation waits and no password was set."
        ),
    ] = "invitation"
    oidc_new_roles: Annotated[
        list[str] | None,
        Field(
            description='Roles, as JSON (`["reviewer"]`), of people whom the provider knows and nobody here invited. '
            "Unset, nobody gets in who was not invited."
        ),
    ] = None
    oidc_timeout_seconds: Annotated[
        float, Field(gt=0, le=60, description="How long one request to the identity provider may take, in seconds.")
    ] = 10.0
    oidc_clock_skew_seconds: Annotated[
        float, Field(ge=0, le=300, description="How far its clock may be from ours, in seconds.")
    ] = 60.0

    @field_validator("oidc_issuer")
    @classmethod
    def _is_private(cls, value: str | None) -> str | None:
        return value if value is None else private_address(value)
