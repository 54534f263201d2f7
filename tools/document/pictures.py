"""The pages of a scan or photo as grey pixels: pictures decoded, PDF pages without text rendered."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pypdfium2
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from tools.document.errors import DamagedPdf, DamagedPicture, TooManyPages, TooManyPixels
from tools.document.limits import Limits
from tools.document.pdf_text import open_pdf
from tools.document.recognised import Picture

FORMATS: Final = ("JPEG", "PNG", "TIFF")
_READ_PIXELS: Final = 4_000_000
"""A page of A4 at 200 dpi has 3.9 million pixels; larger pictures are reduced to this."""
_PDF_DPI: Final = 200
_POINTS_PER_INCH: Final = 72
_ORIENTATION: Final = 0x0112
_REDUCED_AS_THEY_ARE: Final = ("L", "LA", "RGB", "RGBA", "CMYK")
_SIDEWAYS: Final = (5, 6, 7, 8)
"""Values of the EXIF orientation under which a picture is shown with width and height exchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePicture:
    """A page to be recognised. `unit` is how many units of the shown page one pixel is: points of a PDF's
    page, pixels of the picture as it is shown (turned as its EXIF data says).
    """

    picture: Picture
    unit: float


def picture_pages(content: bytes, *, limits: Limits) -> Iterator[PagePicture]:
    """The pages of a JPEG, PNG or TIFF. Raises `DamagedPicture`, `TooManyPixels` or `TooManyPages`."""
    with warnings.catch_warnings():
        # The limit on pixels is checked here; odd metadata of a photo is no news to anyone.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                for number, frame in enumerate(ImageSequence.Iterator(opened), start=1):
                    _within(number, frame.width * frame.height, limits)
                    yield _page(frame, number)
        except Image.DecompressionBombError:
            raise TooManyPixels(f"the picture has more than {limits.max_pixels} pixels") from None
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError) as error:
            raise DamagedPicture(f"the picture cannot be decoded: {error}; send it again") from None


def pdf_pages(content: bytes, *, limits: Limits, only: Sequence[int] | None = None) -> Iterator[PagePicture]:
    """The pages of a PDF, or those that `only` numbers, rendered at 200 dpi, large ones coarser.

    Raises what `open_pdf` raises, and `TooManyPages`.
    """
    document = open_pdf(content, limits=limits)
    try:
        numbers = range(1, len(document) + 1) if only is None else only
        _within(len(numbers), 0, limits)
        for number in numbers:
            yield _rendered(document, number - 1)
    except pypdfium2.PdfiumError as error:
        raise DamagedPdf(f"the PDF cannot be rendered: {error}") from None
    finally:
        document.close()


def _within(pages: int, pixels: int, limits: Limits) -> None:
    if pages > limits.max_scanned_pages:
        raise TooManyPages(f"the scan has more than {limits.max_scanned_pages} pages; send it in parts")
    if pixels > limits.max_pixels:
        raise TooManyPixels(f"page {pages} has {pixels} pixels; at most {limits.max_pixels} are read")


def _page(frame: Image.Image, number: int) -> PagePicture:
    full_width, full_height = frame.size
    factor = _factor(full_width, full_height)
    # Tells a JPEG decoder to decode no more than is needed.
    frame.draft("L", (math.ceil(full_width * factor), math.ceil(full_height * factor)))
    # A TIFF is turned as it is loaded, and then says so no longer.
    frame.load()
    sideways = frame.getexif().get(_ORIENTATION, 1) in _SIDEWAYS
    shown = _on_white(ImageOps.exif_transpose(_reduced(frame)))
    factor = _factor(shown.width, shown.height)
    if factor < 1.0:
        size = (max(round(shown.width * factor), 1), max(round(shown.height * factor), 1))
        shown = shown.resize(size, Image.Resampling.BOX)
    picture = Picture(page=number, width=shown.width, height=shown.height, grey=shown.tobytes())
    return PagePicture(picture=picture, unit=(full_height if sideways else full_width) / shown.width)


def _reduced(frame: Image.Image) -> Image.Image:
    """`frame` at nearly the size that is read: no copy of all its pixels in colour, for which there is no memory."""
    times = int(1 / _factor(*frame.size))
    if times < 2 or frame.mode not in _REDUCED_AS_THEY_ARE:
        return frame
    small = frame.reduce(times)
    small.getexif()[_ORIENTATION] = frame.getexif().get(_ORIENTATION, 1)
    return small


def _factor(width: int, height: int) -> float:
    return min(1.0, math.sqrt(_READ_PIXELS / max(width * height, 1)))


def _on_white(image: Image.Image) -> Image.Image:
    """The picture in grey; what is transparent is white, as it is on paper."""
    if not image.has_transparency_data:
        return image.convert("L")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image.convert("RGBA"))
    return paper.convert("L")


def _rendered(document: pypdfium2.PdfDocument, index: int) -> PagePicture:
    page = document[index]
    try:
        width, height = page.get_size()
        scale = _PDF_DPI / _POINTS_PER_INCH
        scale *= _factor(math.ceil(width * scale), math.ceil(height * scale))
        bitmap = page.render(scale=scale, grayscale=True)  # pyright: ignore[reportArgumentType] (it takes fractions)
        try:
            shown = bitmap.to_pil().convert("L")
            picture = Picture(page=index + 1, width=shown.width, height=shown.height, grey=shown.tobytes())
        finally:
            bitmap.close()
        return PagePicture(picture=picture, unit=width / shown.width)
    finally:
        page.close()
