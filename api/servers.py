"""The servers Interlock stands on: PostgreSQL, and the ERP sandbox. Started before the event loop, stopped after it.

Importing the engine and reading its rules takes as long as starting them, so both happen at once: this module imports
little, and a thread does the rest while the servers come up.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.data_folder import DataFolder
from api.errors import DatabaseUnreachable, DatabaseUnusable, SandboxUnavailable
from api.settings import Settings
from graphs.store.databases import APP_ROLE, DatabaseTooOld, create_database, database_exists
from graphs.store.embedded import EmbeddedPostgres, EmbeddedPostgresFailed
from tools.erp.sandbox import SandboxFailed, TrytonSandbox
from tools.erp.sandbox_server import RunningTryton

DATABASE = "interlock"
SCHEMA = "graphs.store.schema"
CONNECT_SECONDS = 5

Progress = Callable[[str, float], None]
Meanwhile = Callable[[], None]


def no_progress(_step: str, _share: float) -> None:
    """Tell nobody."""


def no_more() -> None:
    """Do nothing beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Settings, data folder and addresses of what was started.

    `admin_url` may create databases, `owner_url` is the owner's view of Interlock's database, `app_url` the
    application's; the application assumes `role` on it, unless it logs in as that role.
    """

    settings: Settings
    folder: DataFolder
    admin_url: str
    owner_url: str
    app_url: str
    role: str | None
    tryton: RunningTryton | None = None


@contextmanager
def start_servers(
    settings: Settings, *, progress: Progress = no_progress, sandbox: bool = True, meanwhile: Meanwhile = no_more
) -> Iterator[Servers]:
    """Start what the settings ask for and migrate the database; stop it all afterwards.

    `progress` gets a step's name and the share done (0..1) while the ERP sandbox is made. Without `sandbox` no
    ERP is started, whatever the settings say. `meanwhile` is called in a thread while the servers start.
    Raises `StartRefused`.
    """
    folder = DataFolder.prepared(settings.data_dir)
    with ExitStack() as stack:
        beside = stack.enter_context(ThreadPoolExecutor(max_workers=1))
        prepared = beside.submit(meanwhile)
        try:
            servers = _database(settings, folder, stack)
            migrated = beside.submit(_migrate, servers.owner_url)
            if settings.erp == "sandbox" and sandbox:
                stack.enter_context(folder.sandbox_lock())
                servers = _with_tryton(servers, stack, progress)
            prepared.result()
            migrated.result()
        except (EmbeddedPostgresFailed, DatabaseTooOld) as error:
            raise DatabaseUnusable(str(error)) from error
        yield servers


def _migrate(owner_url: str) -> None:
    importlib.import_module(SCHEMA).migrate(owner_url)


def _database(settings: Settings, folder: DataFolder, stack: ExitStack) -> Servers:
    if settings.database_url is None:
        return _embedded(settings, folder, stack)
    return _external(settings, folder, settings.database_url.get_secret_value())


def _embedded(settings: Settings, folder: DataFolder, stack: ExitStack) -> Servers:
    postgres = EmbeddedPostgres.start(folder.postgres)
    stack.callback(postgres.stop)
    if not database_exists(postgres.url(), DATABASE):
        create_database(postgres.url(), DATABASE)
    return Servers(
        settings=settings,
        folder=folder,
        admin_url=postgres.url(),
        owner_url=postgres.url(DATABASE),
        app_url=postgres.url(DATABASE, user=APP_ROLE),
        role=None,
    )


def _external(settings: Settings, folder: DataFolder, url: str) -> Servers:
    """Use the database the URL names (`interlock` if none); made where it is absent and may be made."""
    address = make_conninfo(url, connect_timeout=CONNECT_SECONDS)
    name = str(conninfo_to_dict(url).get("dbname") or DATABASE)
    try:
        try:
            psycopg.connect(make_conninfo(address, dbname=name)).close()
        except psycopg.OperationalError as error:
            if not _is_absent(address, name):
                raise DatabaseUnreachable(_unreachable(error)) from error
            create_database(make_conninfo(address, dbname="postgres"), name)
    except psycopg.Error as error:
        raise DatabaseUnreachable(_unreachable(error)) from error
    owner_url = _with_database(url, name)
    return Servers(
        settings=settings, folder=folder, admin_url=url, owner_url=owner_url, app_url=owner_url, role=APP_ROLE
    )


def _is_absent(address: str, name: str) -> bool:
    return not database_exists(make_conninfo(address, dbname="postgres"), name)


def _unreachable(error: psycopg.Error) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return f"the PostgreSQL of INTERLOCK_DATABASE_URL does not answer ({first}): start it, or unset the variable"


def _with_database(url: str, name: str) -> str:
    """`url` naming its database: SQLAlchemy takes URLs, not libpq's other form."""
    head, separator, query = url.partition("?")
    scheme, _, rest = head.partition("://")
    authority = rest.partition("/")[0]
    return f"{scheme}://{authority}/{name}{separator}{query}"


def _with_tryton(servers: Servers, stack: ExitStack, progress: Progress) -> Servers:
    sandbox = TrytonSandbox(servers.folder.path, servers.admin_url)
    try:
        if not sandbox.is_prepared():
            sandbox.prepare(progress)
        tryton = sandbox.start(f"tryton_{servers.settings.tenant}")
    except (SandboxFailed, psycopg.Error, OSError) as error:
        raise SandboxUnavailable(
            f"the ERP sandbox did not start: {error}\n"
            "Run `make install` again, or set INTERLOCK_ERP=memory to go without a real ERP."
        ) from error
    stack.callback(tryton.stop)
    return Servers(
        settings=servers.settings,
        folder=servers.folder,
        admin_url=servers.admin_url,
        owner_url=servers.owner_url,
        app_url=servers.app_url,
        role=servers.role,
        tryton=tryton,
    )
