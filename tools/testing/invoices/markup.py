"""Building XML by prefixed names; an empty value makes no element."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from lxml import etree

Element = etree._Element  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001  lxml has no other name for it


class Markup:
    """A vocabulary of namespaces, by prefix."""

    def __init__(self, namespaces: Mapping[str | None, str]) -> None:
        self._namespaces = dict(namespaces)

    def root(self, name: str) -> Element:
        """A root element that declares every namespace."""
        return etree.Element(self._qualified(name), nsmap=cast("dict[str, str]", self._namespaces))

    def add(self, parent: Element, name: str, text: str = "", **attributes: str) -> Element:
        """A new last child of `parent`."""
        child = etree.SubElement(parent, self._qualified(name), attributes)
        if text:
            child.text = text
        return child

    def say(self, parent: Element, name: str, text: str, **attributes: str) -> None:
        """A new last child with `text`; nothing when there is no text."""
        if text:
            self.add(parent, name, text, **attributes)

    def _qualified(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        return f"{{{self._namespaces[prefix or None]}}}{local}"


def serialized(root: Element) -> bytes:
    """The indented UTF-8 bytes with an XML declaration."""
    etree.indent(root, space="  ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def amount(value: Decimal) -> str:
    """A decimal as XML writes it: a dot, no exponent."""
    return f"{value:f}"
