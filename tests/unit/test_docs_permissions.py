"""The page of permissions says what the code says, and the code says it about every route and every role."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from api.gate import OPEN_CHANGES, OPEN_PATHS, OPEN_READS
from api.permissions import PERMISSIONS, ROLES
from api.permissions_file import PAGE, matrix, page
from api.route_permissions import OWN, PUBLIC, ROUTES, SIGNED_IN
from tests.support.route_samples import every_route

ROOT = Path(__file__).parents[2]
NAMED = ("operator", "reviewer", "process_owner", "rule_owner", "auditor", "admin", "service")
MAY_BE_PUBLIC = {
    *(f"GET {path}" for path in (*OPEN_PATHS, *OPEN_READS)),
    *(f"POST {path}" for path in OPEN_CHANGES),
    "POST /callbacks/{connector}",
}


def test_the_page_is_made_from_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m api.permissions_file`"


def test_every_route_says_whom_it_is_for() -> None:
    routes = {str(route) for route in every_route()}
    assert sorted(routes - set(ROUTES)) == [], "add a line to api/route_permissions.py"
    assert sorted(set(ROUTES) - routes) == []
    assert set(OWN) <= set(ROUTES)


def test_a_route_without_a_permission_is_open_on_purpose() -> None:
    unknown = {route: needs for route, needs in ROUTES.items() if needs not in (PUBLIC, SIGNED_IN, *PERMISSIONS)}
    public = {route for route, needs in ROUTES.items() if needs == PUBLIC}
    assert unknown == {}
    assert public <= MAY_BE_PUBLIC
    assert len(public) < 12


def test_roles_grant_what_there_is_and_the_seven_are_there() -> None:
    assert set(NAMED) <= set(ROLES)
    assert {name for _, granted in ROLES.values() for name in granted} <= set(PERMISSIONS)
    assert [name for name, (_, granted) in ROLES.items() if len(set(granted)) != len(granted)] == []


@cache
def sources() -> tuple[str, ...]:
    return tuple(
        path.read_text(encoding="utf-8") for folder in ("graphs", "api") for path in (ROOT / folder).rglob("*.py")
    )


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_permission_is_asked_for_somewhere(permission: str) -> None:
    assert any(f'"{permission}"' in text for text in sources())


def test_every_permission_that_code_asks_for_is_listed() -> None:
    asked = set()
    for path in (ROOT / "graphs").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"require\((?:actor|target), ([A-Z_]+)\)", text):
            asked |= set(re.findall(rf'^{name} = "([a-z._]+)"', text, re.MULTILINE))
    assert len(asked) > 20
    assert asked <= set(PERMISSIONS)


def test_no_role_of_a_process_manages_people_and_an_auditor_changes_nothing() -> None:
    table = matrix()
    changes = [route for route, needs in ROUTES.items() if not route.startswith("GET ") and needs in PERMISSIONS]
    managed = [route for route, needs in ROUTES.items() if needs in ("account.manage", "admin", "people.manage")]
    for role in ("operator", "reviewer", "process_owner", "rule_owner", "service", "auditor"):
        assert [route for route in managed if table[route][role]] == []
    by_reading = ("task.read", "case.read", "audit.read")
    assert [route for route in changes if table[route]["auditor"] and ROUTES[route] not in by_reading] == []
