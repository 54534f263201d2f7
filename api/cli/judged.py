"""What was judged, or is to be: questions found in files of facts, recorded verdicts and audit trails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError, model_validator

from api.cli.client import read_text
from api.cli.failure import CommandFailed
from policies.errors import PackInvalid, PackUnknown
from policies.pack import RulePack
from policies.pack_file import read_pack, read_yaml
from policies.packaged import pack_names, pack_text
from policies.verdict import Verdict

Given = StrictBool | StrictInt | StrictStr | None
ANSWERED = Verdict.model_fields.keys() - {"point", "facts", "parameters", "judged_on", "pack", "pack_digest", "kind"}
YAML_SUFFIXES = {".yaml", ".yml"}


class Judged(BaseModel):
    """A question to the rules: written by hand, or the part of a recorded verdict that asks it.

    `on` is called `judged_on` in a verdict; without it the question is about today.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    point: str
    facts: dict[str, Given]
    parameters: dict[str, Given] = Field(default_factory=dict)
    on: Annotated[date | None, Field(validation_alias="judged_on")] = None
    pack: str | None = None
    pack_digest: str | None = None
    kind: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_the_answer(cls, data: Any) -> Any:
        """A recorded verdict also says what was answered; what else is written is a mistake."""
        return {name: value for name, value in data.items() if name not in ANSWERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A pack, and the name it was asked for by."""

    name: str
    pack: RulePack


def sought_packs(named: str | None) -> list[Sought]:
    """The pack in a file or of a name; every packaged one where none is named. Raises `CommandFailed`."""
    return [sought_pack(name) for name in ([named] if named else pack_names())]


def sought_pack(named: str) -> Sought:
    """The pack in a file or of a name. Raises `CommandFailed`."""
    try:
        text = read_text(Path(named)) if is_file(named) else pack_text(named)
        return Sought(name=named, pack=read_pack(text, name=named))
    except PackUnknown as unknown:
        raise CommandFailed(str(unknown), hint="name one of them, or a YAML file") from unknown
    except PackInvalid as invalid:
        raise CommandFailed(str(invalid), hint="mend the pack; the message says where") from invalid


def is_file(named: str) -> bool:
    """Whether a file is meant, not a name."""
    return Path(named).suffix in YAML_SUFFIXES or Path(named).exists()


def questions_in_file(path: Path) -> list[Judged]:
    """Every question in a YAML or JSON file, or in a file of JSON lines. Raises `CommandFailed`."""
    parts = read_text(path).splitlines() if path.suffix == ".jsonl" else [read_text(path)]
    try:
        found = [read_yaml(part, name=str(path)) for part in parts if part.strip()]
    except PackInvalid as error:
        raise CommandFailed(f"{path} is neither YAML nor JSON: {error.why}") from error
    asked = list(questions(found))
    if not asked:
        raise CommandFailed(f"{path} asks nothing", hint="write `point: …` and `facts: {…}`")
    return asked


def questions(data: Any, *, once: bool = True) -> Iterator[Judged]:
    """Every question anywhere in the data, in order; with `once`, each only the first time.

    Raises `CommandFailed` where one is malformed.
    """
    seen: set[str] = set()
    for found in _asking(data):
        try:
            question = Judged.model_validate(found)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise CommandFailed(f"a question to the rules is malformed: {place}: {first['msg']}") from error
        text = question.model_dump_json()
        if not once or text not in seen:
            seen.add(text)
            yield question


def _asking(data: Any) -> Iterator[dict[str, Any]]:
    match data:
        case {"point": str(), "facts": dict()}:
            yield data
        case dict():
            for value in data.values():
                yield from _asking(value)
        case list():
            for value in data:
                yield from _asking(value)
        case _:
            return
