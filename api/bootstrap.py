"""The composition root: which parts Interlock is made of. Nothing else wires anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from api.connectors import (
    FOLDER,
    NO_CONNECTORS,
    Connectors,
    check_names,
    configuration_of,
    media_type_by_name,
    open_connectors,
)
from api.errors import SettingsInvalid
from api.gate import CONSOLE
from api.inlets import acting, inlets_running, sources_of
from api.model import day_ceiling, open_models
from api.notice_links import NoticeLinks
from api.people import bootstrap_people
from api.servers import Servers
from api.settings import Settings
from graphs.agents.spending import ModelTerms
from graphs.calibration.gates import MeasuredGates
from graphs.case_start import CaseStarter, StartCases
from graphs.chat.model import PACK as CHAT_PACK
from graphs.chat.model import QUESTION as CHAT_QUESTION
from graphs.checkpoint_folder import CheckpointFolder
from graphs.checkpoints import Checkpointer
from graphs.incidents import IncidentDesk
from graphs.information.tag import ReplyTags
from graphs.information.tools import information_tools
from graphs.intake import Intake
from graphs.notices.links import Links
from graphs.notices.terms import NoticeTerms
from graphs.notices.tools import notice_tools
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.processes.released import process_definitions
from graphs.resolution.service import ensure_service
from graphs.resolution.tools import incident_tools
from graphs.runtime.seal import Seal
from graphs.runtime.services import Services
from graphs.runtime.watchdog import HANG
from graphs.runtime.worker import Worker
from graphs.signed_note import Signer, new_key
from graphs.stocked import stock
from graphs.store.database import Database
from graphs.store.model_spend import ModelSpend
from graphs.store.people import Actor
from graphs.tasks import TaskDesk
from graphs.teaching import templates_of
from graphs.versions import VersionDesk
from policies.packaged import pack_text, rule_book
from tools.by_hand import ByHand
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.configuration import ConfiguredConnector
from tools.connector import CompleteText, ConnectorContext, LoadOriginal, StoreOriginal
from tools.document.isolation import NO_SAFEGUARDS, Safeguards
from tools.document.ocr import OcrLimits, OcrProcess
from tools.document.reading_room import ReadingRoom
from tools.document.recognised import Recognise
from tools.document.text_tool import DocumentText
from tools.document.tool import ReadDocument
from tools.document.validation.validator import Validator
from tools.document.virus_scan import scanner_of
from tools.erp.actions import erp_tools
from tools.erp.port import Erp
from tools.erp.tryton import TrytonErp
from tools.erp.tryton_rpc import TrytonSession
from tools.llm.embedder import Embedder
from tools.llm.embedding_tool import EmbedTool
from tools.llm.gateway import Gateway
from tools.llm.question import Question
from tools.llm.tool import ModelTool
from tools.plugin import Plugins
from tools.port import Tool
from tools.testing.erp import MemoryErp, RemoteMemoryErp


class PromptChanged(ValueError):
    """Two processes ask under one version of a prompt with different texts: give the newer one a new version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interlock:
    """Interlock, wired. `erp` is the ERP of the settings' tenant, `model` what agents ask.

    `embedder` makes vectors of texts. Each of them is None where the settings name none.
    """

    services: Services
    worker: Worker
    servers: Servers
    erp: Erp | None
    connectors: Connectors = NO_CONNECTORS
    safeguards: Safeguards = NO_SAFEGUARDS
    model: Gateway | None = None
    embedder: Embedder | None = None

    @property
    def intake(self) -> Intake:
        """Accepts triggers."""
        return Intake(services=self.services)

    @property
    def tasks(self) -> TaskDesk:
        """Takes answers."""
        return TaskDesk(services=self.services)

    @property
    def incidents(self) -> IncidentDesk:
        """Takes retries."""
        return IncidentDesk(services=self.services)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The worker, and a poll of everything that brings in mails or files, until the block ends."""
        sources = sources_of((opened.configured.tenant, opened.connector) for opened in self.connectors.opened)
        async with self.worker.running(), inlets_running(self.services, sources, safeguards=self.safeguards):
            yield

    async def actor_of_key(self, key: str) -> Actor | None:
        """Who the key belongs to, None for an unknown key."""
        async with self.services.database.unit_of_work() as unit:
            owner = await unit.people.user_of_key(key)
        if owner is None:
            return None
        tenant, user = owner
        async with self.services.database.unit_of_work(tenant) as unit:
            return await unit.people.actor(user)


def questions_of(definitions: Iterable[ProcessDefinition]) -> dict[str, Question]:
    """Every question of the definitions' agent steps, by its name and prompt. Raises `PromptChanged`.

    Definitions of several versions are registered at once, so a question may have several prompts.
    """
    found: dict[str, Question] = {}
    for step in (step for definition in definitions for step in definition.agent_steps):
        for question in step.asks.questions:
            known = found.setdefault(f"{question.name} {question.prompt.reference}", question)
            if known.prompt.digest != question.prompt.digest:
                raise PromptChanged(f"{question.prompt.reference} has two texts: give the newer one a new version")
    return found


def asking_tool(definitions: Iterable[ProcessDefinition], gateway: Gateway | None) -> ModelTool | None:
    """The tool that asks: every question of the definitions, and that of the chat; None without a gateway."""
    questions = {**questions_of(definitions), CHAT_PACK: CHAT_QUESTION}
    return ModelTool(questions, gateway) if gateway else None


@asynccontextmanager
async def open_interlock(servers: Servers) -> AsyncIterator[Interlock]:
    """Interlock on running servers: its people are there, its tools are wired, nothing runs yet.

    Raises `SettingsInvalid` where the settings' ERP was not started, or connectors or cassette cannot be what they say.
    """
    settings = servers.settings
    async with AsyncExitStack() as stack:
        database = Database(servers.app_url, clock=utc_now, role=servers.role)
        stack.push_async_callback(database.close)
        await bootstrap_people(database, servers.folder, tenant=settings.tenant, now=utc_now())
        await ensure_service(database, now=utc_now())
        erp = await open_erp(servers, stack)
        erps = {settings.tenant: erp} if erp else {}
        definitions = process_definitions()
        connectors = await wired_connectors(servers, database, erps, stack, services=lambda: services)
        models = await stack.enter_async_context(open_models(settings))
        safeguards = document_safeguards(settings, stack)
        ocr = OcrProcess(OcrLimits() if settings.ocr_threads is None else OcrLimits(threads=settings.ocr_threads))
        stack.callback(ocr.close)

        def starter(tenant: str) -> CaseStarter:
            return CaseStarter(services=lambda: services, actor=lambda: acting(database, tenant))

        catalogs = Catalogs(
            database=database,
            erps=erps,
            connectors=connectors,
            safeguards=safeguards,
            recognise=ocr.recognise,
            starter=starter,
            asking=asking_tool(definitions, models.gateway),
            embedding=EmbedTool(models.embedder) if models.embedder else None,
            services=lambda: services,
        )
        services = Services(
            database=database,
            catalogs=catalogs.of,
            rulebooks={pack: rule_book(pack) for pack in {CHAT_PACK, *(one.pack for one in definitions)}},
            registry=ProcessRegistry(definitions),
            seal=Seal(checkpoint_key(servers)),
            checkpointer=checkpointer(servers, database),
            model_terms=ModelTerms(
                gates=MeasuredGates(services=lambda: services),
                spending=ModelSpend(database, day_ceiling(settings)),
                draw_key=checkpoint_key(servers),
            ),
            notice_terms=notice_terms(settings, lambda: services),
            undo_window=timedelta(seconds=settings.undo_seconds),
        )
        await stock_packs(services)
        await VersionDesk(services=services).report_missing()
        worker = Worker(
            services=services,
            url=servers.app_url,
            role=servers.role,
            concurrency=settings.worker_concurrency,
            execution=settings.execution,
            hang=HANG,
        )
        yield Interlock(
            services=services,
            worker=worker,
            servers=servers,
            erp=erp,
            connectors=connectors,
            safeguards=safeguards,
            model=models.gateway,
            embedder=models.embedder,
        )


async def wired_connectors(
    servers: Servers,
    database: Database,
    erps: dict[str, Erp],
    stack: AsyncExitStack,
    *,
    services: Callable[[], Services] | None = None,
) -> Connectors:
    """The connectors of the settings, closed with `stack`. Raises `SettingsInvalid`."""
    settings = servers.settings
    if settings.connectors is None:
        return Connectors()
    configuration = configuration_of(settings.connectors, Plugins.discovered(), tenant=settings.tenant)
    context_of = connector_contexts(servers, database, services)
    connectors = await stack.enter_async_context(open_connectors(configuration, context_of))
    async with database.unit_of_work() as unit:
        tenants = await unit.people.tenants()
    own = Catalogs(database=database, erps=erps)
    taken = {tenant: [tool.name for tool in own.of(tenant)] for tenant in tenants}
    check_names(configuration, connectors, taken=taken, tenants=tenants)
    return connectors


def connector_contexts(
    servers: Servers, database: Database, services: Callable[[], Services] | None = None
) -> Callable[[ConfiguredConnector], ConnectorContext]:
    """What each connector is opened with: a private folder of its own, and its tenant's documents and links."""

    def context_of(connector: ConfiguredConnector) -> ConnectorContext:
        folder = servers.folder.path / FOLDER / connector.name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return ConnectorContext(
            tenant=connector.tenant,
            folder=folder,
            load=original_loader(database, connector.tenant),
            store=original_store(database, connector.tenant),
            clock=utc_now,
            complete=completing(services, connector.tenant) if services else None,
        )

    return context_of


def completing(services: Callable[[], Services], tenant: str) -> CompleteText:
    """Puts into a tenant's mails what stands on no record: links of a person's own, and the tags of requests."""
    links, tags = Links(services=services, tenant=tenant), ReplyTags(services=services, tenant=tenant)

    async def completed(text: str, recipients: Sequence[str]) -> str:
        return await tags.completed(await links.completed(text, recipients), recipients)

    return completed


def notice_terms(settings: Settings, services: Callable[[], Services]) -> NoticeTerms:
    """Notices have links of their person's own where the pages have an address; else they name what they are about."""
    if settings.public_url is None:
        return NoticeTerms(assignments=True)
    pages = f"{settings.public_url.rstrip('/')}{CONSOLE}"
    link = NoticeLinks(services=services, public_url=pages)
    return NoticeTerms(public_url=pages, link=link, assignments=True)


async def stock_packs(services: Services) -> None:
    """Store the release's rule packs for every tenant; the first of a name is active, a newer one waits."""
    packs = [(pack_text(name), book.pack) for name, book in sorted(services.rulebooks.items())]
    async with services.database.unit_of_work() as unit:
        tenants = await unit.people.tenants()
    for tenant in tenants:
        await stock(services.database, packs, tenant, now=services.clock())


def document_safeguards(settings: Settings, stack: AsyncExitStack) -> Safeguards:
    """What every document passes: the settings' virus scanner, and one validator, ended with `stack`."""
    validator = Validator()
    stack.callback(validator.close)
    return Safeguards(scanner=scanner_of(settings.virus_scan) if settings.virus_scan else None, validator=validator)


def checkpoint_key(servers: Servers) -> bytes:
    """The settings' key, or the data folder's own."""
    chosen = servers.settings.checkpoint_key
    return bytes.fromhex(chosen.get_secret_value()) if chosen else servers.folder.read_or_make_checkpoint_key()


def checkpointer(servers: Servers, database: Database) -> Checkpointer:
    """What signs the trail, with the settings' key or the data folder's own. Raises `SettingsInvalid`."""
    settings, folder = servers.settings, servers.folder
    return Checkpointer(
        database=database,
        signer=signer(servers),
        folder=CheckpointFolder(path=settings.checkpoint_dir or folder.checkpoints),
        clock=utc_now,
        interval=timedelta(seconds=settings.checkpoint_seconds),
        entries=settings.checkpoint_entries,
    )


def signer(servers: Servers) -> Signer:
    """The key that signs. Raises `SettingsInvalid` where its file holds none."""
    file = servers.settings.signing_key_file
    try:
        return Signer.read(file.read_bytes() if file else servers.folder.read_or_make_signing_key(new_key))
    except (OSError, ValueError, TypeError) as error:
        raise SettingsInvalid(
            f"INTERLOCK_SIGNING_KEY_FILE: {file or servers.folder.signing_key} holds no Ed25519 private key without a "
            f"password ({type(error).__name__}): make one with `openssl genpkey -algorithm ed25519`"
        ) from error


async def open_erp(servers: Servers, stack: AsyncExitStack) -> Erp | None:
    """The ERP that the settings name, closed with `stack`. Raises `SettingsInvalid`."""
    settings, seconds = servers.settings, servers.settings.tool_time_limit_seconds
    if settings.erp == "none":
        return None
    if settings.erp == "memory":
        if settings.erp_url is None:
            return MemoryErp.from_seed(today=utc_now().date(), call_timeout_seconds=seconds)
        remote = RemoteMemoryErp(settings.erp_url, call_timeout_seconds=seconds)
        stack.push_async_callback(remote.aclose)
        return remote
    tryton = TrytonErp(tryton_session(servers))
    stack.push_async_callback(tryton.aclose)
    return tryton


def tryton_session(servers: Servers) -> TrytonSession:
    """The Tryton of the sandbox, or of the settings. Raises `SettingsInvalid`."""
    settings, seconds = servers.settings, servers.settings.tool_time_limit_seconds
    if servers.tryton is not None:
        own = servers.tryton
        return TrytonSession(
            own.url, database=own.database, user=own.user, password=own.password, call_timeout_seconds=seconds
        )
    if not (settings.erp_url and settings.erp_database and settings.erp_user and settings.erp_password):
        raise SettingsInvalid(
            "INTERLOCK_ERP: the sandbox belongs to `interlock serve`; for a worker of its own set INTERLOCK_ERP=tryton "
            "with INTERLOCK_ERP_URL, INTERLOCK_ERP_DATABASE, INTERLOCK_ERP_USER and INTERLOCK_ERP_PASSWORD"
        )
    return TrytonSession(
        settings.erp_url,
        database=settings.erp_database,
        user=settings.erp_user,
        password=settings.erp_password.get_secret_value(),
        call_timeout_seconds=seconds,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogs:
    """The tools of each tenant; a tenant without an ERP or a connector has none of its tools."""

    database: Database
    erps: dict[str, Erp]
    connectors: Connectors = NO_CONNECTORS
    safeguards: Safeguards = NO_SAFEGUARDS
    starter: Callable[[str], CaseStarter] | None = None
    services: Callable[[], Services] | None = None
    recognise: Recognise | None = None
    asking: ModelTool | None = None
    embedding: EmbedTool | None = None
    room: ReadingRoom = field(default_factory=ReadingRoom)
    made: dict[str, Catalog] = field(default_factory=dict)

    def of(self, tenant: str) -> Catalog:
        """The tenant's catalog."""
        if tenant not in self.made:
            load = original_loader(self.database, tenant)
            erp = self.erps.get(tenant)
            templates = partial(templates_of, self.database, tenant)
            room, guards, recognise = self.room, self.safeguards, self.recognise
            tools: list[Tool] = [
                ReadDocument(load, safeguards=guards, recognise=recognise, templates=templates, room=room),
                DocumentText(load, safeguards=guards, recognise=recognise, room=room),
                ByHand(),
                *([self.asking] if self.asking else []),
                *([self.embedding] if self.embedding else []),
                *([StartCases(self.starter(tenant))] if self.starter else []),
                *(incident_tools(self.services, tenant) if self.services else []),
                *(information_tools(self.services, tenant) if self.services else []),
                *(notice_tools(self.services, tenant) if self.services else []),
                *(erp_tools(erp, load) if erp else []),
                *self.connectors.tools(tenant),
            ]
            self.made[tenant] = Catalog(tools)
        return self.made[tenant]


def original_loader(database: Database, tenant: str) -> LoadOriginal:
    """Loads a tenant's stored documents by their SHA-256."""

    async def load(sha256: str) -> tuple[str, bytes]:
        async with database.unit_of_work(tenant) as unit:
            original = await unit.originals.get(tenant, sha256)
            return original.name, original.content

    return load


def original_store(database: Database, tenant: str) -> StoreOriginal:
    """Stores documents of a tenant, each once by its SHA-256."""

    async def store(name: str, content: bytes) -> str:
        async with database.unit_of_work(tenant) as unit:
            return await unit.originals.keep(
                tenant, name=name, media_type=media_type_by_name(name), content=content, now=utc_now()
            )

    return store
