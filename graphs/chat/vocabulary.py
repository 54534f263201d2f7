"""The vocabulary: which words of a question name a process, something that cases stand at, or a person.

It is made from the registered definitions, the names in their rules, and what the definitions say that people call
them. So a question about a process is understood without the chat knowing any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from graphs.chat.lexicon import SENSES
from graphs.chat.spelling import split
from graphs.process import ProcessDefinition
from graphs.steps import EndStep, WaitStep
from policies.judgement import RuleBook

ENDINGS: Final = ("s", "es", "en", "e", "n", "er")
EVERYDAY: Final = frozenset(
    {"select", "with", "from", "have", "this", "that", "step", "make", "person", "people", "read"}
)
"""Words in names that say nothing by themselves, beside those that the lexicon has."""
SHORTEST: Final = 4
LONGEST_PHRASE: Final = 6

MeaningKind = Literal["process", "topic", "person", "role"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Something that cases stand at or wait for, by all the names that it has in the definitions."""

    name: str
    steps: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()

    def joined(self, other: Topic) -> Topic:
        """Both under this one's name."""
        return Topic(
            name=self.name,
            steps=self.steps | other.steps,
            stages=self.stages | other.stages,
            messages=self.messages | other.messages,
            exceptions=self.exceptions | other.exceptions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a phrase names, and its canonical name."""

    kind: MeaningKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may be asked about."""

    id: str
    login: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Phrases, as folded words, and what they mean; topics and processes by name, people by login."""

    phrases: Mapping[tuple[str, ...], Meaning]
    topics: Mapping[str, Topic]
    processes: Mapping[str, str]
    people: Mapping[str, Person] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)

    def meaning(self, words: tuple[str, ...]) -> Meaning | None:
        """What exactly these words name, also with the last one's ending left off."""
        found = self.phrases.get(words)
        if found is not None or not words:
            return found
        *before, last = words
        return next((known for stem in _stems(last) if (known := self.phrases.get((*before, stem)))), None)

    def with_people(self, people: Iterable[Person], roles: Mapping[str, str]) -> Vocabulary:
        """The same with people and roles. A first name means somebody only where one person has it."""
        known = {person.login: person for person in people}
        phrases = dict(self.phrases)
        for name, title in roles.items():
            for words in (split(name), split(title)):
                phrases.setdefault(words, Meaning(kind="role", name=name))
        firsts: dict[tuple[str, ...], list[str]] = {}
        for person in known.values():
            for words in (split(person.login), split(person.name)):
                phrases.setdefault(words, Meaning(kind="person", name=person.login))
            firsts.setdefault(split(person.name)[:1], []).append(person.login)
        for words, logins in firsts.items():
            if words and len(logins) == 1:
                phrases.setdefault(words, Meaning(kind="person", name=logins[0]))
        return Vocabulary(
            phrases=phrases, topics=self.topics, processes=self.processes, people=known, roles=dict(roles)
        )


def _stems(word: str) -> list[str]:
    return [word.removesuffix(ending) for ending in ENDINGS if word.endswith(ending)]


def vocabulary_of(definitions: Iterable[ProcessDefinition], rulebooks: Mapping[str, RuleBook]) -> Vocabulary:
    """The vocabulary of definitions and their rules. Of two things with one name the first definition's counts."""
    known = list(definitions)
    topics: dict[str, Topic] = {}
    for topic in _topics(known, rulebooks):
        topics[topic.name] = topics[topic.name].joined(topic) if topic.name in topics else topic
    phrases: dict[tuple[str, ...], Meaning] = {}
    for words, meaning in _phrases(known, topics):
        # "list invoices" is more often something to do than the step of that name.
        if words and not (words[:1] in SENSES and words[1:] in phrases) and words[0] not in EVERYDAY:
            phrases.setdefault(words, meaning)
    for word, topic in _by_single_words(topics).items():
        if (word,) not in phrases:
            phrases[(word,)] = Meaning(kind="topic", name=word)
            topics[word] = topic
    return Vocabulary(phrases=phrases, topics=topics, processes={one.name: one.title for one in known})


def _phrases(
    definitions: Iterable[ProcessDefinition], topics: Mapping[str, Topic]
) -> Iterator[tuple[tuple[str, ...], Meaning]]:
    """What names something: processes first, then what people call their parts, then the parts' own names."""
    for definition in definitions:
        for called in (definition.name, definition.title, *definition.words.get(definition.name, ())):
            yield split(called), Meaning(kind="process", name=definition.name)
    for definition in definitions:
        for name, said in definition.words.items():
            for phrase in said if name in topics else ():
                yield split(phrase), Meaning(kind="topic", name=name)
    for name in topics:
        yield split(name), Meaning(kind="topic", name=name)


def _topics(definitions: Iterable[ProcessDefinition], rulebooks: Mapping[str, RuleBook]) -> Iterator[Topic]:
    for definition in definitions:
        for step in definition.steps:
            if isinstance(step, EndStep):
                continue
            yield Topic(name=step.name, steps=frozenset({step.name}))
            yield Topic(name=step.stage, stages=frozenset({step.stage}))
            if isinstance(step, WaitStep):
                yield Topic(name=step.message, messages=frozenset({step.message}))
        book = rulebooks.get(definition.pack)
        for rule in book.pack.rules if book else ():
            if rule.exception:
                yield Topic(name=rule.exception, exceptions=frozenset({rule.exception}))


def _by_single_words(topics: Mapping[str, Topic]) -> dict[str, Topic]:
    """For each word that says something by itself, everything whose name has it."""
    found: dict[str, Topic] = {}
    for topic in topics.values():
        words = split(topic.name)
        for word in words if len(words) > 1 else ():
            if _says_something(word):
                found[word] = found.get(word, Topic(name=word)).joined(topic)
    return found


def _says_something(word: str) -> bool:
    forms = {word, *_stems(word)}
    return (
        len(word) >= SHORTEST
        and word.isascii()
        and word[0].isalpha()
        and not forms & EVERYDAY
        and not any((form,) in SENSES for form in forms)
    )
