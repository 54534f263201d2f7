"""References to secrets: what a configuration may hold instead of a password."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError

SCHEMES = ("env", "file")
LITERAL = "secret_literal"
"""The error type of a value that is no reference; the value itself is told to nobody."""
FOLDER = "folder"
"""In a validation's context: the folder that relative paths of a configuration begin in."""


class SecretMissing(LookupError):
    """A secret that a configuration refers to is not there."""


def is_reference(text: str) -> bool:
    """Whether `text` names a secret instead of being one."""
    scheme, _, where = text.partition(":")
    return scheme in SCHEMES and bool(where)


def _reference(text: str, info: ValidationInfo) -> str:
    if not is_reference(text):
        raise PydanticCustomError(
            LITERAL, "write env:NAME_OF_A_VARIABLE or file:/path/of/a/file, never the secret itself"
        )
    folder = (info.context or {}).get(FOLDER)
    scheme, _, where = text.partition(":")
    return f"file:{Path(folder) / where}" if scheme == "file" and folder is not None else text


SecretRef = Annotated[str, AfterValidator(_reference)]
"""`env:NAME` or `file:PATH`. It may be stored, logged and shown: it is not the secret.

A relative path begins in the folder of the configuration, where the validation's context names one.
"""


def resolve(reference: SecretRef, *, environment: Mapping[str, str] = os.environ) -> SecretStr:
    """The secret that `reference` names, read now; a file's last line break is not part of it.

    Raises `SecretMissing`, which names the reference and never the secret.
    """
    scheme, _, where = reference.partition(":")
    if scheme == "env":
        value = environment.get(where, "")
        if not value:
            raise SecretMissing(f"{reference}: the variable is not set in the environment of this process")
        return SecretStr(value)
    try:
        value = Path(where).read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretMissing(f"{reference}: the file cannot be read ({type(error).__name__})") from None
    if not value:
        raise SecretMissing(f"{reference}: the file is empty")
    return SecretStr(value)
