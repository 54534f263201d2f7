"""The kinds of structured documents that are read: the one table to extend.

A kind is a module with two functions, one that recognises its root element and one that reads it, and a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tools.document.cii import is_cii, read_cii
from tools.document.clinical import is_clinical, read_clinical
from tools.document.errors import NotAnInvoiceOrOrder
from tools.document.ubl import is_ubl, read_ubl
from tools.document.ubl_delivery import is_ubl_delivery, read_ubl_delivery
from tools.document.ubl_response import is_ubl_response, read_ubl_response
from tools.document.xml_fields import XmlReading
from tools.document.xml_tree import Element, local_name


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredKind:
    """One row: `recognises` looks at the root element alone; `read` raises `DocumentRefused`."""

    name: str
    recognises: Callable[[Element], bool]
    read: Callable[[Element], XmlReading]


STRUCTURED_KINDS: Final = (
    StructuredKind(name="UBL invoice, credit note or order", recognises=is_ubl, read=read_ubl),
    StructuredKind(name="UBL order response", recognises=is_ubl_response, read=read_ubl_response),
    StructuredKind(name="UBL despatch or receipt advice", recognises=is_ubl_delivery, read=read_ubl_delivery),
    StructuredKind(name="cross industry invoice or order", recognises=is_cii, read=read_cii),
    StructuredKind(name="clinical document (CDA)", recognises=is_clinical, read=read_clinical),
)


def read_structured(root: Element) -> XmlReading:
    """The fields of the document `root`, by the first kind that recognises it.

    Raises `NotAnInvoiceOrOrder` where none does, and what the kind's reader raises.
    """
    for kind in STRUCTURED_KINDS:
        if kind.recognises(root):
            return kind.read(root)
    known = "; ".join(kind.name for kind in STRUCTURED_KINDS)
    raise NotAnInvoiceOrOrder(f"{local_name(root)!r} is none of the documents that are read: {known}")
