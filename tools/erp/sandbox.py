"""A Tryton of our own: its environment, its template database, and servers on clones of it.

Tryton is GPL-3.0-or-later. It lives in a virtual environment and a process of its own, is spoken to
over its JSON-RPC only, and is never imported.

    python -m tools.erp.sandbox prepare --data-dir .interlock --admin-url postgresql://…
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess  # runs the sandbox's own interpreter on fixed arguments, never a shell
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from rich.console import Console
from rich.progress import Progress as ProgressBar

from tools.erp.sandbox_data import backdate
from tools.erp.sandbox_server import Login, RunningTryton, TrytonProgram, start_server

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "tryton-requirements.txt"
SEED_SCRIPT = HERE / "seed" / "purchasing.py"
SEED_DATA = HERE.parent / "testing" / "purchasing.json"
MODULES = (
    "purchase",
    "purchase_requisition",
    "bank",
    "account_invoice_stock",
    "account_payment",
    "account_payment_clearing",
)
TEMPLATE = "tryton_template"
SERVICE_USER = "interlock"
VENDOR_USER = "interlock_vendors"
INSTALL_SECONDS = 900
TEMPLATE_LOCK = "prepare.lock"
CONFIG = """\
[database]
uri = postgresql://
list = False
[attachment]
filestore = False
[session]
max_attempt = 20
"""

Progress = Callable[[str, float], None]


class SandboxFailed(RuntimeError):
    """The sandbox could not be made or started; the message ends with what the step printed."""


class TrytonSandbox:
    """The sandbox in a data folder, on a PostgreSQL that `admin_url` may create databases on."""

    def __init__(self, data_dir: Path, admin_url: str, *, template: str = TEMPLATE) -> None:
        """`template`: name of the database that clones are made from."""
        self.folder = data_dir.resolve() / "tryton"
        self._template = template
        self._building = f"{template}_building"
        self._admin_url = admin_url

    @property
    def python(self) -> Path:
        """The interpreter of the sandbox's environment."""
        return self.folder / "venv" / "bin" / "python"

    def is_prepared(self) -> bool:
        """Whether environment and template are there and of this version."""
        return self._venv_is_current() and self._template_stamp() == self._wanted_stamp()

    def prepare(self, progress: Progress = lambda _step, _share: None) -> None:
        """Make the environment and the template database, or nothing when both are current.

        May be interrupted at any point and called again, also by several processes at once.
        `progress` gets the step's name and the share done (0..1). Raises `SandboxFailed`.
        """
        with self._locked():
            for user in (SERVICE_USER, VENDOR_USER, "admin"):
                self._secret(user)
            if not self._venv_is_current():
                self._make_venv(progress)
            if self._template_stamp() != self._wanted_stamp():
                self._make_template(progress)
        progress("ready", 1.0)

    def start(self, database: str) -> RunningTryton:
        """Clone the template into `database` unless it exists, and serve it on a free loopback port.

        Raises `SandboxFailed` when the template is missing or the server does not come up.
        """
        if not self._exists(database):
            self.clone(database)
        try:
            return start_server(
                TrytonProgram(
                    python=self.python,
                    folder=self.folder,
                    config=CONFIG,
                    environment=self._environment(),
                ),
                database=database,
                user=Login(user=SERVICE_USER, password=self._secret(SERVICE_USER)),
                vendors=Login(user=VENDOR_USER, password=self._secret(VENDOR_USER)),
            )
        except TimeoutError as error:
            raise SandboxFailed(str(error)) from error

    def clone(self, database: str) -> None:
        """A database equal to the template. Raises `SandboxFailed` when there is no template."""
        try:
            with self._admin() as connection:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                        sql.Identifier(database), sql.Identifier(self._template)
                    )
                )
        except psycopg.errors.InvalidCatalogName as error:
            raise SandboxFailed("there is no Tryton template; run `make install`") from error

    def drop(self, database: str) -> None:
        """Remove a clone; nothing happens when it is not there."""
        if database == self._template:
            raise ValueError("the template is not a clone; prepare() replaces it")
        with self._admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def _make_venv(self, progress: Progress) -> None:
        progress("Tryton: environment", 0.0)
        venv = self.folder / "venv"
        shutil.rmtree(venv, ignore_errors=True)
        self._run([sys.executable, "-m", "venv", str(venv)])
        progress("Tryton: packages", 0.02)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        self._run([str(self.python), *install, "--requirement", str(REQUIREMENTS)])
        (venv / "interlock.stamp").write_text(_digest(REQUIREMENTS))

    def _venv_is_current(self) -> bool:
        stamp = self.folder / "venv" / "interlock.stamp"
        return self.python.exists() and stamp.exists() and stamp.read_text() == _digest(REQUIREMENTS)

    def _make_template(self, progress: Progress) -> None:
        config = self.folder / "prepare.conf"
        config.write_text(CONFIG)
        self.drop(self._building)
        with self._admin() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._building)))
        progress("Tryton: modules", 0.1)
        admin = [str(self.python), str(self.folder / "venv" / "bin" / "trytond-admin"), "-c", str(config)]
        update = ["--database", self._building, "--all", "--email", "admin@example.com", "--activate-dependencies"]
        self._run([*admin, *update, "--update", *MODULES])
        progress("Tryton: suppliers and orders", 0.65)
        year = str(datetime.now(UTC).year)
        users = [f"{user}={self._secret_file(user)}" for user in (SERVICE_USER, VENDOR_USER)]
        seed = [self._building, str(config), str(SEED_DATA), year, *users]
        self._run([str(self.python), str(SEED_SCRIPT), *seed])
        progress("Tryton: template", 0.97)
        with psycopg.connect(make_conninfo(self._admin_url, dbname=self._building)) as connection:
            backdate(connection, SEED_DATA)
        self._publish_template()

    def _publish_template(self) -> None:
        """The finished database takes the template's name and stamp in one transaction."""
        self.drop_template()
        with psycopg.connect(self._admin_url) as connection:
            names = {"building": sql.Identifier(self._building), "template": sql.Identifier(self._template)}
            connection.execute(sql.SQL("ALTER DATABASE {building} RENAME TO {template}").format(**names))
            stamp = sql.Literal(self._wanted_stamp())
            connection.execute(sql.SQL("COMMENT ON DATABASE {template} IS {stamp}").format(**names, stamp=stamp))

    def drop_template(self) -> None:
        """Remove the template; `prepare` makes it anew."""
        with self._admin() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self._template))
            )

    def _wanted_stamp(self) -> str:
        """What the template depends on: packages, seed, password, and the year its fiscal years reach to."""
        parts = [_digest(REQUIREMENTS), _digest(SEED_SCRIPT), _digest(SEED_DATA), _digest(HERE / "sandbox_data.py")]
        passwords = "".join(self._secret(user) for user in (SERVICE_USER, VENDOR_USER))
        parts += [hashlib.sha256(passwords.encode()).hexdigest(), " ".join(MODULES), str(datetime.now(UTC).year)]
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    def _template_stamp(self) -> str | None:
        with self._admin() as connection:
            query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
            found = connection.execute(query, (self._template,)).fetchone()
        return found[0] if found else None

    def _exists(self, database: str) -> bool:
        with self._admin() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone()
        return found is not None

    def _admin(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self._admin_url, autocommit=True)

    def _environment(self) -> dict[str, str]:
        """The process environment with libpq's variables, so that no credential stands in a file."""
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "sslmode": "PGSSLMODE"}
        settings = conninfo_to_dict(self._admin_url)
        libpq = {variable: str(settings[name]) for name, variable in names.items() if settings.get(name)}
        plain = {name: value for name, value in os.environ.items() if name not in names.values()}
        admin = str(self._secret_file("admin"))
        return {**plain, **libpq, "TRYTONPASSFILE": admin, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}

    def _run(self, command: list[str]) -> None:
        try:
            done = subprocess.run(  # noqa: S603 - fixed arguments, no shell
                command,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SandboxFailed(f"{' '.join(command[:4])} took longer than {INSTALL_SECONDS} s") from error
        if done.returncode != 0:
            printed = (done.stderr or done.stdout).strip()[-2000:]
            raise SandboxFailed(f"{' '.join(command[:4])} … ended with {done.returncode}:\n{printed}")

    def _secret_file(self, user: str) -> Path:
        return self.folder / f"{user}.password"

    def _secret(self, user: str) -> str:
        """The password of a sandbox user, made on first use, in a file only the owner may read."""
        path = self._secret_file(user)
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{os.getpid()}")
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24) + "\n")
            partial.rename(path)
        return path.read_text().strip()

    @contextmanager
    def _locked(self) -> Generator[None]:
        """One preparation at a time; the lock goes with the process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / TEMPLATE_LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """`prepare` from a shell, with a progress bar. 0 when the sandbox is ready."""
    parser = argparse.ArgumentParser(prog="python -m tools.erp.sandbox", description="The Tryton sandbox.")
    parser.add_argument("command", choices=["prepare"])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--admin-url", required=True, help="libpq URL of a role that may create databases")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    with ProgressBar(console=console) as bar:
        task = bar.add_task("Tryton", total=1.0)
        try:
            TrytonSandbox(options.data_dir, options.admin_url).prepare(
                lambda step, share: bar.update(task, description=step, completed=share)
            )
        except (SandboxFailed, OSError, psycopg.Error) as error:
            console.print(f"The Tryton sandbox was not made: {error}", markup=False)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
