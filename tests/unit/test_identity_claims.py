"""What stands in claims and addresses, read without trusting any of it; and settings that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from api.errors import SettingsInvalid
from api.identity_provider import sign_in_provider
from api.settings import load_settings
from graphs.accounts.attempt import is_of, nonce_of, safe_path, state_of, verifier_of
from graphs.accounts.claims import ClaimMapping
from tools.oidc.errors import ProviderMisconfigured
from tools.oidc.metadata import is_private, read_metadata

MAPPING = ClaimMapping(tenant="acme", roles_claim="groups", roles={"finance": "reviewer", "it": "operator"})
ISSUER = "https://id.example.com"
DESCRIBED = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}
GIVEN = {"oidc_issuer": ISSUER, "oidc_client_id": "interlock", "public_url": "https://interlock.example/"}


@pytest.mark.parametrize(
    ("said", "roles"),
    [
        (["finance", "skiing"], {"reviewer"}),
        ("it", {"operator"}),
        ([["finance"], 7, None], set()),
        ({"finance": True}, set()),
        (None, set()),
    ],
)
def test_only_groups_that_stand_for_a_role_count(said: Any, roles: set[str]) -> None:
    assert MAPPING.roles_of({"groups": said}) == roles
    assert MAPPING.governed == {"reviewer", "operator"}


@pytest.mark.parametrize(("verified", "found"), [(True, "a@b.c"), ("true", "a@b.c"), ("false", None), (1.5, None)])
def test_an_address_counts_only_as_verified(verified: Any, found: str | None) -> None:
    claims = {"email": "a@b.c", "email_verified": verified}
    assert MAPPING.email_of(claims) == found
    assert ClaimMapping(tenant="acme", login_claim="email").login_of(claims) == found


@pytest.mark.parametrize("login", [None, 7, "", "  ", "x" * 201, "a\x00b", "a\u202eb", ["clara"]])
def test_what_is_no_short_plain_text_is_no_login(login: Any) -> None:
    assert MAPPING.login_of({"preferred_username": login}) is None


@pytest.mark.parametrize("path", ["/tasks", "/tasks?tab=team&words=a%20b", "/"])
def test_a_path_of_the_console_is_kept(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [None, "", "tasks", "//evil.test", "/\\evil.test", "https://evil.test", "/a b", "/" * 2 + "x", "/" + "x" * 500],
)
def test_anything_else_is_the_first_page(path: str | None) -> None:
    assert safe_path(path) == "/"


def test_what_follows_from_a_secret_differs_and_gives_it_away_to_nobody() -> None:
    secret = "s" * 43
    found = {state_of(secret), nonce_of(secret), verifier_of(secret)}
    assert len(found) == 3
    assert all(secret not in one and 43 <= len(one) <= 128 for one in found)
    assert is_of(secret, state_of(secret))
    assert not is_of("t" * 43, state_of(secret))


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("https://id.example.com", True),
        ("http://127.0.0.1:9400", True),
        ("http://localhost/x", True),
        ("http://[::1]/x", True),
        ("http://id.example.com", False),
        ("https://user@id.example.com", False),
        ("http://127.0.0.1.evil.test", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("http://[", False),
    ],
)
def test_nobody_can_listen_in_on_a_provider(address: str, private: bool) -> None:
    assert is_private(address) is private


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://evil.test"},
        {"token_endpoint": "http://id.example.com/token"},
        {"jwks_uri": None},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    ],
)
def test_a_description_that_cannot_be_worked_with_is_refused(wrong: dict[str, Any]) -> None:
    assert read_metadata(DESCRIBED, issuer=ISSUER).signatures == ["RS256"]
    with pytest.raises(ProviderMisconfigured):
        read_metadata(DESCRIBED | wrong, issuer=ISSUER)
    with pytest.raises(ProviderMisconfigured):
        read_metadata(["no", "description"], issuer=ISSUER)


def test_a_secret_is_sent_only_in_a_way_that_the_provider_takes() -> None:
    found = read_metadata(DESCRIBED | {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, issuer=ISSUER)
    assert found.client_authentication(has_secret=False) == "none"
    with pytest.raises(ProviderMisconfigured):
        found.client_authentication(has_secret=True)


def test_settings_make_a_provider_with_the_address_of_the_pages() -> None:
    provider = sign_in_provider(load_settings(**GIVEN))
    assert provider is not None
    assert provider.client.terms.redirect_uri == "https://interlock.example/session/provider/callback"
    assert provider.mapping.new_roles is None
    assert sign_in_provider(load_settings()) is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"oidc_client_id": None}, "INTERLOCK_OIDC_CLIENT_ID"),
        ({"public_url": None}, "INTERLOCK_PUBLIC_URL"),
        ({"oidc_issuer": None}, "INTERLOCK_OIDC_ISSUER"),
        ({"oidc_issuer": "http://id.example.com"}, "https://"),
        ({"oidc_scopes": "profile"}, "openid"),
        ({"oidc_client_secret": "hunter2-hunter2"}, "env:"),
        ({"oidc_roles_claim": "groups"}, "INTERLOCK_OIDC_ROLES"),
        ({"oidc_match": "mail"}, "INTERLOCK_OIDC_MATCH"),
    ],
)
def test_settings_that_cannot_be_are_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(**(GIVEN | wrong))
    assert named in str(refused.value)
    assert "hunter2-hunter2" not in str(refused.value)
