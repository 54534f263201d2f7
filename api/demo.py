"""`make run`: start everything, send the sample documents in, show each case's way and end, and serve.

python -m api.demo [--once]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar

from api.errors import StartRefused
from api.listener import bind
from api.logs import configure_logs
from api.preparation import engine_with
from api.servers import start_servers
from api.settings import load_settings
from api.signals import exit_on_sigterm
from api.tracing import traces

DEMONSTRATION = "api.demonstration"
PLAIN_WIDTH = 170


def demonstrate(*, once: bool) -> bool:
    """Start the servers, run the samples, serve until Ctrl-C unless `once`. Raises `StartRefused`."""
    settings = load_settings()
    configure_logs("WARNING" if settings.log_level == "INFO" else settings.log_level)
    exit_on_sigterm()
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
    listener = bind(settings.host, settings.port)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with listener, traces("serve"), ProgressBar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Starting PostgreSQL and the ERP", total=1.0)

        def show(step: str, share: float) -> None:
            bar.update(task, description=step, completed=share)

        with start_servers(settings, progress=show, meanwhile=engine_with(DEMONSTRATION)) as servers:
            bar.stop()
            demonstration = importlib.import_module(DEMONSTRATION)
            return bool(asyncio.run(demonstration.demonstrate(servers, listener, console, once=once)))


def main() -> int:
    """0 when every sample ended as it should and the audit trail verifies, 1 when not, 2 when it did not start."""
    parser = argparse.ArgumentParser(prog="make run", description="Interlock with sample invoices.")
    parser.add_argument("--once", action="store_true", help="end after the samples instead of serving")
    options = parser.parse_args()
    try:
        return 0 if demonstrate(once=options.once) else 1
    except StartRefused as refused:
        sys.stderr.write(f"Interlock does not start: {refused}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
