"""Line items of printed pages, in the shapes tables come in."""

from __future__ import annotations

import pytest

from tools.document.layout import lay_out
from tools.document.pdf_text import Word
from tools.document.tables import read_lines, sum_of_lines

Row = tuple[tuple[float, str], ...]
Read = tuple[str, str | None, str | None, str | None]

ONE_ITEM: Read = ("Ball valve", "2", "38.4", "76.80")


def words(rows: tuple[Row, ...]) -> list[Word]:
    """Every letter 5 wide and 10 high, rows 14 apart, one blank between words."""
    placed: list[Word] = []
    for number, row in enumerate(rows):
        for x, text in row:
            at = x
            for token in text.split():
                end = at + 5 * len(token)
                placed.append(Word(text=token, page=1, x0=at, y0=14.0 * number, x1=end, y1=14.0 * number + 10))
                at = end + 5
    return placed


def lines(*rows: Row, net_total: str | None = None) -> list[Read]:
    read = read_lines(lay_out(words(rows)), net_total)
    return [(line.description, line.quantity, line.unit_price, line.amount) for line in read]


@pytest.mark.parametrize(
    "header",
    [
        ("Description", "Quantity", "Unit price", "Amount"),
        ("Bezeichnung", "Menge", "Einzelpreis", "Gesamtpreis"),
        ("Désignation", "Quantité", "Prix unitaire", "Montant"),
        ("Omschrijving", "Hoeveelheid", "Stukprijs", "Totaal"),
        ("Descripción", "Cantidad", "Precio", "Importe"),
        ("Descrizione", "Quantità", "Prezzo", "Importo"),
    ],
)
def test_columns_are_known_in_six_languages(header: tuple[str, str, str, str]) -> None:
    columns = (0.0, 150.0, 230.0, 330.0)
    item = ((0.0, "Ball valve"), (150.0, "2 pcs"), (230.0, "38.40"), (330.0, "76.80"))
    assert lines(tuple(zip(columns, header, strict=True)), item) == [ONE_ITEM]


def test_a_number_column_called_item_is_no_description() -> None:
    header = ((0.0, "Item"), (50.0, "Item description"), (200.0, "Quantity"), (280.0, "Price"), (340.0, "Total"))
    item = ((0.0, "1"), (50.0, "Ball valve"), (200.0, "2"), (280.0, "38.40"), (340.0, "76.80"))
    assert lines(header, item) == [ONE_ITEM]


def test_amount_left_of_the_last_amount_column_counts_pieces() -> None:
    header = ((0.0, "Amount"), (80.0, "Product"), (200.0, "Price"), (280.0, "Total"))
    item = ((0.0, "2.00"), (80.0, "Ball valve"), (200.0, "38.40"), (280.0, "76.80"))
    assert lines(header, item) == [ONE_ITEM]


def test_two_column_names_that_stand_close_together_are_two_columns() -> None:
    header = ((0.0, "Qty Description"), (200.0, "Price"), (280.0, "Amount"))
    item = ((0.0, "2"), (20.0, "Ball valve"), (200.0, "38.40"), (280.0, "76.80"))
    assert lines(header, item) == [ONE_ITEM]


def test_a_description_goes_on_in_the_next_row() -> None:
    header = ((0.0, "Description"), (150.0, "Qty"), (230.0, "Price"), (330.0, "Amount"))
    item = ((0.0, "Ball"), (150.0, "2"), (230.0, "38.40"), (330.0, "76.80"))
    assert lines(header, item, ((0.0, "valve"),)) == [ONE_ITEM]


def test_a_receipt_without_columns_multiplies_in_words() -> None:
    assert lines(((0.0, "Ball valve"),), ((0.0, "2 pcs x 38.40"), (250.0, "76.80"))) == [ONE_ITEM]


def test_rows_after_the_lines_that_make_up_the_net_total_are_no_lines() -> None:
    header = ((0.0, "Description"), (150.0, "Qty"), (230.0, "Price"), (330.0, "Amount"))
    item = ((0.0, "Ball valve"), (150.0, "2"), (230.0, "38.40"), (330.0, "76.80"))
    discount = ((0.0, "For your records"), (150.0, "1"), (230.0, "9.00"), (330.0, "9.00"))
    assert lines(header, item, discount, net_total="76.80") == [ONE_ITEM]
    assert len(lines(header, item, discount, net_total="85.80")) == 2


def test_totals_end_the_table() -> None:
    header = ((0.0, "Description"), (150.0, "Qty"), (230.0, "Price"), (330.0, "Amount"))
    item = ((0.0, "Ball valve"), (150.0, "2"), (230.0, "38.40"), (330.0, "76.80"))
    assert lines(header, item, ((0.0, "Subtotal"), (330.0, "76.80"))) == [ONE_ITEM]


def test_a_line_whose_numbers_multiply_is_surer_than_one_whose_do_not() -> None:
    header = ((0.0, "Description"), (150.0, "Qty"), (230.0, "Price"), (330.0, "Amount"))
    sound = ((0.0, "Ball valve"), (150.0, "2"), (230.0, "38.40"), (330.0, "76.80"))
    odd = ((0.0, "Pump"), (150.0, "2"), (230.0, "38.40"), (330.0, "70.00"))
    first, second = read_lines(lay_out(words((header, sound, odd))))
    assert first.confidence > second.confidence


def test_lines_without_an_amount_have_no_sum() -> None:
    header = ((0.0, "Description"), (150.0, "Qty"), (230.0, "Price"), (330.0, "Amount"))
    sound = ((0.0, "Ball valve"), (150.0, "2"), (230.0, "38.40"), (330.0, "76.80"))
    (line,) = read_lines(lay_out(words((header, sound))))
    assert str(sum_of_lines([line, line])) == "153.60"
    assert sum_of_lines([line, line.model_copy(update={"amount": None})]) is None


def test_text_without_a_table_has_no_lines() -> None:
    assert lines(((0.0, "Dear customer, thank you for your order of 2 valves."),)) == []
