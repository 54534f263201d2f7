"""Errors of the rules.

PolicyError
├── PackInvalid            a rule pack cannot be used; says where and why
│   ├── ExpressionInvalid  a condition is outside the allowed subset
│   ├── RuleTooWide        a condition needs more engine nodes than are safe
│   └── ExampleFailed      a rule does not do what its boundary table says
├── RegisterInvalid        an authority matrix or rules about duties cannot be used; says where and why
│   ├── CalendarInvalid    a business calendar cannot be used
│   └── ServiceLevelInvalid  service levels cannot be used
├── InstantUnknown         it cannot be said when something is due; says why
├── PackUnknown            no rule pack of that name is packaged
├── FactsInvalid           facts or parameters do not have the declared form
├── EngineFault            the rules engine cannot be trusted for this decision
└── ProtectedArgument      a value came from a source that may not set this argument
"""

from __future__ import annotations


class PolicyError(Exception):
    """The rules cannot say yes."""


class PackInvalid(PolicyError):
    """A rule pack cannot be used; `where` names the place, `why` the reason."""

    def __init__(self, *, where: str, why: str) -> None:
        self.where = where
        self.why = why
        super().__init__(f"{where}: {why}")


class ExpressionInvalid(PackInvalid):
    """A condition is outside the allowed subset."""


class RuleTooWide(PackInvalid):
    """A condition needs more engine nodes than are safe: split the rule in two."""


class ExampleFailed(PackInvalid):
    """A rule does not do what its boundary table says."""


class RegisterInvalid(PolicyError):
    """An authority matrix or rules about duties cannot be used; `where` names the place, `why` the reason."""

    def __init__(self, *, where: str, why: str) -> None:
        self.where = where
        self.why = why
        super().__init__(f"{where}: {why}")


class CalendarInvalid(RegisterInvalid):
    """A business calendar cannot be used; `where` names the place, `why` the reason."""


class ServiceLevelInvalid(RegisterInvalid):
    """Service levels cannot be used; `where` names the place, `why` the reason."""


class InstantUnknown(PolicyError):
    """It cannot be said when something is due: the calendar or the case's data do not tell. A person decides."""


class PackUnknown(PolicyError):
    """No rule pack of that name is packaged."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.known = known
        super().__init__(f"no rule pack {name!r}; there are: {', '.join(known)}")


class FactsInvalid(PolicyError):
    """A fact or parameter does not have the declared form."""

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        self.why = why
        super().__init__(f"{field}: {why}")


class EngineFault(PolicyError):
    """The rules engine cannot be trusted for this decision."""

    code = "engine_fault"


class ProtectedArgument(PolicyError):
    """A value came from a source that may not set this argument."""

    def __init__(self, argument: str, *, came_from: str, accepted: tuple[str, ...]) -> None:
        self.argument = argument
        self.came_from = came_from
        self.accepted = accepted
        super().__init__(f"{argument} may not come from {came_from}; accepted: {', '.join(accepted)}")
