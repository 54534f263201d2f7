"""Habits of documents in general: languages, labels over values, columns set close, senders and salutations."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tools.document.anchored_fields import read_fields
from tools.document.dates import printed_dates
from tools.document.language import language_of
from tools.document.layout import Layout, lay_out
from tools.document.pdf_text import Word
from tools.document.tables import read_lines

Text = tuple[float, float, str]
POLISH: tuple[Text, ...] = (
    (60, 40, "Zakład Stolarski Żurek Sp. z o.o."),
    (60, 54, "ul. Lipowa 7"),
    (60, 68, "30-702 Kraków"),
    (330, 40, "Faktura VAT"),
    (330, 60, "Numer faktury:"),
    (440, 60, "FV/2026/117"),
    (330, 74, "Data wystawienia:"),
    (440, 74, "3 kwietnia 2026"),
    (330, 88, "Termin płatności:"),
    (440, 88, "17 kwietnia 2026"),
    (60, 120, "Nabywca:"),
    (60, 134, "Biuro Śliwa S.A."),
    (60, 148, "00-950 Warszawa"),
    (60, 200, "Nazwa"),
    (300, 200, "Ilość"),
    (370, 200, "Cena netto"),
    (470, 200, "Wartość netto"),
    (60, 216, "Krzesło biurowe"),
    (300, 216, "4"),
    (370, 216, "250,00"),
    (470, 216, "1 000,00"),
    (330, 260, "Razem netto"),
    (470, 260, "1 000,00 zł"),
    (330, 274, "Kwota VAT"),
    (470, 274, "230,00 zł"),
    (330, 288, "Razem brutto"),
    (470, 288, "1 230,00 zł"),
    (330, 302, "Do zapłaty"),
    (470, 302, "1 230,00 zł"),
)


def layout_of(texts: Sequence[Text]) -> Layout:
    words = []
    for x, y, text in texts:
        for part in text.split():
            words.append(Word(text=part, page=1, x0=x, y0=y, x1=x + 4.8 * len(part), y1=y + 10))
            x += 4.8 * len(part) + 3
    return lay_out(words)


def values(texts: Sequence[Text]) -> dict[str, str]:
    return {name: field.value for name, field in read_fields(layout_of(texts)).fields.items()}


def test_a_polish_invoice_is_read() -> None:
    expected = {
        "doc_type": "invoice",
        "invoice_number": "FV/2026/117",
        "issue_date": "2026-04-03",
        "due_date": "2026-04-17",
        "vendor_name": "Zakład Stolarski Żurek Sp. z o.o",
        "buyer_name": "Biuro Śliwa S.A.",
        "currency": "PLN",
        "net_total": "1000.00",
        "tax_total": "230.00",
        "total": "1230.00",
        "amount_due": "1230.00",
    }
    read = values(POLISH)
    assert {name: read.get(name, "").rstrip(".") for name in expected} == {
        name: value.rstrip(".") for name, value in expected.items()
    }
    (line,) = read_lines(layout_of(POLISH))
    assert (line.description, line.quantity, line.amount) == ("Krzesło biurowe", "4", "1000.00")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("15 września 2026", "2026-09-15"),
        ("1 października 2026", "2026-10-01"),
        ("2 lutego 2026", "2026-02-02"),
        ("9 de março de 2026", "2026-03-09"),
        ("31 de dezembro de 2026", "2026-12-31"),
    ],
)
def test_polish_and_portuguese_months_are_known(text: str, iso: str) -> None:
    assert [found.value.isoformat() for found in printed_dates(text)] == [iso]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Invoice number, date, total amount due", "en"),
        ("Rechnung, Datum, Betrag, Menge", "de"),
        ("Facture, montant, quantité, prix", "fr"),
        ("Fatura, montante, vencimento, preço", "pt"),
        ("Faktura, kwota, sprzedawca, nabywca", "pl"),
        ("4711 0815", None),
        ("IVA data", None),
    ],
)
def test_words_tell_the_language_and_too_few_tell_nothing(text: str, language: str | None) -> None:
    assert language_of(text) == language


STACKED: tuple[Text, ...] = (
    (60, 40, "Invoice 4711 of 2026-04-03"),
    (60, 300, "Net total"),
    (230, 300, "VAT 20% on 1,000.00"),
    (400, 300, "Total"),
    (60, 314, "1,000.00"),
    (230, 314, "200.00"),
    (400, 314, "1,200.00"),
)


def test_labels_may_stand_over_their_amounts() -> None:
    read = values(STACKED)
    assert (read["net_total"], read["tax_total"], read["total"]) == ("1000.00", "200.00", "1200.00")


def test_labels_and_amounts_may_take_turns_in_one_row() -> None:
    row = ((60, 300, "Net total"), (140, 300, "1,000.00"), (230, 300, "VAT 20%"), (300, 300, "200.00"))
    read = values((STACKED[0], *row, (400, 300, "Total"), (450, 300, "1,200.00")))
    assert (read["net_total"], read["tax_total"], read["total"]) == ("1000.00", "200.00", "1200.00")


PRICES: tuple[Text, ...] = ((390, 200, "Unit price"), (470, 200, "Amount"), (390, 216, "10.00"), (470, 216, "70.00"))
POSITION_BESIDE: tuple[Text, ...] = (
    (60, 200, "Nr. Beschreibung"),
    (320, 200, "Menge"),
    (60, 216, "1"),
    (78, 216, "Stuhl"),
    (320, 216, "7"),
)
UNIT_BETWEEN: tuple[Text, ...] = (
    (60, 200, "Nr."),
    (96, 200, "Quantity Unit Description"),
    (60, 216, "1"),
    (120, 216, "7"),
    (138, 216, "pcs"),
    (180, 216, "Stuhl"),
)


@pytest.mark.parametrize("table", [POSITION_BESIDE, UNIT_BETWEEN])
def test_headings_set_close_together_are_columns_of_their_own(table: tuple[Text, ...]) -> None:
    (line,) = read_lines(layout_of((*table, *PRICES)))
    assert (line.description, line.quantity, line.unit_price, line.amount) == ("Stuhl", "7", "10", "70.00")


def test_the_name_of_a_field_is_no_firm() -> None:
    texts = ((60, 20, "Due date"), (300, 20, "VAT ID"), (60, 34, "Hofer Technik KG"), (60, 60, "Invoice 4711"))
    assert values(texts)["vendor_name"] == "Hofer Technik KG"


def test_a_salutation_is_passed_over() -> None:
    letter = (
        (60, 100, "Muster Werkzeuge GmbH · Hafenweg 3 · 20457 Hamburg"),
        (60, 120, "Firma"),
        (60, 134, "Elektro Bamby"),
        (60, 148, "Ringweg 9"),
        (60, 162, "70565 Stuttgart"),
        (60, 230, "Rechnung Nr. 4711"),
    )
    assert values(letter)["buyer_name"] == "Elektro Bamby"


def test_a_sender_line_whose_dots_were_not_recognised_is_put_together() -> None:
    letter = (
        (60, 100, "Muster Werkzeuge"),
        (152, 100, "Hafenweg 3"),
        (216, 100, "20457 Hamburg"),
        (60, 120, "Elektro Bamby"),
        (60, 148, "70565 Stuttgart"),
        (60, 230, "Rechnung Nr. 4711"),
    )
    assert values(letter)["vendor_name"] == "Muster Werkzeuge"


def test_a_postcode_and_its_town_are_no_document_number() -> None:
    texts = ((60, 40, "Invoice number"), (60, 54, "4988-867 Porto"), (60, 80, "Invoice of 2026-04-03"))
    assert "invoice_number" not in values(texts)
