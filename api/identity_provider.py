"""The identity provider that the settings name."""

from __future__ import annotations

from datetime import timedelta

from api.gate import CALLBACK
from api.settings import Settings
from graphs.accounts.claims import ClaimMapping
from graphs.accounts.provider_desk import SignInProvider
from tools.oidc.client import OidcClient, ProviderTerms


def sign_in_provider(settings: Settings) -> SignInProvider | None:
    """The provider, which nothing is asked of yet; None where the settings name none."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.public_url is None:
        return None
    mapping = ClaimMapping(
        tenant=settings.tenant,
        tenant_claim=settings.oidc_tenant_claim,
        login_claim=settings.oidc_login_claim,
        roles_claim=settings.oidc_roles_claim,
        roles=settings.oidc_roles,
        new_roles=None if settings.oidc_new_roles is None else tuple(settings.oidc_new_roles),
        match=settings.oidc_match,
    )
    terms = ProviderTerms(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        redirect_uri=f"{settings.public_url.rstrip('/')}{CALLBACK}",
        scopes=tuple(settings.oidc_scopes.split()),
        needed=mapping.needed,
        time_limit=timedelta(seconds=settings.oidc_timeout_seconds),
        leeway=timedelta(seconds=settings.oidc_clock_skew_seconds),
    )
    return SignInProvider(client=OidcClient(terms=terms), mapping=mapping, title=settings.oidc_title)
