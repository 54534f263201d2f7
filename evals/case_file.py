"""Cases in a YAML file, read through pydantic-evals' `Dataset`; what is wrong is named with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_evals import Dataset

from evals.dataset import DatasetError
from policies.strict_yaml import read_with_nodes

InputsT = TypeVar("InputsT", bound=BaseModel)
ExpectedT = TypeVar("ExpectedT", bound=BaseModel)
MetadataT = TypeVar("MetadataT", bound=BaseModel)
_SHOWN = 3


class CasesInvalid(DatasetError):
    """A file of cases cannot be used; says in which line and why."""


def load_cases(
    path: Path, *, inputs: type[InputsT], expected: type[ExpectedT], metadata: type[MetadataT]
) -> Dataset[InputsT, ExpectedT, MetadataT]:
    """The cases of the file, named after it unless it says otherwise. Raises `CasesInvalid`.

    Every case has a name of its own, what is expected, and its metadata.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CasesInvalid(f"{path} cannot be read: {error}") from error
    root, content = _parsed(path, text)
    _named_once(path, root, content)
    try:
        dataset = Dataset[inputs, expected, metadata].from_dict(content, default_name=path.stem)  # type: ignore[valid-type]  # the types are this call's
    except ValidationError as error:
        told = [f"line {_line(root, one['loc'])}: {_place(one['loc'])}: {one['msg']}" for one in error.errors()]
        raise CasesInvalid(f"{path}, {'; '.join(told[:_SHOWN])}") from error
    except ExceptionGroup as group:
        raise CasesInvalid(f"{path}: cases name no evaluators, their suite has them ({group})") from group
    _complete(path, root, dataset)
    return dataset


def _parsed(path: Path, text: str) -> tuple[yaml.Node, Any]:
    try:
        root, content = read_with_nodes(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise CasesInvalid(f"{path}{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise CasesInvalid(f"{path} is not YAML: {error}") from error
    if root is None:
        raise CasesInvalid(f"{path}, line 1: the file is empty; it needs a list of cases")
    return root, content


def _named_once(path: Path, root: yaml.Node, content: Any) -> None:
    """Looked at before pydantic-evals does, which would not say where."""
    cases = content.get("cases") if isinstance(content, dict) else None
    names = [case.get("name") if isinstance(case, dict) else None for case in cases] if isinstance(cases, list) else []
    times = Counter(name for name in names if isinstance(name, str))
    for number, name in enumerate(names):
        if isinstance(name, str) and times[name] > 1:
            where = f"{path}, line {_line(root, ('cases', number))}"
            raise CasesInvalid(f"{where}: {name!r} is the name of {times[name]} cases")


def _complete(path: Path, root: yaml.Node, dataset: Dataset[Any, Any, Any]) -> None:
    if not dataset.cases:
        raise CasesInvalid(f"{path}, line {_line(root, ('cases',))}: there is no case")
    for number, case in enumerate(dataset.cases):
        where = f"{path}, line {_line(root, ('cases', number))}"
        if not case.name:
            raise CasesInvalid(f"{where}: the case has no name")
        for missing in ("expected_output", "metadata"):
            if getattr(case, missing) is None:
                raise CasesInvalid(f"{where}: {case.name!r} has no {missing}")
        if case.evaluators:
            raise CasesInvalid(f"{where}: {case.name!r} names evaluators; its suite has them")
    if dataset.evaluators or dataset.report_evaluators:
        raise CasesInvalid(f"{path}, line 1: cases name no evaluators, their suite has them")


def _line(root: yaml.Node, place: Sequence[str | int]) -> int:
    """The line of the deepest part of `place` that stands in the file."""
    node = root
    line = int(root.start_mark.line)
    for part in place:
        found = _child(node, part)
        if found is None:
            break
        node, line = found
    return line + 1


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, int(key.start_mark.line)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], int(node.value[part].start_mark.line)
    return None


def _place(place: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in place) or "the file"
