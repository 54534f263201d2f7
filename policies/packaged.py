"""The rule packs that come with Interlock."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from policies.errors import PackUnknown
from policies.judgement import RuleBook
from policies.pack_file import read_pack

PACKS = files("policies") / "packs"
SUFFIX = ".yaml"


def pack_names() -> tuple[str, ...]:
    """Names of the packaged rule packs, sorted."""
    names = (entry.name for entry in PACKS.iterdir())
    return tuple(sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)))


def pack_text(name: str) -> str:
    """The YAML of a packaged rule pack. Raises `PackUnknown`."""
    known = pack_names()
    if name not in known:
        raise PackUnknown(name, known)
    return (PACKS / f"{name}{SUFFIX}").read_text(encoding="utf-8")


@cache
def rule_book(name: str) -> RuleBook:
    """A packaged rule pack, ready to judge. Raises `PolicyError`.

    Its boundary tables are not run here: the tests that come with the release have run them.
    """
    return RuleBook(read_pack(pack_text(name), name=name))
