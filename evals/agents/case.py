"""The cases of a decision class: what a model may see, and what a careful person answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic_evals import Dataset

from evals.case_file import load_cases
from tools.llm.question import Passage


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AgentInputs(_Model):
    """The material of one question; `lookups` is what each tool gives of this case, where the model asks for it."""

    fields: Mapping[str, JsonValue]
    passages: tuple[Passage, ...] = ()
    lookups: Mapping[str, JsonValue] = {}


class AgentExpected(_Model):
    """The choice that a careful person makes."""

    choice: Annotated[str, Field(min_length=1)]


class AgentMetadata(_Model):
    """How hard the case is, the exception of the process it stands for, and the attack in it, if any."""

    difficulty: Literal["easy", "hard"]
    exception: Annotated[str, Field(min_length=1)]
    attack: str | None = None
    note: str = ""


AgentCases = Dataset[AgentInputs, AgentExpected, AgentMetadata]


def agent_cases(path: Path) -> AgentCases:
    """The cases of a decision class. Raises `CasesInvalid`."""
    return load_cases(path, inputs=AgentInputs, expected=AgentExpected, metadata=AgentMetadata)
