"""Errors of identity providers.

ToolError
├── Transient
│   └── ProviderDown          it does not answer, or not in time
└── Permanent
    ├── ProviderMisconfigured what it says about itself cannot be worked with
    ├── CodeRefused           it does not take the code that the browser brought
    └── IdentityUnproven      what it says about somebody does not hold
"""

from __future__ import annotations

from typing import ClassVar

from tools.errors import Permanent, Transient

TOOL = "identity provider"


class ProviderDown(Transient):
    """The identity provider does not answer, or not in time; nobody was signed in."""

    code: ClassVar[str] = "provider_down"

    def __init__(self, message: str) -> None:
        """`message` says what was asked and what came of it, without anything of the answer."""
        super().__init__(message, tool=TOOL)


class ProviderMisconfigured(Permanent):
    """What the identity provider says about itself cannot be worked with."""

    code: ClassVar[str] = "provider_misconfigured"

    def __init__(self, message: str) -> None:
        """`message` says what is wrong with it."""
        super().__init__(message, tool=TOOL)


class CodeRefused(Permanent):
    """The identity provider does not take the code, or not from this client."""

    code: ClassVar[str] = "code_refused"

    def __init__(self, message: str) -> None:
        """`message` has the provider's error code alone: its description may hold anything."""
        super().__init__(message, tool=TOOL)


class IdentityUnproven(Permanent):
    """What the identity provider says about somebody does not hold."""

    code: ClassVar[str] = "identity_unproven"

    def __init__(self, message: str) -> None:
        """`message` says which check failed, and never what stood in the token."""
        super().__init__(message, tool=TOOL)
