"""The base of all response models, and the text that requests may carry."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

SURROGATES = range(0xD800, 0xE000)


class View(BaseModel):
    """A frozen response model; unknown fields are an error of ours."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Form(BaseModel):
    """A request body; an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def storable(text: str) -> str:
    """`text`, if a database can store it. Raises `ValueError` for NUL and lone surrogates."""
    if any(character == "\0" or ord(character) in SURROGATES for character in text):
        raise ValueError("the text contains NUL or half a surrogate pair")
    return text


def storable_json(value: Any) -> Any:
    """`value`, if every text in it can be stored. Raises `ValueError`."""
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(key): storable_json(item) for key, item in value.items()}
        case list():
            return [storable_json(item) for item in value]
        case _:
            return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(storable)]
Text = Annotated[str, StringConstraints(max_length=4000), AfterValidator(storable)]
