"""The parties of a UBL document, and the references every kind of it carries in the same place."""

from __future__ import annotations

from typing import Final

from tools.document.xml_fields import XmlFields
from tools.document.xml_tree import Element, children, first_text, local_name, namespace

_NAMESPACE: Final = "urn:oasis:names:specification:ubl:schema:xsd:"


def is_ubl_root(root: Element, names: tuple[str, ...]) -> bool:
    """Whether `root` is one of the UBL documents `names`."""
    return namespace(root).startswith(_NAMESPACE) and local_name(root) in names


def put_parties(fields: XmlFields, root: Element, *, seller: str, buyer: str) -> None:
    """`vendor_name`, `buyer_name` and `vendor_vat_id` from the parties at these paths."""
    for name, party in (("vendor_name", seller), ("buyer_name", buyer)):
        fields.put(name, first_text(root, f"{party}/PartyLegalEntity/RegistrationName", f"{party}/PartyName/Name"))
    for scheme in children(root, f"{seller}/PartyTaxScheme"):
        if first_text(scheme, "TaxScheme/ID") in ("VAT", None):
            fields.put("vendor_vat_id", first_text(scheme, "CompanyID"))
