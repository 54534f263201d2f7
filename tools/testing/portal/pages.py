"""The pages of the supplier portal, as HTML, in a layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from tools.browser.portal import REFERENCE_LENGTH, Confirmation, PortalInvoice, PortalOrder
from tools.testing.portal.layout import Layout

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1b2430;background:#f4f6f8}
header{background:#123a5c;color:#fff;padding:.8rem 2rem;display:flex;gap:2rem;align-items:baseline}
header a{color:#fff}main{max-width:62rem;margin:1.5rem auto;background:#fff;padding:1.5rem 2rem;border-radius:.5rem}
table,.table{border-collapse:collapse;width:100%;display:table}.row{display:table-row}
th,td,.cell,.head{padding:.4rem .8rem .4rem 0;text-align:left;border-bottom:1px solid #d5dce3;display:table-cell}
.head{font-weight:600}form{display:flex;flex-direction:column;gap:.8rem;max-width:24rem;margin:1rem 0}
label{display:flex;flex-direction:column;font-weight:600}input{font:inherit;padding:.4rem}
button{font:inherit;padding:.5rem 1rem;background:#123a5c;color:#fff;border:0;border-radius:.3rem;align-self:start}
dl{display:grid;grid-template-columns:12rem auto}dt{font-weight:600}dd{margin:0}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a table: text, with a link where there is an address."""

    text: str
    address: str = ""

    def html(self) -> str:
        """The cell's content."""
        return f'<a href="{escape(self.address)}">{escape(self.text)}</a>' if self.address else escape(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Writes pages in one layout."""

    layout: Layout

    def page(self, title: str, *parts: str, signed_in: bool = True) -> str:
        """A whole page."""
        say = self.layout.word
        ways = [f'<a href="/{place}">{escape(say(place))}</a>' for place in ("orders", "invoices", "confirmations")]
        menu = f"<nav>{' · '.join(self.layout.sequence(*ways))}</nav>" if signed_in else ""
        return (
            f'<!doctype html><html lang="{self.layout.language}"><head><meta charset="utf-8">'
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
            f"<header><strong>{escape(say('portal'))}</strong>{menu}</header>"
            f"<main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>"
        )

    def sign_in(self, *, wrong: bool = False) -> str:
        """The form to sign in."""
        say = self.layout.word
        alert = f'<p role="alert">{escape(say("wrong"))}</p>' if wrong else ""
        fields = (self._field("user", "user"), self._field("password", "password", kind="password"))
        form = (
            f'<form method="post" action="/sign-in">{"".join(fields)}<button>{escape(say("sign_in"))}</button></form>'
        )
        return self.page(say("sign_in"), alert, form, signed_in=False)

    def maintenance(self) -> str:
        """What stands there while nothing works."""
        title = self.layout.word("maintenance")
        return self.page(title, f'<p role="alert">{escape(title)}</p>', signed_in=False)

    def orders(self, orders: Sequence[PortalOrder], search: str) -> str:
        """The list of orders, with its search."""
        layout, say = self.layout, self.layout.word
        rows = [
            (
                Cell(text=order.number, address=f"/orders/{order.number}"),
                Cell(text=layout.date(order.ordered_on)),
                Cell(text=layout.states[order.state]),
                Cell(text=layout.amount(order.net_total, order.currency)),
            )
            for order in orders
        ]
        names = ("order_number", "ordered_on", "state", "total")
        form = self._search("/orders", self._field("order_number", "q", value=search, kind="search"))
        return self.page(say("orders"), form, self._table("orders", names, rows))

    def order(self, order: PortalOrder) -> str:
        """One order, with the form that confirms it while it is open."""
        layout, say = self.layout, self.layout.word
        rows = [
            tuple(
                Cell(text=text)
                for text in (
                    str(line.position),
                    line.product_code,
                    line.description,
                    layout.number(line.quantity),
                    layout.amount(line.unit_price, order.currency),
                    layout.date(line.deliver_on),
                )
            )
            for line in order.lines
        ]
        names = ("position", "product", "description", "quantity", "price", "deliver_on")
        facts = {
            "order_number": order.number,
            "ordered_on": layout.date(order.ordered_on),
            "state": layout.states[order.state],
            "total": layout.amount(order.net_total, order.currency),
        }
        listed = "".join(f"<dt>{escape(say(name))}</dt><dd>{escape(text)}</dd>" for name, text in facts.items())
        address = f"/orders/{order.number}"
        ways = f'<p><a href="{address}/delivery">{escape(say("schedule"))}</a></p>'
        form = self._confirm_form(address) if order.state.value == "open" else ""
        parts = self.layout.sequence(f"<dl>{listed}</dl>", self._table("lines", names, rows))
        return self.page(f"{say('order_number')} {order.number}", *parts, ways, form)

    def _confirm_form(self, address: str) -> str:
        kind = "date" if self.layout.native_dates else "text"
        fields = self.layout.sequence(
            self._field("deliver_on", "deliver_on", kind=kind),
            self._field("reference", "reference", limit=REFERENCE_LENGTH),
        )
        button = f"<button>{escape(self.layout.word('confirm'))}</button>"
        return f'<form method="post" action="{address}/confirm">{"".join(fields)}{button}</form>'

    def delivery(self, order: PortalOrder) -> str:
        """When the lines of an order come."""
        layout = self.layout
        rows = [
            tuple(
                Cell(text=text)
                for text in (str(line.position), layout.number(line.quantity), layout.date(line.deliver_on))
            )
            for line in order.lines
        ]
        title = f"{layout.word('schedule')} {order.number}"
        return self.page(title, self._table("schedule", ("position", "quantity", "deliver_on"), rows))

    def confirmations(self, found: Sequence[Confirmation], search: str) -> str:
        """The confirmations taken, found by reference."""
        form = self._search("/confirmations", self._field("reference", "q", value=search, kind="search"))
        return self.page(self.layout.word("confirmations"), form, self._confirmation_table(found))

    def taken(self, made: Confirmation) -> str:
        """What stands there after a confirmation."""
        text = self.layout.word("taken")
        return self.page(text, f'<p role="status">{escape(text)}</p>', self._confirmation_table([made]))

    def _confirmation_table(self, found: Iterable[Confirmation]) -> str:
        layout = self.layout
        names = ("confirmation", "order_number", "reference", "deliver_on", "confirmed_on")
        rows = [
            (
                Cell(text=made.number),
                Cell(text=made.order_number),
                Cell(text=made.reference),
                Cell(text=layout.date(made.deliver_on)),
                Cell(text=layout.date(made.confirmed_on)),
            )
            for made in found
        ]
        return self._table("confirmations", names, rows)

    def invoices(self, found: Sequence[PortalInvoice], since: str) -> str:
        """The invoices, each with its file."""
        layout, say = self.layout, self.layout.word
        rows = [
            (
                Cell(text=invoice.number),
                Cell(text=layout.date(invoice.issued_on)),
                Cell(text=invoice.order_number),
                Cell(text=layout.amount(invoice.total, invoice.currency)),
                Cell(text=f"{say('download')} {invoice.number}", address=f"/invoices/{invoice.number}/file"),
            )
            for invoice in found
        ]
        names = ("invoice_number", "issued_on", "order_number", "gross", "file")
        kind = "date" if layout.native_dates else "text"
        form = self._search("/invoices", self._field("since", "since", value=since, kind=kind))
        return self.page(say("invoices"), form, self._table("invoices", names, rows))

    def _field(self, matter: str, name: str, *, kind: str = "text", value: str = "", limit: int = 200) -> str:
        return (
            f'<label>{escape(self.layout.word(matter))}<input name="{name}" type="{kind}" value="{escape(value)}"'
            f' maxlength="{limit}"></label>'
        )

    def _search(self, address: str, field: str) -> str:
        button = f"<button>{escape(self.layout.word('search'))}</button>"
        return f'<form action="{address}" role="search">{field}{button}</form>'

    def _table(self, caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
        if not rows:
            return f'<p role="status">{escape(self.layout.word("nothing"))}</p>'
        heads = self.layout.sequence(*(escape(self.layout.word(column)) for column in columns))
        cells = [self.layout.sequence(*(cell.html() for cell in row)) for row in rows]
        return (self._divided if self.layout.divided else self._tabled)(self.layout.word(caption), heads, cells)

    def _tabled(self, caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
        head = "".join(f"<th>{text}</th>" for text in heads)
        body = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
        return f"<table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>"

    def _divided(self, caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
        head = "".join(f'<div class="head" role="columnheader">{text}</div>' for text in heads)
        lines = ("".join(f'<div class="cell" role="cell">{text}</div>' for text in row) for row in rows)
        body = "".join(f'<div class="row" role="row">{line}</div>' for line in lines)
        head_row = f'<div class="row" role="row">{head}</div>'
        return f'<div class="table" role="table" aria-label="{escape(caption)}">{head_row}{body}</div>'
