"""Writes `docs/reference/permissions.md`: `python -m api.permissions_file`. A test compares the two."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from api.permissions import PERMISSIONS, ROLES
from api.route_permissions import OWN, PUBLIC, ROUTES, SIGNED_IN

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "permissions.md"
HEAD = """\
# Who may do what

Made from `api/permissions.py` and `api/route_permissions.py` by `python -m api.permissions_file`: change those, never
this page. A test compares them, and calls every route with and without the permission that stands here.

A role grants permissions; a person or a service has roles ([sign in and manage accounts](../how-to/sign-in.md)). What
the database refuses beside that (another tenant's rows), what authority limits, segregation of duties and delegation
add, is decided case by case and stands in no table.
"""
ROLE_HEAD = """
## The built-in roles

A fresh installation has all of them. An older one gets a role that is new here by `interlock roles complete NAME`, or
under Roles of the administration page; a role that nobody has changed gets new permissions by itself at the next start.

| role | called | grants |
|---|---|---|
"""
PERMISSION_HEAD = """
## The permissions

| permission | lets somebody | granted by |
|---|---|---|
"""
ROUTE_HEAD = """
## The routes

`everybody` needs neither key nor session; `whoever is signed in` needs one, and no permission.

| route | permission | roles |
|---|---|---|
"""


def granted_by(permission: str) -> list[str]:
    """The roles that grant it."""
    return [role for role, (_, permissions) in ROLES.items() if permission in permissions]


def page() -> str:
    """The page as it should stand."""
    roles = [f"| `{name}` | {title} | {_names(sorted(granted))} |" for name, (title, granted) in ROLES.items()]
    permissions = [f"| `{name}` | {what} | {_names(granted_by(name))} |" for name, what in PERMISSIONS.items()]
    return "\n".join(
        [
            HEAD + ROLE_HEAD + "\n".join(roles),
            PERMISSION_HEAD + "\n".join(permissions),
            ROUTE_HEAD + "\n".join(_row(route, needs) for route, needs in sorted(ROUTES.items(), key=_by_path)),
            "",
        ]
    )


def matrix() -> dict[str, dict[str, bool]]:
    """For every route, whether each role alone may call it."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for route, needs in ROUTES.items():
        for role, (_, permissions) in ROLES.items():
            found[route][role] = needs in (PUBLIC, SIGNED_IN) or needs in permissions
    return dict(found)


def _row(route: str, needs: str) -> str:
    if needs in (PUBLIC, SIGNED_IN):
        return f"| `{route}` | {needs} |  |"
    beside = f"; {OWN[route]}" if route in OWN else ""
    return f"| `{route}` | `{needs}`{beside} | {_names(granted_by(needs))} |"


def _by_path(item: tuple[str, str]) -> tuple[str, str]:
    method, _, path = item[0].partition(" ")
    return path, method


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
