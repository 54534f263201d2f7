"""`interlock connectors`: what is configured, whether it works, and what a configuration may say. Needs no server."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import sys
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_json, print_table
from api.connectors import CHECK_SECONDS, FOLDER, ContextOf, configuration_of, open_connectors
from api.settings import Settings, load_settings
from policies.canonical import jsonable
from tools.configuration import Configuration, ConfiguredConnector
from tools.configuration_schema import configuration_schema
from tools.connector import ConnectorContext, Health, Standing, StoreOriginal
from tools.errors import Permanent
from tools.plugin import Plugins

app = typer.Typer(no_args_is_help=True, help="Connectors: list, check, schema.")

NOTHING = "INTERLOCK_CONNECTORS is not set, so no connector is configured"
MODEL = "(model)"
EMBEDDINGS = "(embeddings)"
LISTED = {"model": MODEL, "embeddings": EMBEDDINGS}
NO_MODEL = "set INTERLOCK_LLM_BASE_URL and INTERLOCK_LLM_MODEL; until then people decide"
MODEL_MODULE = "api.model"
"""Imported when a model is checked: every other command starts without it."""
HOW = "write a YAML file (`interlock connectors schema` says what it may hold) and set the variable to its path"


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the configured connectors with their tools, and every kind that is installed."""
    settings, plugins = load_settings(), Plugins.discovered()
    configuration = configuration_of(settings.connectors, plugins, tenant=settings.tenant)
    connectors = asyncio.run(_described(settings, configuration))
    kinds = [
        {"kind": plugin.kind, "from": f"{plugin.distribution} {plugin.version}", "problem": plugin.problem}
        for plugin in plugins.listed()
    ]
    if as_json:
        print_json({"connectors": connectors, "kinds": kinds})
        return
    rows = [(c["name"], c["kind"], c["tenant"], "\n".join(c["tools"]), c["problem"] or "–") for c in connectors]
    print_table("Connectors", ("name", "kind", "tenant", "tools", "problem"), rows)
    print_table("Kinds", ("kind", "from", "problem"), [(k["kind"], k["from"], k["problem"] or "–") for k in kinds])


@app.command("check")
def check(
    within_seconds: Annotated[float, typer.Option(min=0.1, help="How long one check may take.")] = CHECK_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Test every configured connector and the model's endpoint, all at the same time; exit 1 if one is down."""
    settings = load_settings()
    configuration = configuration_of(settings.connectors, Plugins.discovered(), tenant=settings.tenant)
    found, models = asyncio.run(_checked(settings, configuration, within_seconds))
    if not found and not models:
        raise CommandFailed(f"{NOTHING}, and no model: INTERLOCK_LLM_BASE_URL is not set either", hint=HOW)
    if as_json:
        shown = [{"name": name, **jsonable(asdict(health))} for name, health in found.items()]
        told = {key: jsonable(asdict(models[name])) if name in models else None for key, name in LISTED.items()}
        print_json({"connectors": shown, **told})
    else:
        rows = [_row(name, health) for name, health in {**found, **models}.items()]
        unset = [] if MODEL in models else [(MODEL, "unset", "–", "–", NO_MODEL)]
        print_table("Connectors", ("name", "is", "took", "what is wrong", "what to do"), [*rows, *unset])
    if any(health.standing is Standing.DOWN for health in (*found.values(), *models.values())):
        raise typer.Exit(ExitCode.NO)


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of the configuration file, with the settings of every installed kind."""
    sys.stdout.write(dumps(configuration_schema(Plugins.discovered()), indent=2, ensure_ascii=False) + "\n")


async def _described(settings: Settings, configuration: Configuration) -> list[dict[str, Any]]:
    async with open_connectors(configuration, _context_of(settings)) as connectors:
        return [
            {
                "name": opened.name,
                "kind": opened.configured.kind,
                "tenant": opened.configured.tenant,
                "tools": [tool.name for tool in opened.tools],
                "problem": opened.problem,
            }
            for opened in connectors.opened
        ]


async def _checked(
    settings: Settings, configuration: Configuration, within_seconds: float
) -> tuple[dict[str, Health], dict[str, Health]]:
    """How the connectors are, and those of the models that are configured."""
    model = importlib.import_module(MODEL_MODULE)
    async with (
        open_connectors(configuration, _context_of(settings)) as connectors,
        model.open_models(settings) as models,
    ):
        opened = {MODEL: models.gateway, EMBEDDINGS: models.embedder}
        there = {name: found for name, found in opened.items() if found is not None}
        checks = [model.check_model(found, within_seconds=within_seconds) for found in there.values()]
        found, *standings = await asyncio.gather(connectors.check(within_seconds=within_seconds), *checks)
        return found, dict(zip(there, standings, strict=True))


def _row(name: str, health: Health) -> tuple[str, ...]:
    seconds = f"{health.seconds:.1f} s"
    return name, health.standing.value, seconds, health.problem or "–", health.remedy or "–"


def _context_of(settings: Settings) -> ContextOf:
    """What connectors are opened with here: the server's folders; there is no database, so evidence stays in them."""

    def context_of(connector: ConfiguredConnector) -> ConnectorContext:
        folder = settings.data_dir.expanduser().resolve() / FOLDER / connector.name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return ConnectorContext(tenant=connector.tenant, folder=folder, load=_no_document, store=_kept_in(folder))

    return context_of


def _kept_in(folder: Path) -> StoreOriginal:
    """Keeps what a failed check leaves as evidence, under its SHA-256 and name."""

    async def store(name: str, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        await asyncio.to_thread(_write, folder / "evidence", f"{sha256}-{name}", content)
        return sha256

    return store


def _write(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / name).write_bytes(content)


async def _no_document(*_: object) -> NoReturn:
    raise Permanent("there are no documents outside the server", code="no_documents")
