"""Till receipts that nobody has: fixed by a seed and a day, drawn as slips, with their truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from tools.testing.invoices.document import cents
from tools.testing.invoices.seed import digits, number, pick
from tools.testing.invoices.sheet import MONO, SANS, Sheet, Style
from tools.testing.invoices.truth import Expected, money

TillWord = Literal["title", "date", "subtotal", "tax", "total", "cash", "change", "card", "items", "thanks"]
LEFT, WIDTH = 14, 226
RIGHT = WIDTH - LEFT
STEP = 11.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """A shop's habits: its words, its tax in percent, how it writes days and amounts."""

    language: str
    names: tuple[str, ...]
    street: str
    goods: tuple[str, ...]
    words: Mapping[TillWord, tuple[str, ...]]
    rate: Decimal
    currency: str
    sign: str
    dates: tuple[str, ...]
    decimal: str = ","


TILLS: tuple[Till, ...] = (
    Till(
        language="en", names=("Hartwell Stores Ltd", "Corner Pantry Ltd"), street="14 Mill Lane, Leeds LS1 4AB",
        goods=("Oat milk", "Rye bread", "Apples 1kg", "Tea bags", "Soap"),
        words={
            "title": ("RECEIPT", "Sales receipt", "TAX INVOICE"), "date": ("Date", "DATE:"),
            "subtotal": ("Subtotal", "Sub Total"), "tax": ("VAT 20%", "VAT @ 20%"),
            "total": ("TOTAL", "Total Due", "Grand Total"),
            "cash": ("Cash", "CASH TENDERED"), "change": ("Change", "CHANGE DUE"), "card": ("VISA DEBIT", "Card"),
            "items": ("Total items",), "thanks": ("Thank you for shopping with us",),
        },
        rate=Decimal(20), currency="GBP", sign="£", dates=("%d/%m/%Y", "%d-%m-%Y", "%d %b %Y"), decimal=".",
    ),
    Till(
        language="de", names=("Kaufhaus Lindner GmbH", "Biomarkt Sonne e.K."), street="Marktplatz 3, 28195 Bremen",
        goods=("Hafermilch", "Roggenbrot", "Äpfel 1kg", "Schwarztee", "Seife"),
        words={
            "title": ("Kassenbon", "QUITTUNG"), "date": ("Datum", "Datum:"),
            "subtotal": ("Netto", "Zwischensumme netto"),
            "tax": ("MwSt 19%", "USt. 19 %"), "total": ("SUMME", "Zu zahlen", "Gesamtbetrag"),
            "cash": ("Bar", "Gegeben"),
            "change": ("Rückgeld", "Zurück"), "card": ("girocard", "EC-Karte"), "items": ("Artikel",),
            "thanks": ("Vielen Dank für Ihren Einkauf",),
        },
        rate=Decimal(19), currency="EUR", sign="€", dates=("%d.%m.%Y", "%d.%m.%y"),
    ),
    Till(
        language="fr", names=("Épicerie du Port SARL", "Maison Fabre SAS"), street="5 rue de la Gare, 44000 Nantes",
        goods=("Lait d'avoine", "Pain de seigle", "Pommes 1kg", "Thé noir", "Savon"),
        words={
            "title": ("TICKET DE CAISSE", "Ticket"), "date": ("Date", "Le"), "subtotal": ("Total HT", "Montant HT"),
            "tax": ("TVA 20%", "dont TVA 20 %"), "total": ("TOTAL TTC", "Net à payer", "TOTAL"),
            "cash": ("Espèces",), "change": ("Rendu", "Monnaie rendue"), "card": ("CARTE BANCAIRE", "CB"),
            "items": ("Total articles",), "thanks": ("Merci de votre visite",),
        },
        rate=Decimal(20), currency="EUR", sign="€", dates=("%d/%m/%Y", "%d/%m/%y"),
    ),
    Till(
        language="nl", names=("Bakkerij De Molen B.V.", "Buurtwinkel Van Dam"), street="Kerkstraat 8, 8011 CV Zwolle",
        goods=("Havermelk", "Roggebrood", "Appels 1kg", "Thee", "Zeep"),
        words={
            "title": ("Kassabon",), "date": ("Datum",), "subtotal": ("Subtotaal", "Netto"), "tax": ("BTW 21%",),
            "total": ("Totaal", "Te betalen"), "cash": ("Contant",), "change": ("Wisselgeld", "Terug"),
            "card": ("PIN", "Maestro"), "items": ("Aantal artikelen",), "thanks": ("Bedankt en tot ziens",),
        },
        rate=Decimal(21), currency="EUR", sign="€", dates=("%d-%m-%Y",),
    ),
    Till(
        language="es", names=("Ultramarinos Peña S.L.", "Librería Sol S.A."), street="Calle Mayor 21, 28013 Madrid",
        goods=("Leche de avena", "Pan de centeno", "Manzanas 1kg", "Té negro", "Jabón"),
        words={
            "title": ("Ticket", "FACTURA SIMPLIFICADA"), "date": ("Fecha",), "subtotal": ("Base imponible", "Subtotal"),
            "tax": ("IVA 21%", "Cuota IVA 21%"), "total": ("TOTAL", "Total a pagar", "Importe total"),
            "cash": ("Efectivo", "Entregado"), "change": ("Cambio",), "card": ("Tarjeta",), "items": ("Artículos",),
            "thanks": ("Gracias por su visita",),
        },
        rate=Decimal(21), currency="EUR", sign="€", dates=("%d/%m/%Y",),
    ),
    Till(
        language="it", names=("Alimentari Conti S.r.l.", "Ferramenta Rossi"), street="Via Garibaldi 9, 37121 Verona",
        goods=("Latte d'avena", "Pane di segale", "Mele 1kg", "Tè nero", "Sapone"),
        words={
            "title": ("SCONTRINO", "Documento commerciale"), "date": ("Data",), "subtotal": ("Imponibile", "Subtotale"),
            "tax": ("IVA 22%", "di cui IVA 22%"), "total": ("TOTALE", "TOTALE COMPLESSIVO", "Totale EURO"),
            "cash": ("Contanti", "Pagamento contante"), "change": ("Resto",), "card": ("Bancomat", "Carta"),
            "items": ("Numero pezzi",), "thanks": ("Grazie e arrivederci",),
        },
        rate=Decimal(22), currency="EUR", sign="€", dates=("%d/%m/%Y", "%d-%m-%Y"),
    ),
    Till(
        language="pt", names=("Mercearia Lisboa Lda", "Papelaria Douro Lda"), street="Rua Augusta 12, 1100-053 Lisboa",
        goods=("Leite de aveia", "Pão de centeio", "Maçãs 1kg", "Chá preto", "Sabão"),
        words={
            "title": ("Talão", "Fatura simplificada"), "date": ("Data",), "subtotal": ("Subtotal", "Base"),
            "tax": ("IVA 23%",), "total": ("TOTAL", "Total a pagar", "Valor total"), "cash": ("Numerário", "Dinheiro"),
            "change": ("Troco",), "card": ("Multibanco", "Cartão"), "items": ("Artigos",),
            "thanks": ("Obrigado pela visita",),
        },
        rate=Decimal(23), currency="EUR", sign="€", dates=("%d/%m/%Y", "%d-%m-%Y"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a till printed. Prices contain the tax; `given` is cash, None where a card was used."""

    till: Till
    seed: int
    name: str
    day: date
    items: tuple[tuple[str, Decimal], ...]
    given: Decimal | None

    @property
    def total(self) -> Decimal:
        """What was to be paid."""
        return sum((price for _, price in self.items), Decimal(0))

    @property
    def net(self) -> Decimal:
        """The total without its tax."""
        return cents(self.total / (1 + self.till.rate / 100))

    @property
    def signed(self) -> bool:
        """Whether the currency is printed beside the total."""
        return pick(self.seed, "sign", (True, False))

    def expected(self) -> Expected:
        """What a perfect reader finds."""
        fields: Expected = {
            "doc_type": "receipt",
            "vendor_name": self.name,
            "issue_date": self.day.isoformat(),
            "tax_total": money(self.total - self.net),
            "total": money(self.total),
        }
        return fields | {"currency": self.till.currency} if self.signed else fields


def fictional_receipt(seed: int, *, today: date) -> Receipt:
    """A receipt of the 60 days up to `today`."""
    till = TILLS[number(seed, "till", low=0, high=len(TILLS) - 1)]
    count = number(seed, "items", low=1, high=7)
    items = tuple(
        (pick(seed, f"good {index}", till.goods), Decimal(number(seed, f"price {index}", low=89, high=4_999)) / 100)
        for index in range(count)
    )
    total = sum((price for _, price in items), Decimal(0))
    cash = number(seed, "cash", low=0, high=1) == 1
    return Receipt(
        till=till,
        seed=seed,
        name=pick(seed, "name", till.names),
        day=today - timedelta(days=number(seed, "age", low=0, high=60)),
        items=items,
        given=(total // 10 + 1) * 10 if cash else None,
    )


def receipt_pdf(receipt: Receipt) -> bytes:
    """The slip as a PDF with a text layer."""
    till, seed = receipt.till, receipt.seed
    typeface = pick(seed, "typeface", (MONO, SANS))
    sheet = Sheet(typeface=typeface, title=receipt.name, width=WIDTH, height=250 + STEP * len(receipt.items))
    middle = WIDTH / 2
    sheet.text(middle, 26, receipt.name, Style(size=pick(seed, "size", (10, 13)), bold=True, align="centre"))
    sheet.text(middle, 40, till.street, Style(size=7.5, align="centre"))
    sheet.text(middle, 52, f"Tel. 0{digits(seed, 'phone', count=9)}", Style(size=7.5, align="centre"))
    sheet.text(middle, 68, _word(receipt, "title"), Style(size=9, bold=True, align="centre"))
    day = f"{receipt.day:{pick(seed, 'dates', till.dates)}}"
    sheet.text(LEFT, 84, f"{_word(receipt, 'date')} {day}  {number(seed, 'hour', low=8, high=20):02}:17", Style(size=8))
    sheet.text(RIGHT, 84, f"#{digits(seed, 'number', count=5)}", Style(size=8, align="right"))
    y = 100.0
    for name, price in receipt.items:
        y = _row(sheet, name, _amount(receipt, price), y)
    sheet.rule(LEFT, y - 7, to=RIGHT)
    return _closing(sheet, receipt, y + 4)


def _closing(sheet: Sheet, receipt: Receipt, y: float) -> bytes:
    total = _amount(receipt, receipt.total, signed=True)
    summed = [("subtotal", _amount(receipt, receipt.net)), ("tax", _amount(receipt, receipt.total - receipt.net))]
    rows: list[tuple[str, str]] = [(_word(receipt, "items"), str(len(receipt.items)))]
    rows += [(_word(receipt, "subtotal"), summed[0][1]), (_word(receipt, "tax"), summed[1][1])]
    rows.append((_word(receipt, "total"), total))
    if receipt.given is None:
        rows.append((_word(receipt, "card"), total))
    else:
        rows.append((_word(receipt, "cash"), _amount(receipt, receipt.given)))
        rows.append((_word(receipt, "change"), _amount(receipt, receipt.given - receipt.total)))
    for label, value in rows:
        y = _row(sheet, label, value, y, strong=value == total)
    sheet.text(WIDTH / 2, y + 14, _word(receipt, "thanks"), Style(size=8, align="centre"))
    return sheet.finish()


def _row(sheet: Sheet, label: str, value: str, y: float, *, strong: bool = False) -> float:
    style = Style(size=9 if strong else 8, bold=strong)
    sheet.text(LEFT, y, label, style)
    sheet.text(RIGHT, y, value, Style(size=style.size, bold=strong, align="right"))
    return y + STEP


def _word(receipt: Receipt, name: TillWord) -> str:
    return pick(receipt.seed, f"till {name}", receipt.till.words[name])


def _amount(receipt: Receipt, value: Decimal, *, signed: bool = False) -> str:
    text = f"{value:.2f}".replace(".", receipt.till.decimal)
    return f"{receipt.till.sign} {text}" if signed and receipt.signed else text
