"""Process definitions: a versioned graph of steps, checked when it is defined, and the registry of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from graphs.agents.decision_class import DecisionClass
from graphs.contacts import ContactsFunction, no_contacts
from graphs.errors import DefinitionMissing, Invalid, NotFound, UndeclaredRoute
from graphs.handlers import Handler
from graphs.lessons import LessonFunction, no_lesson
from graphs.resolution.terms import FixTerms
from graphs.routing.performers.declared import fault_of
from graphs.state import CaseView
from graphs.steps import (
    INTERRUPTING,
    OMITTED,
    AgentStep,
    AnyStep,
    Compensation,
    DecisionStep,
    EditableField,
    EffectStep,
    EndStep,
    Performer,
    ProposeStep,
    ReadStep,
    ReviewStep,
    StepDuty,
    StepKind,
    WaitStep,
)
from graphs.words import NO_WORDS, Words
from policies.canonical import digest

TitleFunction = Callable[[Mapping[str, Any]], str]
CaptionFunction = Callable[[CaseView], str | None]


def no_caption(_case: CaseView) -> str | None:
    """Keep the title the case started with."""
    return None


class DefinitionInvalid(ValueError):
    """A process definition breaks a rule of the graph; the message names the step.

    `definition` is what was refused: its steps can be read, so that the graph proof can show the path.
    """

    definition: ProcessDefinition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessDefinition:
    """`name@version`: its steps, where it starts, and the rule pack that judges it.

    `case_title` names a case from its input, `caption` from its data once there is any; `handlers` say which failures
    of a case start another process; `fixes` which fixes an agent may propose for one; `lesson` says what a correction
    teaches, `contacts` who outside may be asked about a case, `stopped` the subject of a timer that comes with each
    incident that stops a case, `told` by review step which facts of its question may be sent away to find precedents
    with similar texts (none that is not named), `words` what people call it and its parts: these change nothing of the
    case.
    """

    name: str
    version: int
    title: str
    pack: str
    start: str
    steps: tuple[AnyStep, ...]
    check_input: Callable[[Mapping[str, Any]], None]
    case_title: TitleFunction
    caption: CaptionFunction = no_caption
    handlers: tuple[Handler, ...] = ()
    fixes: FixTerms | None = None
    lesson: LessonFunction = no_lesson
    contacts: ContactsFunction = no_contacts
    stopped: str | None = None
    told: Mapping[str, frozenset[str]] = field(default_factory=dict)
    words: Words = field(default_factory=lambda: NO_WORDS)
    by_name: Mapping[str, AnyStep] = field(init=False, repr=False)
    digest: str = field(init=False)
    """SHA-256 over name, version, pack, and all that the steps declare except their functions' code."""

    def __post_init__(self) -> None:
        """Raises `DefinitionInvalid`."""
        try:
            check_definition(self)
        except DefinitionInvalid as refused:
            refused.definition = self
            raise
        object.__setattr__(self, "by_name", {step.name: step for step in self.steps})
        declared = [declaration(step) for step in self.steps]
        whole = {"name": self.name, "version": self.version, "pack": self.pack, "start": self.start, "steps": declared}
        handled = {"handlers": _declared(self.handlers)} if self.handlers else {}
        fixed = {"fixes": declaration(self.fixes)} if self.fixes else {}
        object.__setattr__(self, "digest", digest({**whole, **handled, **fixed}))

    @property
    def reference(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"

    @property
    def agent_steps(self) -> tuple[AgentStep, ...]:
        """The steps that ask a model."""
        return tuple(step for step in self.steps if isinstance(step, AgentStep))

    def step(self, name: str) -> AnyStep:
        """The step called `name`. Raises `DefinitionMissing`."""
        if name not in self.by_name:
            raise DefinitionMissing(f"{self.reference} has no step {name!r}")
        return self.by_name[name]

    def declared(self, step: AnyStep, name: str) -> AnyStep:
        """The step that `step` goes to. Raises `UndeclaredRoute` unless it declares that."""
        if name not in step.destinations:
            raise UndeclaredRoute(f"step {step.name!r} chose {name!r}, which it does not declare")
        return self.step(name)


def declaration(step: AnyStep | Compensation | Handler | Performer | StepDuty | FixTerms) -> dict[str, Any]:
    """What a step declares, as JSON: names, destinations, tools, roles, fields, times; functions by name.

    Fields that came after the first release are left out while they have their default, so that the digests of
    definitions that do not use them stay as they are.
    """
    declared = {item: getattr(step, item.name) for item in fields(step)}
    return {
        item.name: _declared(value)
        for item, value in declared.items()
        if not (item.metadata.get(OMITTED) and value == item.default)
    }


def _declared(value: Any) -> Any:
    match value:
        case timedelta():
            return value.total_seconds()
        case EditableField():
            return [value.name, value.title, value.kind]
        case DecisionClass():
            return value.declaration()
        case Compensation() | Handler() | Performer() | StepDuty():
            return declaration(value)
        case frozenset():
            return sorted(_declared(item) for item in value)
        case tuple():
            return [_declared(item) for item in value]
        case _:
            return value.__qualname__ if callable(value) else value


def check_definition(definition: ProcessDefinition) -> None:
    """The rules every graph keeps. Raises `DefinitionInvalid` with the first that is broken."""
    steps = {step.name: step for step in definition.steps}
    if len(steps) != len(definition.steps):
        raise DefinitionInvalid(f"{definition.reference}: two steps have the same name")
    if definition.start not in steps:
        raise DefinitionInvalid(f"{definition.reference} starts at {definition.start!r}, which is no step")
    if steps[definition.start].kind in {*INTERRUPTING, StepKind.EFFECT}:
        raise DefinitionInvalid(f"{definition.reference} starts at {definition.start!r}, which nothing has prepared")
    for step in definition.steps:
        for destination in step.destinations:
            if destination not in steps:
                raise DefinitionInvalid(f"step {step.name!r} goes to {destination!r}, which is no step")
        _check_pairs(step, steps)
    for step in definition.steps:
        _check_lifecycle(step, steps)
        _check_agents(step, steps)
        wrong = fault_of(step, steps)
        if wrong is not None:
            raise DefinitionInvalid(wrong)
    _check_handlers(definition)
    fault = definition.fixes.fault(definition.name, steps) if definition.fixes else None
    if fault:
        raise DefinitionInvalid(f"{definition.reference}: fixes: {fault}")
    _check_paths(definition, steps)


def _check_pairs(step: AnyStep, steps: Mapping[str, AnyStep]) -> None:
    """An effect is entered only from the step that proposed it, a review only from what it reviews."""
    match step:
        case EffectStep():
            entering = [other.name for other in steps.values() if step.name in other.destinations]
            if entering != [step.of] or not isinstance(steps[step.of], ProposeStep):
                raise DefinitionInvalid(f"effect {step.name!r} must be entered from its propose step only: {entering}")
        case ReviewStep():
            entering = [other.name for other in steps.values() if step.name in other.destinations]
            if entering != [step.of]:
                raise DefinitionInvalid(f"review {step.name!r} must be entered from what it reviews only: {entering}")
        case ProposeStep():
            effect = steps[step.allow]
            if not isinstance(effect, EffectStep) or effect.of != step.name:
                raise DefinitionInvalid(f"proposal {step.name!r} must be allowed into its own effect step")
            if step.allow in (step.review, step.deny):
                raise DefinitionInvalid(f"proposal {step.name!r} leads to its effect although it is not allowed")
        case _:
            return


def _check_agents(step: AnyStep, steps: Mapping[str, AnyStep]) -> None:
    """An agent looks up only what its step may read, and is judged; a review is advised by an agent step."""
    match step:
        case AgentStep():
            unread = sorted(set(step.asks.lookups) - set(step.tools))
            if unread:
                raise DefinitionInvalid(f"agent {step.name!r} may look up {unread}, which its step does not name")
            if not isinstance(steps[step.next], DecisionStep | ProposeStep | AgentStep | ReadStep):
                raise DefinitionInvalid(f"agent {step.name!r} goes to {step.next!r}, which no rules judge")
        case ReviewStep(advised_by=str() as advisor) if not isinstance(steps.get(advisor), AgentStep):
            raise DefinitionInvalid(f"review {step.name!r} is advised by {advisor!r}, which is no agent step")
        case _:
            return


def _check_lifecycle(step: AnyStep, steps: Mapping[str, AnyStep]) -> None:
    """What waits, compensates or may be skipped says so completely."""
    match step:
        case WaitStep():
            if not step.message:
                raise DefinitionInvalid(f"wait {step.name!r} names no message")
            if (step.within is None) is not (step.late is None):
                raise DefinitionInvalid(f"wait {step.name!r} needs both `within` and `late`, or neither")
            if step.within is not None and step.within <= timedelta(0):
                raise DefinitionInvalid(f"wait {step.name!r} is late before it begins")
        case EffectStep(compensation=Compensation() as compensation):
            if not compensation.tool or not compensation.point:
                raise DefinitionInvalid(f"the compensation of effect {step.name!r} must name its tool and its point")
        case ReviewStep(skippable=True):
            asked = steps[step.of]
            effect = steps[asked.allow] if isinstance(asked, ProposeStep) else None
            if isinstance(effect, EffectStep) and not effect.skippable:
                raise DefinitionInvalid(f"review {step.name!r} may be skipped only with its effect {effect.name!r}")
        case _:
            return


def _check_handlers(definition: ProcessDefinition) -> None:
    """A handler names its errors, each once, and another process."""
    named: set[str] = set()
    for handler in definition.handlers:
        if not handler.errors or not all(handler.errors):
            raise DefinitionInvalid(f"{definition.reference}: the handler {handler.process!r} names no error")
        if handler.process == definition.name:
            raise DefinitionInvalid(f"{definition.reference} handles its own failures: name another process")
        twice = named.intersection(handler.errors)
        if twice:
            raise DefinitionInvalid(f"{definition.reference}: two handlers name {', '.join(sorted(twice))}")
        named.update(handler.errors)


def _check_paths(definition: ProcessDefinition, steps: Mapping[str, AnyStep]) -> None:
    """Every step is reachable, and from every step an end is."""
    reachable = _closure(definition.start, lambda name: steps[name].destinations)
    lost = [name for name in steps if name not in reachable]
    if lost:
        raise DefinitionInvalid(f"no path leads to {', '.join(lost)}")
    for name in steps:
        if not any(isinstance(steps[found], EndStep) for found in _closure(name, lambda s: steps[s].destinations)):
            raise DefinitionInvalid(f"from {name!r} no path leads to an end")


def _closure(start: str, following: Callable[[str], Iterable[str]]) -> set[str]:
    seen, open_names = {start}, [start]
    while open_names:
        for name in following(open_names.pop()):
            if name not in seen:
                seen.add(name)
                open_names.append(name)
    return seen


class ProcessRegistry:
    """Definitions by name and version. Old versions stay until their cases are drained."""

    def __init__(self, definitions: Iterable[ProcessDefinition]) -> None:
        """Raises `DefinitionInvalid` for two definitions of one version, or a process named that is not there."""
        self._definitions: dict[tuple[str, int], ProcessDefinition] = {}
        for definition in definitions:
            key = (definition.name, definition.version)
            if key in self._definitions:
                raise DefinitionInvalid(f"{definition.reference} is registered twice")
            self._definitions[key] = definition
        self._check_named()

    def _check_named(self) -> None:
        names = {name for name, _ in self._definitions}
        for definition in self:
            for handler in definition.handlers:
                if handler.process not in names:
                    raise DefinitionInvalid(f"{definition.reference}: no process {handler.process!r} for its handler")
            fixes = definition.fixes
            if fixes is not None and fixes.process not in names:
                raise DefinitionInvalid(f"{definition.reference}: no process {fixes.process!r} for its fixes")

    @property
    def messages(self) -> frozenset[str]:
        """Names of all messages that some step waits for."""
        return frozenset(step.message for definition in self for step in definition.steps if isinstance(step, WaitStep))

    def __iter__(self) -> Iterator[ProcessDefinition]:
        """All definitions."""
        return iter(self._definitions.values())

    def latest(self, name: str) -> ProcessDefinition:
        """The newest version of a process. Raises `Invalid`."""
        versions = [version for known, version in self._definitions if known == name]
        if not versions:
            known = ", ".join(sorted({known for known, _ in self._definitions}))
            raise Invalid(f"there is no process {name!r} (known: {known})")
        return self._definitions[(name, max(versions))]

    def find(self, name: str, version: int) -> ProcessDefinition | None:
        """That version, None if it is not registered."""
        return self._definitions.get((name, version))

    def named(self, reference: str) -> ProcessDefinition:
        """The definition called `name@version`. Raises `NotFound`."""
        for definition in self:
            if definition.reference == reference:
                return definition
        known = ", ".join(definition.reference for definition in self)
        raise NotFound(f"{reference} is not registered (known: {known})")

    def pinned(self, name: str, version: int, definition_digest: str) -> ProcessDefinition:
        """The definition a case is pinned to. Raises `DefinitionMissing` if it is gone or was changed."""
        definition = self._definitions.get((name, version))
        if definition is None:
            raise DefinitionMissing(f"{name}@{version} is not registered, but cases of it are under way")
        if definition.digest != definition_digest:
            raise DefinitionMissing(f"{name}@{version} was changed without a new version")
        return definition
