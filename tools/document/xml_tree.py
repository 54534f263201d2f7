"""XML trees, built only from XML that cannot hurt: no DOCTYPE, no entity, bounded depth and size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from lxml import etree

from tools.document.errors import DoctypeRefused, MalformedXml, XmlTooDeep, XmlTooLarge
from tools.document.limits import Limits

Element: TypeAlias = etree._Element  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
"""An element; lxml offers no public name for its type."""


class _Guard:
    """A parser target that builds nothing and stops at the first thing that is not allowed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._depth = 0
        self._elements = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise DoctypeRefused(
            f"the document declares DOCTYPE {name!r}; send it without one ({pubid or system or 'internal'})"
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.max_xml_depth:
            raise XmlTooDeep(
                f"elements nest deeper than {self._limits.max_xml_depth} (at {tag!r}, {len(attributes)} attributes)"
            )
        if self._elements > self._limits.max_xml_elements:
            raise XmlTooLarge(f"the document has more than {self._limits.max_xml_elements} elements")

    def end(self, _tag: str) -> None:
        self._depth -= 1

    def data(self, _text: str) -> None:
        """Text is of no interest here."""

    def close(self) -> None:
        """Nothing was built."""


def parse_xml(content: bytes, *, limits: Limits) -> Element:
    """The root of `content`. Raises `DoctypeRefused`, `XmlTooDeep`, `XmlTooLarge` or `MalformedXml`.

    The first pass streams and stops early; only then is a tree built.
    """
    try:
        etree.fromstring(content, _parser(_Guard(limits)))
        return etree.fromstring(content, _parser(None))
    except etree.XMLSyntaxError as error:
        raise MalformedXml(f"the XML is not well-formed: {error.msg}") from None
    except (LookupError, ValueError) as error:
        raise MalformedXml(f"the XML cannot be decoded: {error}") from None


def _parser(target: Any) -> etree.XMLParser:
    return etree.XMLParser(
        target=target,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """The element's namespace, empty where it has none."""
    return str(element.tag)[1:].partition("}")[0] if str(element.tag).startswith("{") else ""


def children(element: Element, path: str) -> Iterator[Element]:
    """Every element under `element` at `path` (`A/B`, local names, direct children only)."""
    head, _, rest = path.partition("/")
    for child in element:
        if local_name(child) == head:
            if rest:
                yield from children(child, rest)
            else:
                yield child


def text_of(element: Element) -> str:
    """The element's own text without outer white space."""
    return (element.text or "").strip()


def first(element: Element, path: str) -> Element | None:
    """The first element at `path`, or None."""
    return next(children(element, path), None)


def first_text(element: Element, *paths: str) -> str | None:
    """The first non-empty text at any of `paths`, in their order."""
    for path in paths:
        for found in children(element, path):
            if text := text_of(found):
                return text
    return None
