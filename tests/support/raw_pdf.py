"""PDFs written object by object, for what no library would write."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas

INVOICE = (
    "Northwind Traders Ltd",
    "INVOICE",
    "Invoice number: NT-2026-0815",
    "Invoice date: 25 April 2026",
    "Subtotal: 100.00 EUR",
    "VAT 19 %: 19.00 EUR",
    "Total amount: 119.00 EUR",
)


def stream(content: bytes, entries: str = "", *, packed: bool = False) -> bytes:
    """A stream object; `packed` says that `content` is compressed already."""
    extra = " /Filter /FlateDecode" if packed else ""
    return b"<< /Length %d%s %s >>\nstream\n%s\nendstream" % (len(content), extra.encode(), entries.encode(), content)


def raw_pdf(objects: Sequence[bytes], *, root: int = 1, trailer: str = "") -> bytes:
    """A PDF of `objects`, numbered from 1, with a table that fits."""
    target = io.BytesIO()
    target.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(target.tell())
        target.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    table = target.tell()
    target.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        target.write(b"%010d 00000 n \n" % place)
    target.write(b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (len(objects) + 1, root, trailer.encode()))
    target.write(b"startxref\n%d\n%%%%EOF\n" % table)
    return target.getvalue()


def one_page(content: bytes, *, resources: str = "", media: str = "0 0 595 842", page: str = "") -> list[bytes]:
    """The objects of a document with one page: 1 catalog, 2 tree, 3 page, 4 its content, 5 a font; more may follow."""
    return [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{media}] /Contents 4 0 R {page} "
            f"/Resources << /Font << /F1 5 0 R >> {resources} >> >>"
        ).encode(),
        content,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]


def text_stream(lines: Sequence[str] = INVOICE, *, before: str = "", after: str = "") -> bytes:
    """The content of a page with `lines` below each other, and drawing commands around them."""
    shown = "".join(f"BT /F1 11 Tf 60 {780 - 24 * row} Td ({line}) Tj ET\n" for row, line in enumerate(lines))
    return stream(f"{before}\n{shown}{after}\n".encode())


def invoice_pdf(*, before: str = "", after: str = "", media: str = "0 0 595 842", page: str = "") -> bytes:
    """A printed invoice over 119.00 EUR, with drawing commands around its text."""
    return raw_pdf(one_page(text_stream(before=before, after=after), media=media, page=page))


def at(x: float, y: float, text: str, *, size: float = 11, set_up: str = "") -> str:
    """Drawing commands for `text` at a place; `set_up` comes before it and ends with it."""
    return f"q {set_up} BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET Q\n"


def updated(pdf: bytes, number: int, content: bytes) -> bytes:
    """`pdf` with a revision appended that replaces object `number`."""
    start = pdf.rindex(b"startxref")
    previous = int(pdf[start:].split()[1])
    size = int(pdf[pdf.rindex(b"/Size") :].split()[1])
    place = len(pdf)
    body = b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = place + len(body)
    return (
        pdf
        + body
        + (
            b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
            % (number, place, size, previous, table)
        )
    )


def packed_zeros(size: int) -> bytes:
    """`size` zero bytes, compressed (without a fitting check sum at the end): one piece is packed, and repeated."""
    piece = bytes(1024 * 1024)
    packer = zlib.compressobj(9)
    first = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (size // len(piece) - 1) + packer.flush()


def many_pages(count: int) -> bytes:
    """A PDF of `count` pages that all show the same."""
    kids = " ".join("3 0 R" for _ in range(count))
    objects = one_page(text_stream())
    objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode()
    return raw_pdf(objects)


def drawn(lines: Sequence[str]) -> bytes:
    """A plain PDF of `lines`, as a library writes it."""
    target = io.BytesIO()
    canvas = Canvas(target)
    for row, line in enumerate(lines):
        canvas.drawString(60, 780 - 24 * row, line)
    canvas.save()
    return target.getvalue()
