"""The programs behind `interlock serve` and `interlock worker`."""

from __future__ import annotations

import importlib

from rich.console import Console
from rich.progress import Progress as ProgressBar

from api.listener import bind
from api.logs import configure_logs
from api.loop import run
from api.preparation import engine_with
from api.scraping import Scraping
from api.servers import start_servers
from api.settings import load_settings
from api.signals import exit_on_sigterm
from api.tracing import traces

DUTY = "api.duty"


def serve() -> None:
    """Run API and worker in one process until Ctrl-C."""
    settings = load_settings()
    configure_logs(settings.log_level)
    Scraping(token=settings.metrics_token).check()
    exit_on_sigterm()
    listener = bind(settings.host, settings.port)
    with listener, traces("serve"), ProgressBar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=1.0, visible=False)

        def show(step: str, share: float) -> None:
            bar.update(task, description=step, completed=share, visible=True)

        with start_servers(settings, progress=show, meanwhile=engine_with(DUTY)) as servers:
            bar.stop()
            run(importlib.import_module(DUTY).serve(servers, listener))


def worker() -> None:
    """Run a worker only, against the same database, until Ctrl-C."""
    settings = load_settings()
    configure_logs(settings.log_level)
    Scraping(token=settings.metrics_token).check()
    exit_on_sigterm()
    with traces("worker"), start_servers(settings, sandbox=False, meanwhile=engine_with(DUTY)) as servers:
        run(importlib.import_module(DUTY).work(servers))
