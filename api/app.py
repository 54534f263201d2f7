"""The HTTP application: routes, the gate before them, problems for errors."""

from __future__ import annotations

from fastapi import FastAPI

from api import problems
from api.archive_door import ArchiveDoor
from api.connector_watch import ConnectorWatch
from api.console_files import ConsoleFiles
from api.gate import MAX_BODY_BYTES, Gate
from api.news_desk import NewsDesk
from api.routes import (
    account_links,
    account_sessions,
    accounts,
    agents,
    approvals,
    audit,
    authority,
    calibrations,
    callbacks,
    cases,
    clocks,
    connectors,
    console,
    deadlines,
    events,
    forecasts,
    health,
    home,
    incidents,
    information,
    live,
    messages,
    notices,
    operations,
    people,
    policies,
    precedents,
    processes,
    quality,
    questions,
    recall,
    retention,
    roles,
    steering,
    suggestions,
    switches,
    targets,
    task_options,
    task_work,
    tasks,
)
from api.version import installed_version
from graphs.accounts.session_desk import SessionDesk
from graphs.accounts.terms import AccountTerms
from graphs.runtime.services import Services
from tools.document.isolation import NO_SAFEGUARDS, Safeguards

DESCRIPTION = """\
Interlock coordinates every automation tool, system, person and AI agent of a business process into one
auditable flow. Every call but `/health`, `/ready` and signing in needs an API key or a session; who acts comes only
from there. A change by a session needs its token as `X-CSRF-Token`, and comes from a page of this server.
Callbacks of external systems are signed instead.
Errors are `application/problem+json`, with a stable `code`.
"""
ROUTERS = (
    cases.router,
    steering.router,
    events.router,
    live.router,
    messages.router,
    tasks.router,
    task_work.router,
    task_options.router,
    questions.router,
    information.router,
    precedents.router,
    operations.router,
    quality.router,
    incidents.router,
    switches.router,
    targets.router,
    connectors.router,
    callbacks.router,
    audit.router,
    authority.router,
    approvals.router,
    clocks.router,
    deadlines.router,
    home.router,
    notices.router,
    forecasts.router,
    people.router,
    roles.router,
    agents.router,
    calibrations.router,
    retention.router,
    processes.router,
    policies.router,
    suggestions.router,
    recall.router,
    account_sessions.router,
    accounts.router,
    account_links.router,
    health.router,
)


def create_app(
    services: Services,
    *,
    watch: ConnectorWatch | None = None,
    safeguards: Safeguards = NO_SAFEGUARDS,
    terms: AccountTerms | None = None,
    console_files: ConsoleFiles | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> FastAPI:
    """The application over `services`. It starts nothing: worker, servers and `watch` are the composition root's.

    Archives that are sent pass the `safeguards`; sessions last as the `terms` say.
    """
    app = described()
    app.state.services = services
    app.state.connectors = watch or ConnectorWatch()
    app.state.archive_door = ArchiveDoor(safeguards=safeguards)
    app.state.account_terms = terms or AccountTerms()
    app.state.console = console_files or ConsoleFiles.read()
    app.state.news = NewsDesk(database=services.database)
    sessions = SessionDesk(services=services, terms=app.state.account_terms)
    app.add_middleware(Gate, services=services, sessions=sessions, max_body_bytes=max_body_bytes)
    return app


def described() -> FastAPI:
    """The routes and what is said about them, wired with nothing: enough for its OpenAPI document."""
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
                "quality",
                "incidents",
                "switches",
                "connectors",
                "authority",
                "deadlines",
                "notices",
                "people",
                "audit",
                "retention",
                "recalls",
                "accounts",
                "live",
            )
        ],
    )
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(console.router)
    return app
