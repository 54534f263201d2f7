"""A rule pack as people read it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from api.views.view import View
from graphs.pack_reader import Deed, PackContents, ProposalDeeds
from policies.fact import FactValue
from policies.message import written
from policies.pack import Parameter
from policies.pack_reading import ReadRule
from policies.plain_words import PlainCondition
from policies.resolution import Threshold
from policies.table import DecisionTable


class PlainConditionView(View):
    """A condition in plain words, as a list."""

    every: Annotated[bool, Field(description="Whether all of the parts must hold; else one is enough.")]
    parts: list[str]

    @classmethod
    def of(cls, found: PlainCondition) -> PlainConditionView:
        """The condition as it is shown."""
        return cls(every=found.every, parts=list(found.parts))


class RuleView(View):
    """A rule in plain words."""

    id: str
    title: str
    severity: str
    at: Annotated[list[str], Field(description="Decision points at which it is judged.")]
    obligation: str | None
    fires: PlainConditionView
    applies: PlainConditionView | None
    message: Annotated[str, Field(description="What it tells people, with what is filled in named.")]
    regulation: str
    clause: str
    effective_from: Annotated[date | None, Field(description="Null where it has always been in force.")]
    effective_to: date | None
    examples: Annotated[int, Field(description="Rows of its boundary table.")]
    first_line: Annotated[int, Field(description="Where it stands in the text, counted from 1.")]
    last_line: int

    @classmethod
    def of(cls, read: ReadRule) -> RuleView:
        """The rule as it is shown."""
        rule, (first, last) = read.rule, read.lines
        return cls(
            id=rule.id,
            title=rule.title,
            severity=rule.severity.value,
            at=list(rule.at),
            obligation=rule.obligation,
            fires=PlainConditionView.of(read.fires),
            applies=PlainConditionView.of(read.applies) if read.applies else None,
            message=read.says,
            regulation=rule.source.regulation,
            clause=rule.source.clause,
            effective_from=rule.effective_from if rule.effective_from > date(1970, 1, 1) else None,
            effective_to=rule.effective_to,
            examples=len(rule.examples),
            first_line=first,
            last_line=last,
        )


class ParameterView(View):
    """A parameter: the pack's value, and the tenant's own where there is one."""

    name: str
    type: str
    description: str
    value: Annotated[str, Field(description="As people write it.")]
    raw: FactValue
    own: Annotated[str | None, Field(description="The tenant's own value, in the newest activation of this pack.")]

    @classmethod
    def of(cls, name: str, parameter: Parameter, own: FactValue) -> ParameterView:
        """The parameter as it is shown."""
        return cls(
            name=name,
            type=parameter.type.value,
            description=parameter.description,
            value=written(parameter.value, parameter.type),
            raw=parameter.value,
            own=None if own is None else written(own, parameter.type),
        )


class ThresholdView(View):
    """How sure a field must be at a point."""

    field: str | None
    at: str | None
    least: str

    @classmethod
    def of(cls, threshold: Threshold) -> ThresholdView:
        """The threshold as it is shown."""
        return cls(field=threshold.field, at=threshold.at, least=str(threshold.least))


class TableRowView(View):
    """A row of a decision table."""

    tests: list[str]
    gives: list[str]
    effective_from: date | None
    effective_to: date | None
    note: str


class TableView(View):
    """A decision table."""

    name: str
    description: str
    hit: str
    inputs: list[str]
    outputs: list[str]
    rows: list[TableRowView]
    otherwise: list[str] | None

    @classmethod
    def of(cls, name: str, table: DecisionTable) -> TableView:
        """The table as it is shown."""
        types = [output.type for output in table.outputs]

        def shown(values: tuple[str | int | bool, ...]) -> list[str]:
            return [written(value, kind) for value, kind in zip(values, types, strict=True)]

        return cls(
            name=name,
            description=table.description,
            hit=table.hit.value,
            inputs=[column.name for column in table.inputs],
            outputs=[column.name for column in table.outputs],
            rows=[
                TableRowView(
                    tests=list(row.tests),
                    gives=shown(row.gives),
                    effective_from=row.effective_from,
                    effective_to=row.effective_to,
                    note=row.note,
                )
                for row in table.rows
            ],
            otherwise=shown(table.otherwise) if table.otherwise is not None else None,
        )


class PackContentsView(View):
    """A rule pack as people read it; its text is another answer."""

    digest: str
    pack: str
    version: str
    parameters: list[ParameterView]
    thresholds: list[ThresholdView]
    tables: list[TableView]
    rules: list[RuleView]

    @classmethod
    def of(cls, found: PackContents) -> PackContentsView:
        """The pack as it is shown."""
        pack, own = found.reading.pack, found.parameters
        return cls(
            digest=found.stored.digest,
            pack=pack.pack,
            version=pack.version,
            parameters=[ParameterView.of(name, item, own.get(name)) for name, item in pack.parameters.items()],
            thresholds=[ThresholdView.of(threshold) for threshold in pack.thresholds],
            tables=[TableView.of(name, table) for name, table in pack.tables.items()],
            rules=[RuleView.of(rule) for rule in found.reading.rules],
        )


class DeedView(View):
    """Whether something may be done now, and why not."""

    offered: bool
    code: str
    why: str

    @classmethod
    def of(cls, deed: Deed) -> DeedView:
        """The deed as it is shown."""
        return cls(offered=deed.offered, code=deed.code, why=deed.why)


class ProposalOptions(View):
    """What the caller may do with a proposal, by the checks of the calls themselves."""

    replay: DeedView
    approve: DeedView
    withdraw: DeedView

    @classmethod
    def of(cls, deeds: ProposalDeeds) -> ProposalOptions:
        """The deeds as they are shown."""
        return cls(
            replay=DeedView.of(deeds.replay),
            approve=DeedView.of(deeds.approve),
            withdraw=DeedView.of(deeds.withdraw),
        )
