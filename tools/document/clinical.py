"""Clinical documents (HL7 CDA release 2, as in C-CDA): the header, which says what it is, about whom and for whom."""

from __future__ import annotations

from datetime import date
from typing import Final

from tools.document.errors import DateNotADate
from tools.document.reading import DocumentKind
from tools.document.xml_fields import XmlFields, XmlReading
from tools.document.xml_tree import Element, children, first, first_text, local_name, namespace

_NAMESPACE: Final = "urn:hl7-org:v3"
_LOINC: Final = "2.16.840.1.113883.6.1"
_PATIENT: Final = "recordTarget/patientRole"
_DAY: Final = len("20130921")
_RECIPIENT: Final = "informationRecipient/intendedRecipient/informationRecipient/name"


def is_clinical(root: Element) -> bool:
    """Whether `root` is a CDA document."""
    return namespace(root) == _NAMESPACE and local_name(root) == "ClinicalDocument"


def read_clinical(root: Element) -> XmlReading:
    """The header of a clinical document; its sections stay unread. Raises `DateNotADate`.

    Of several patients or authors the first counts, and a finding says that there are more.
    """
    fields = XmlFields()
    fields.put("doc_type", "clinical_document")
    fields.put("title", first_text(root, "title"))
    fields.put("loinc_code", _loinc(root))
    fields.put("document_date", _day(root, "effectiveTime", "document_date"))
    fields.put("patient_id", _attribute(root, f"{_PATIENT}/id", "extension"))
    fields.put("patient_given", first_text(root, f"{_PATIENT}/patient/name/given"))
    fields.put("patient_family", first_text(root, f"{_PATIENT}/patient/name/family"))
    fields.put("birth_date", _day(root, f"{_PATIENT}/patient/birthTime", "birth_date"))
    fields.put("gender_code", _attribute(root, f"{_PATIENT}/patient/administrativeGenderCode", "code"))
    fields.put("author_family", first_text(root, "author/assignedAuthor/assignedPerson/name/family"))
    custodian = "custodian/assignedCustodian/representedCustodianOrganization/name"
    fields.put("custodian", first_text(root, custodian))
    fields.put("recipient_family", first_text(root, f"{_RECIPIENT}/family"))
    for name, path in (("patient_family", "recordTarget"), ("author_family", "author")):
        fields.note_several(name, len(list(children(root, path))))
    return XmlReading(kind=DocumentKind.CLINICAL_XML, values=fields.values, lines=(), findings=tuple(fields.findings))


def _loinc(root: Element) -> str | None:
    code = first(root, "code")
    return code.get("code") if code is not None and code.get("codeSystem") == _LOINC else None


def _attribute(root: Element, path: str, name: str) -> str | None:
    element = first(root, path)
    return None if element is None else element.get(name)


def _day(root: Element, path: str, field: str) -> str | None:
    """The day of an HL7 instant (`19450501`, `20130921101500-0500`); None where it is less exact than a day."""
    value = _attribute(root, path, "value")
    if value is None or len(value) < _DAY:
        return None
    try:
        return date.fromisoformat(value[:_DAY]).isoformat()
    except ValueError:
        raise DateNotADate(f"{field} is {value[:40]!r}, which names no day") from None
