"""Pages to look at: as large as boxes say, drawn in a process of their own, and refused by name."""

from __future__ import annotations

import io
from datetime import date

import pytest
from PIL import Image

from tools.document.errors import DamagedPicture, DocumentRefused, NoSuchPage, TruncatedPdf
from tools.document.isolation import page_png_isolated, page_sizes_isolated
from tools.document.limits import DEFAULT_LIMITS
from tools.document.page_picture import MOST_PIXELS, page_picture, page_sizes
from tools.testing.invoices.samples import make_samples

SAMPLES = {sample.name: sample for sample in make_samples(7, date(2026, 3, 2))}
PDF = SAMPLES["price_variance"].content
XML = SAMPLES["no_order"].content


def photo(size: tuple[int, int], *, orientation: int = 1) -> bytes:
    image, written = Image.new("RGB", size, "white"), io.BytesIO()
    exif = image.getexif()
    exif[0x0112] = orientation
    image.save(written, format="JPEG", exif=exif)
    return written.getvalue()


def shown(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png), formats=("PNG",))


async def test_a_page_of_a_pdf_has_the_shape_that_its_boxes_are_given_in() -> None:
    (size,) = await page_sizes_isolated(PDF, name="a.pdf")
    picture = shown(await page_png_isolated(PDF, 1, name="a.pdf"))
    assert (round(size.width), round(size.height)) == (595, 842)
    assert picture.width / picture.height == pytest.approx(size.width / size.height, abs=0.002)


@pytest.mark.parametrize("page", [0, 2, -1])
def test_a_page_that_is_not_there_is_refused_by_name(page: int) -> None:
    with pytest.raises(NoSuchPage, match="the document has 1"):
        page_picture(PDF, page, name="a.pdf", limits=DEFAULT_LIMITS)


def test_structured_data_has_no_page() -> None:
    assert page_sizes(XML, name="a.xml", limits=DEFAULT_LIMITS) == ()
    with pytest.raises(NoSuchPage):
        page_picture(XML, 1, name="a.xml", limits=DEFAULT_LIMITS)


def test_a_photo_is_shown_upright_and_no_larger_than_is_looked_at() -> None:
    content = photo((3000, 1200), orientation=6)
    (size,) = page_sizes(content, name="a.jpg", limits=DEFAULT_LIMITS)
    picture = shown(page_picture(content, 1, name="a.jpg", limits=DEFAULT_LIMITS).png)
    assert (size.width, size.height) == (1200, 3000)
    assert picture.height > picture.width
    assert picture.width * picture.height <= MOST_PIXELS * 1.01


@pytest.mark.parametrize(
    ("content", "refusal"),
    [(PDF[: len(PDF) // 2], TruncatedPdf), (photo((40, 40))[:200], DamagedPicture), (b"GIF89a", DocumentRefused)],
)
async def test_a_broken_document_is_refused_and_not_shown(content: bytes, refusal: type[DocumentRefused]) -> None:
    with pytest.raises(refusal):
        await page_png_isolated(content, 1, name="broken")
