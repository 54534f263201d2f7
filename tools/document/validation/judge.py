"""Schema first, then rules: the findings about one structured document.

Runs in the validating process alone: Saxon takes a second to compile a sheet and some 300 MB to hold it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lxml import etree
from saxonche import PySaxonProcessor

from tools.document.errors import shortened_message
from tools.document.limits import Limits
from tools.document.reading import DocumentFinding
from tools.document.validation.outcome import Code, Outcome, not_validated, shortened
from tools.document.validation.sheets import Sheet, folder, sheet_for
from tools.document.xml_tree import Element, parse_xml

_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_PROFILE_RULES: Final = "FX-"
FATAL: Final = "fatal"
WARNING: Final = "warning"


@dataclass(slots=True)
class Judge:
    """Compiles each schema and each sheet of rules once and keeps it."""

    _folder: Path = field(default_factory=folder)
    _schemas: dict[str, etree.XMLSchema] = field(default_factory=dict)
    _rules: dict[str, Any] = field(default_factory=dict)
    _processor: Any = field(default_factory=lambda: PySaxonProcessor(license=False))

    def judge(self, content: bytes, limits: Limits) -> Outcome:
        """The outcome for `content`. Raises `DocumentRefused` where it is no XML that may be read."""
        root = parse_xml(content, limits=limits)
        sheet = sheet_for(root)
        if sheet is None:
            return not_validated("there are no schema and rules here for what it says it is")
        findings = list(self._against_schema(root, sheet))
        if findings:
            return Outcome(against=sheet.name, findings=shortened(findings))
        if sheet.rules is None:
            return not_validated(f"it keeps to the {sheet.name}, but there are no rules here for what it says it is")
        findings = list(self._against_rules(etree.tostring(root, encoding="unicode"), sheet, sheet.rules))
        return Outcome(against=sheet.name, findings=shortened(findings))

    def _against_schema(self, root: Element, sheet: Sheet) -> Iterator[DocumentFinding]:
        if sheet.schema not in self._schemas:
            self._schemas[sheet.schema] = etree.XMLSchema(etree.parse(self._folder / sheet.schema))
        schema = self._schemas[sheet.schema]
        schema.validate(root)
        for error in schema.error_log:  # type: ignore[attr-defined]  # the stubs leave out that it iterates
            yield DocumentFinding(
                code=Code.SCHEMA_INVALID,
                message=shortened_message(f"{sheet.name}: {error.message}"),
                values={"location": error.path or "", "weight": FATAL},
            )

    def _against_rules(self, text: str, sheet: Sheet, rules: str) -> Iterator[DocumentFinding]:
        if rules not in self._rules:
            compiler = self._processor.new_xslt30_processor()
            self._rules[rules] = compiler.compile_stylesheet(stylesheet_file=str(self._folder / rules))
        report = self._rules[rules].transform_to_string(xdm_node=self._processor.parse_xml(xml_text=text))
        for failed in etree.fromstring(report.encode()).iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report"):
            # Rules of EN 16931 have names; one without tells which elements the profile leaves out.
            profile = (failed.get("id") or _PROFILE_RULES).startswith(_PROFILE_RULES)
            if not (profile and sheet.foreign_profile):
                yield _finding(failed, profile=profile)


def _finding(failed: Element, *, profile: bool) -> DocumentFinding:
    """A broken rule as a finding; a rule without a weight counts as fatal."""
    rule = failed.get("id") or "a rule without a name"
    weight = WARNING if failed.get("flag", FATAL) == WARNING else FATAL
    code = Code.RULE_WARNED if weight == WARNING else Code.PROFILE_RULE_FAILED if profile else Code.RULE_FAILED
    said = " ".join("".join(map(str, failed.itertext())).split()).removeprefix(f"[{rule}]").lstrip("-: ")
    return DocumentFinding(
        code=code,
        message=shortened_message(f"{rule}: {said}"),
        values={"rule": rule, "location": failed.get("location", ""), "weight": weight},
    )
