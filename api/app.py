"""The HTTP application: routes, the gate before them, problems for errors."""

from __future__ import annotations

from fastapi import FastAPI

from api import problems
from api.connector_watch import ConnectorWatch
from api.gate import MAX_BODY_BYTES, Gate
from api.routes import (
    agents,
    audit,
    authority,
    callbacks,
    cases,
    connectors,
    deadlines,
    events,
    health,
    incidents,
    messages,
    policies,
    processes,
    retention,
    steering,
    switches,
    targets,
    tasks,
)
from api.version import installed_version
from graphs.runtime.services import Services

DESCRIPTION = """\
Interlock coordinates every automation tool, system, person and AI agent of a business process into one
auditable flow. Every call but `/health` and `/ready` needs an API key; who acts comes only from that key.
Callbacks of external systems are signed instead.
Errors are `application/problem+json`, with a stable `code`.
"""
ROUTERS = (
    cases.router,
    steering.router,
    events.router,
    messages.router,
    tasks.router,
    incidents.router,
    switches.router,
    targets.router,
    connectors.router,
    callbacks.router,
    audit.router,
    authority.router,
    deadlines.router,
    agents.router,
    retention.router,
    processes.router,
    policies.router,
    health.router,
)


def create_app(
    services: Services, *, watch: ConnectorWatch | None = None, max_body_bytes: int = MAX_BODY_BYTES
) -> FastAPI:
    """The application over `services`. It starts nothing: worker, servers and `watch` are the composition root's."""
    app = FastAPI(
        title="Interlock",
        version=installed_version(),
        description=DESCRIPTION,
        redoc_url=None,
        openapi_tags=[
            {"name": name}
            for name in (
                "cases",
                "messages",
                "tasks",
                "incidents",
                "switches",
                "connectors",
                "authority",
                "deadlines",
                "audit",
                "retention",
            )
        ],
    )
    app.state.services = services
    app.state.connectors = watch or ConnectorWatch()
    problems.install(app)
    app.add_middleware(Gate, services=services, max_body_bytes=max_body_bytes)
    for router in ROUTERS:
        app.include_router(router)
    return app
