"""What is recalled: a model, a prompt, a rule, a rule pack or a connector, of one version or of all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from graphs.recall.errors import RecallTargetInvalid
from graphs.store.decision_sources import MadeWith

What = Literal["model", "prompt", "rule", "connector"]
NAME = r"[^\s@/]{1,200}"
VERSION = r"[^\s@]{1,100}"
FORMS = {
    "prompt": (
        re.compile(rf"(?P<name>{NAME})@(?P<version>\d{{1,7}}|[0-9a-f]{{8,64}})"),
        "NAME@VERSION, as in gl_coding@1, or NAME@DIGEST",
    ),
    "connector": (re.compile(rf"(?P<name>{NAME})(?:@(?P<version>{VERSION}))?"), "NAME or NAME@BUILD"),
}
RULE = re.compile(rf"(?P<pack>{NAME})(?:/(?P<rule>{NAME}))?(?:@(?P<version>{VERSION}))?")
MODEL = re.compile(r"\S{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallTarget:
    """What was wrong, and when: decisions since an instant, before another."""

    kind: str
    name: str
    version: str = ""
    since: datetime | None = None
    before: datetime | None = None

    @classmethod
    def read(
        cls, what: What, text: str, *, since: datetime | None = None, before: datetime | None = None
    ) -> RecallTarget:
        """The target that `text` names: `PACK/RULE[@VERSION]` or `PACK@VERSION` for a rule, and so on.

        A version of rules is the pack's version, or the beginning of its digest. Raises `RecallTargetInvalid`.
        """
        if since is not None and before is not None and since >= before:
            raise RecallTargetInvalid("nothing lies between these instants: since must be before until")
        kind, name, version = _read(what, text)
        return cls(kind=kind, name=name, version=version, since=since, before=before)

    @property
    def sought(self) -> MadeWith:
        """The target as the store looks for it."""
        return MadeWith(kind=self.kind, name=self.name, version=self.version, since=self.since, before=self.before)

    def __str__(self) -> str:
        """In words: `rule toy/TOY-LIMIT@2`."""
        return f"{self.kind} {self.name}{'@' if self.version else ''}{self.version}"


def _read(what: What, text: str) -> tuple[str, str, str]:
    if what == "model":
        if MODEL.fullmatch(text) is None:
            raise RecallTargetInvalid(f"model: {text!r} is no name of a model")
        return "model", text, ""
    if what == "rule":
        return _read_rule(text)
    pattern, form = FORMS[what]
    found = pattern.fullmatch(text)
    if found is None:
        raise RecallTargetInvalid(f"{what}: {text!r} is not {form}")
    return what, found["name"], found["version"] or ""


def _read_rule(text: str) -> tuple[str, str, str]:
    found = RULE.fullmatch(text)
    if found is None or not (found["rule"] or found["version"]):
        raise RecallTargetInvalid(f"rule: {text!r} is neither PACK/RULE, PACK/RULE@VERSION nor PACK@VERSION")
    if found["rule"]:
        return "rule", f"{found['pack']}/{found['rule']}", found["version"] or ""
    return "pack", found["pack"], found["version"]
