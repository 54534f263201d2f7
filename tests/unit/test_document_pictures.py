"""Pictures become pages of grey pixels; what is damaged or too large is refused by name."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from tools.document.errors import DamagedPicture, NoTextLayer, TooManyPages, TooManyPixels, UnsupportedType
from tools.document.isolation import read_document_isolated
from tools.document.limits import Limits
from tools.document.pictures import pdf_pages, picture_pages
from tools.document.reader import read_document
from tools.document.recognised import Picture, RecognisedPage, moved
from tools.testing.invoices.scans import pdf_of_pictures

LIMITS = Limits()


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def marked(width: int = 60, height: int = 40) -> Image.Image:
    """White, with a black upper left corner."""
    image = Image.new("L", (width, height), 255)
    image.paste(0, (0, 0, width // 2, height // 2))
    return image


def pages_of(content: bytes, limits: Limits = LIMITS) -> list[Picture]:
    return [page.picture for page in picture_pages(content, limits=limits)]


def at(picture: Picture, x: int, y: int) -> int:
    return picture.grey[y * picture.width + x]


@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG"])
def test_each_format_yields_its_pixels(form: str) -> None:
    (page,) = pages_of(encoded(marked(), form))
    assert (page.page, page.width, page.height) == (1, 60, 40)
    assert at(page, 5, 5) < 30
    assert at(page, 50, 30) > 225


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "I;16", "LA", "RGBA"])
def test_every_kind_of_colour_becomes_grey(mode: str) -> None:
    (page,) = pages_of(encoded(marked().convert(mode), "TIFF" if mode in ("CMYK", "I;16") else "PNG"))
    assert at(page, 5, 5) < at(page, 50, 30)


def test_what_is_transparent_is_white_like_paper() -> None:
    (page,) = pages_of(encoded(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG"))
    assert set(page.grey) == {255}


@pytest.mark.parametrize(("orientation", "size"), [(1, (60, 40)), (3, (60, 40)), (6, (40, 60)), (8, (40, 60))])
def test_a_photo_is_turned_as_its_exif_data_says(orientation: int, size: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    (page,) = picture_pages(encoded(marked(), "JPEG", exif=exif), limits=LIMITS)
    assert (page.picture.width, page.picture.height) == size
    corners = {1: (5, 5), 3: (55, 35), 6: (35, 5), 8: (5, 55)}
    assert at(page.picture, *corners[orientation]) < 30
    assert page.unit == 1.0


def test_a_large_photo_is_reduced_and_its_unit_says_by_how_much() -> None:
    (page,) = picture_pages(encoded(Image.new("L", (4000, 3000)), "JPEG"), limits=LIMITS)
    assert page.picture.width * page.picture.height <= 4_010_000
    assert page.unit == pytest.approx(4000 / page.picture.width)


def blank(picture: Picture) -> RecognisedPage:
    return RecognisedPage(words=(), width=picture.width, height=picture.height)


@pytest.mark.parametrize(("mode", "form"), [("RGBA", "PNG"), ("CMYK", "TIFF")])
async def test_the_largest_picture_fits_into_the_memory_of_the_child(mode: str, form: str) -> None:
    content = encoded(Image.new(mode, (LIMITS.max_pixels // 5_000, 5_000)), form, compression="tiff_lzw")
    with pytest.raises(NoTextLayer, match="no text is recognised"):
        await read_document_isolated(content, name="large", recognise=blank)


@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("TIFF", {"compression": "tiff_lzw"})])
def test_a_large_picture_is_turned_as_its_data_says_too(form: str, options: dict[str, object]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (page,) = picture_pages(encoded(Image.new("RGB", (6000, 4000)), form, exif=exif, **options), limits=LIMITS)
    assert page.picture.width < page.picture.height
    assert page.unit == pytest.approx(4000 / page.picture.width)


def test_every_page_of_a_tiff_is_read_up_to_the_limit() -> None:
    content = encoded(marked(), "TIFF", save_all=True, append_images=[marked(30, 20), marked()])
    assert [(page.page, page.width) for page in pages_of(content)] == [(1, 60), (2, 30), (3, 60)]
    assert len(pages_of(content, replace(LIMITS, max_scanned_pages=3))) == 3
    with pytest.raises(TooManyPages):
        pages_of(content, replace(LIMITS, max_scanned_pages=2))


def test_pixels_are_allowed_up_to_the_limit() -> None:
    content = encoded(marked(), "PNG")
    assert pages_of(content, replace(LIMITS, max_pixels=2400))
    with pytest.raises(TooManyPixels):
        pages_of(content, replace(LIMITS, max_pixels=2399))


def test_a_picture_that_swells_when_it_is_opened_is_refused_before() -> None:
    content = encoded(Image.new("1", (10_000, 7_000)), "PNG")
    assert len(content) < 200_000
    with pytest.raises(TooManyPixels):
        pages_of(content)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_picture_that_was_cut_off_is_refused(form: str, share: float) -> None:
    noise = Image.effect_noise((200, 200), 60)
    content = encoded(noise, form)
    with pytest.raises(DamagedPicture, match="send it again"):
        pages_of(content[: int(len(content) * share)])


@pytest.mark.parametrize("content", [b"GIF89a....", b"BM......", b"RIFF....WEBPVP8 "])
def test_other_pictures_are_no_documents(content: bytes) -> None:
    with pytest.raises(UnsupportedType, match="JPEG, PNG or TIFF"):
        read_document(content, name="picture")


def test_a_pdf_of_pictures_is_rendered_page_by_page_in_points() -> None:
    content = pdf_of_pictures([marked(850, 1100), marked(850, 1100)], dpi=100)
    pages = list(pdf_pages(content, limits=LIMITS))
    assert [page.picture.page for page in pages] == [1, 2]
    assert pages[0].unit * pages[0].picture.width == pytest.approx(612)
    with pytest.raises(TooManyPages):
        list(pdf_pages(content, limits=replace(LIMITS, max_scanned_pages=1)))


def test_a_scan_on_which_nothing_is_recognised_is_refused() -> None:
    for content in (encoded(marked(), "PNG"), pdf_of_pictures([marked()], dpi=100)):
        with pytest.raises(NoTextLayer, match="no text is recognised"):
            read_document(content, name="scan", recognise=blank)


def test_a_box_is_led_to_where_it_stands_on_the_picture() -> None:
    assert moved((1, 2, 3, 5), (1, 0, 10, 0, 1, 20)) == (11, 22, 13, 25)
    assert moved((1, 2, 3, 5), (0, -1, 100, 1, 0, 0)) == (95, 1, 98, 3)
