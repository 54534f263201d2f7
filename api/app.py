"""The HTTP application: routes, the gate before them, problems for errors."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from api import problems
from api.api_description import DOCUMENT, PAGE, ApiDescription
from api.archive_door import ArchiveDoor
from api.connector_watch import ConnectorWatch
from api.console_files import ConsoleFiles
from api.exposition import Exposition
from api.gate import MAX_BODY_BYTES, Gate
from api.news_desk import NewsDesk
from api.request_watch import Latency, RequestTraces
from api.routes import (
    account_links,
    account_sessions,
    accounts,
    agents,
    analytics,
    api_keys,
    approvals,
    audit,
    authority,
    calibrations,
    callbacks,
    case_list,
    case_screen,
    cases,
    chat,
    clocks,
    connectors,
    console,
    deadlines,
    evaluations,
    events,
    forecasts,
    health,
    home,
    incidents,
    information,
    live,
    messages,
    metrics,
    notices,
    operations,
    people,
    policies,
    precedents,
    process_maps,
    processes,
    providers,
    quality,
    questions,
    recall,
    retention,
    roles,
    saved_views,
    service_accounts,
    steering,
    suggestions,
    switches,
    targets,
    task_options,
    task_work,
    tasks,
    workers,
)
from api.scraping import Scraping
from api.version import installed_version
from evals.run_shelf import RunShelf
from graphs.accounts.provider_desk import SignInProvider
from graphs.accounts.session_desk import SessionDesk
from graphs.accounts.terms import AccountTerms
from graphs.census import CensusDesk
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
    # Before the routes of one case: `/cases/counts` is no case's id.
    case_list.router,
    cases.router,
    case_screen.router,
    steering.router,
    events.router,
    live.router,
    saved_views.router,
    chat.router,
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
    workers.router,
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
    process_maps.router,
    analytics.router,
    policies.router,
    suggestions.router,
    evaluations.router,
    recall.router,
    account_sessions.router,
    providers.router,
    accounts.router,
    api_keys.router,
    service_accounts.router,
    account_links.router,
    health.router,
    metrics.router,
)


def _together(routers: tuple[APIRouter, ...]) -> APIRouter:
    """All routes in one place, for every application of the process.

    FastAPI reads what a route's function takes when the first request comes, once for each router that includes it.
    An application that included them itself would pay for all of them again.
    """
    together = APIRouter()
    for router in routers:
        together.include_router(router)
    return together


ROUTES = _together((*ROUTERS, console.router)).routes


def create_app(
    services: Services,
    *,
    watch: ConnectorWatch | None = None,
    safeguards: Safeguards = NO_SAFEGUARDS,
    terms: AccountTerms | None = None,
    provider: SignInProvider | None = None,
    console_files: ConsoleFiles | None = None,
    exposition: Exposition | None = None,
    scraping: Scraping | None = None,
    runs: RunShelf | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> FastAPI:
    """The application over `services`. It starts nothing: worker, servers and `watch` are the composition root's.

    Archives that are sent pass the `safeguards`; sessions last as the `terms` say, people may sign in with the
    `provider` where there is one, and metrics are for whom `scraping` says. `runs` are the evaluation runs of this
    machine; without them there are none to show.
    """
    app = described()
    app.state.services = services
    app.state.connectors = watch or ConnectorWatch()
    app.state.archive_door = ArchiveDoor(safeguards=safeguards)
    app.state.account_terms = terms or AccountTerms()
    app.state.provider = provider
    app.state.console = console_files or ConsoleFiles.read()
    app.state.runs = runs
    app.state.news = NewsDesk(database=services.database)
    app.state.exposition = exposition or Exposition(database=services.database, census=CensusDesk(services=services))
    app.state.scraping = scraping or Scraping()
    sessions = SessionDesk(services=services, terms=app.state.account_terms)
    # The last one is the first that a request comes to.
    app.add_middleware(RequestTraces)
    app.add_middleware(
        Gate, services=services, sessions=sessions, scraping=app.state.scraping, max_body_bytes=max_body_bytes
    )
    app.add_middleware(Latency)
    return app


def described() -> FastAPI:
    """The routes and what is said about them, wired with nothing: enough for its OpenAPI document."""
    app = FastAPI(
        title="Interlock",
        version=installed_version(),
        description=DESCRIPTION,
        # What FastAPI brings makes the document while everybody waits, and its pages load scripts from elsewhere.
        openapi_url=None,
        routes=ROUTES,
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
                "analytics",
                "chat",
            )
        ],
    )
    problems.install(app)
    description = ApiDescription(app)
    app.add_route(DOCUMENT, description.document, include_in_schema=False)
    app.add_route(PAGE, description.page, include_in_schema=False)
    return app
