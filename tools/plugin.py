"""Kinds of connectors, as distributions offer them under the entry point group `interlock.tools`.

A plugin is code of others: one that cannot be loaded is a problem with a name, and the rest work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from pydantic import BaseModel

from tools.connector import ENTRY_POINTS, ConnectorKind

MODULE_MISSING = "its module {module} is not installed: install what it needs, or take the kind out"


class PluginBroken(LookupError):
    """A distribution offers the kind, and it cannot be loaded."""


class UnknownKind(LookupError):
    """No installed distribution offers the kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One offered kind: `loaded`, or a `problem` that says why not."""

    kind: str
    distribution: str
    version: str
    loaded: ConnectorKind | None = None
    problem: str = ""


class Plugins:
    """Every kind that an installed distribution offers; each is imported when it is first asked for."""

    def __init__(self, offered: Mapping[str, tuple[EntryPoint, ...]]) -> None:
        """`offered` is usually what `discovered` finds."""
        self._offered = offered
        self._plugins: dict[str, Plugin] = {}

    @classmethod
    def discovered(cls) -> Plugins:
        """What is installed now."""
        return cls(_by_name(entry_points(group=ENTRY_POINTS)))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The words for all kinds, in order."""
        return tuple(sorted(self._offered))

    def listed(self) -> list[Plugin]:
        """Every kind, loaded or with its problem."""
        return [self.plugin(kind) for kind in self.kinds]

    def plugin(self, kind: str) -> Plugin:
        """The offer of a kind. Raises `UnknownKind`."""
        if kind not in self._offered:
            raise UnknownKind(f"no installed distribution offers the kind {kind!r} (there are {', '.join(self.kinds)})")
        if kind not in self._plugins:
            self._plugins[kind] = _loaded(kind, self._offered[kind])
        return self._plugins[kind]

    def kind(self, kind: str) -> ConnectorKind:
        """The kind itself. Raises `UnknownKind` or `PluginBroken`."""
        plugin = self.plugin(kind)
        if plugin.loaded is None:
            raise PluginBroken(f"the kind {kind!r} of {plugin.distribution}: {plugin.problem}")
        return plugin.loaded


def _by_name(points: Iterable[EntryPoint]) -> dict[str, tuple[EntryPoint, ...]]:
    """Entry points by name; one that a path lists twice is one."""
    found: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for point in points:
        found.setdefault(point.name, {})[point.value, _distribution(point)[0]] = point
    return {name: tuple(offers.values()) for name, offers in found.items()}


def _distribution(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("an unnamed distribution", "")


def _loaded(kind: str, offers: tuple[EntryPoint, ...]) -> Plugin:
    names = sorted({_distribution(point)[0] for point in offers})
    point, (_, version) = offers[0], _distribution(offers[0])
    if len(offers) > 1:
        problem = f"more than one is installed: {', '.join(names)}; keep one of them"
        return Plugin(kind=kind, distribution=", ".join(names), version=version, problem=problem)
    try:
        found: object = point.load()
    except ModuleNotFoundError as error:
        return Plugin(
            kind=kind, distribution=names[0], version=version, problem=MODULE_MISSING.format(module=error.name)
        )
    except (Exception, SystemExit) as error:  # code of others may fail in any way, and takes nobody with it
        problem = f"{point.value} cannot be imported: {type(error).__name__}: {error}"
        return Plugin(kind=kind, distribution=names[0], version=version, problem=problem)
    problem = _not_a_kind(kind, point, found)
    loaded = None if problem else found
    return Plugin(kind=kind, distribution=names[0], version=version, loaded=loaded, problem=problem)  # type: ignore[arg-type]  # conforms, as was just looked at


def _not_a_kind(kind: str, point: EntryPoint, found: object) -> str:
    """Why what was loaded is no connector kind; empty if it is one."""
    settings = getattr(found, "settings", None)
    if not isinstance(settings, type) or not issubclass(settings, BaseModel):
        return f"{point.value} has no `settings` that is a Pydantic model"
    if not callable(getattr(found, "open", None)):
        return f"{point.value} has no `open`"
    named = getattr(found, "kind", None)
    return "" if named == kind else f"{point.value} calls itself {named!r}, but is offered as {kind!r}"
