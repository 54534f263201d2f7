"""The pages of a document as a person sees them: pictures to be shown beside what was read from them."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from typing import Annotated, Final

import pypdfium2
from PIL import Image, ImageOps, UnidentifiedImageError
from pydantic import BaseModel, ConfigDict, Field

from tools.document.errors import DamagedPdf, DamagedPicture, NoSuchPage, TooManyPixels
from tools.document.limits import Limits
from tools.document.media_type import PDF, XML, media_type_of
from tools.document.pdf_text import open_pdf
from tools.document.pictures import FORMATS

DPI: Final = 110
"""A page of A4 is 909 × 1286 pixels: print is legible, and the picture is small enough to turn pages quickly."""
MOST_PIXELS: Final = 2_500_000
_POINTS_PER_INCH: Final = 72
_ORIENTATION: Final = 0x0112
_SIDEWAYS: Final = (5, 6, 7, 8)
"""Values of the EXIF orientation under which a picture is shown with width and height exchanged."""
_UNREADABLE: Final = (
    Image.DecompressionBombError,
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    TypeError,
)


class PageSize(BaseModel):
    """A page and its size, in the units in which boxes on it are given: points of a PDF, pixels of a picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: Annotated[int, Field(ge=1)]
    width: Annotated[float, Field(gt=0)]
    height: Annotated[float, Field(gt=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePicture:
    """The picture of a page, as a PNG."""

    png: bytes


def page_sizes(content: bytes, *, name: str, limits: Limits) -> tuple[PageSize, ...]:
    """The pages of a PDF or picture; none of structured data. Raises `DocumentRefused`."""
    match media_type_of(content, name=name, limits=limits):
        case media if media == XML:
            return ()
        case media if media == PDF:
            return _pdf_sizes(content, limits)
        case _:
            return _picture_sizes(content, limits)


def page_picture(content: bytes, number: int, *, name: str, limits: Limits) -> PagePicture:
    """Page `number`, from 1, as it is shown. Raises `NoSuchPage` and what else `DocumentRefused` covers."""
    match media_type_of(content, name=name, limits=limits):
        case media if media == XML:
            raise NoSuchPage(f"{name!r} is structured data: there is no page to look at")
        case media if media == PDF:
            shown = _drawn(content, number, limits)
        case _:
            shown = _decoded(content, number, limits)
    written = io.BytesIO()
    shown.save(written, format="PNG", optimize=False, compress_level=6)
    return PagePicture(png=written.getvalue())


def _pdf_sizes(content: bytes, limits: Limits) -> tuple[PageSize, ...]:
    document = open_pdf(content, limits=limits)
    try:
        sizes = [document.get_page_size(index) for index in range(len(document))]
    except pypdfium2.PdfiumError as error:
        raise DamagedPdf(f"the PDF cannot be opened: {error}") from None
    finally:
        document.close()
    return tuple(PageSize(page=page, width=width, height=height) for page, (width, height) in enumerate(sizes, start=1))


def _drawn(content: bytes, number: int, limits: Limits) -> Image.Image:
    document = open_pdf(content, limits=limits)
    try:
        if not 1 <= number <= len(document):
            raise NoSuchPage(f"there is no page {number}: the document has {len(document)}")
        page = document[number - 1]
        width, height = page.get_size()
        scale = DPI / _POINTS_PER_INCH
        scale *= _factor(math.ceil(width * scale), math.ceil(height * scale))
        bitmap = page.render(scale=scale)  # pyright: ignore[reportArgumentType] (it takes fractions)
        shown: Image.Image = bitmap.to_pil().convert("RGB")
        bitmap.close()
        page.close()
        return shown
    except pypdfium2.PdfiumError as error:
        raise DamagedPdf(f"the PDF cannot be rendered: {error}") from None
    finally:
        document.close()


def _picture_sizes(content: bytes, limits: Limits) -> tuple[PageSize, ...]:
    with warnings.catch_warnings():
        # The limit on pixels is checked here; odd metadata of a photo is no news to anyone.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                sizes: list[PageSize] = []
                for page in range(1, getattr(opened, "n_frames", 1) + 1):
                    opened.seek(page - 1)
                    sideways = opened.getexif().get(_ORIENTATION, 1) in _SIDEWAYS
                    width, height = (opened.height, opened.width) if sideways else opened.size
                    sizes.append(PageSize(page=page, width=width, height=height))
                    if page >= limits.max_scanned_pages:
                        break
                return tuple(sizes)
        except (
            Image.DecompressionBombError,
            UnidentifiedImageError,
            OSError,
            ValueError,
            SyntaxError,
            EOFError,
        ) as error:
            raise DamagedPicture(f"the picture cannot be decoded: {type(error).__name__}; send it again") from None


def _decoded(content: bytes, number: int, limits: Limits) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                if not 1 <= number <= getattr(opened, "n_frames", 1):
                    raise NoSuchPage(f"there is no page {number}: the picture has {getattr(opened, 'n_frames', 1)}")
                opened.seek(number - 1)
                if opened.width * opened.height > limits.max_pixels:
                    raise TooManyPixels(f"the picture has more than {limits.max_pixels} pixels")
                factor = _factor(opened.width, opened.height)
                opened.draft("RGB", (math.ceil(opened.width * factor), math.ceil(opened.height * factor)))
                shown = ImageOps.exif_transpose(opened).convert("RGB")
        except _UNREADABLE as error:
            raise DamagedPicture(f"the picture cannot be decoded: {type(error).__name__}; send it again") from None
    shown.thumbnail(_within(shown.width, shown.height), Image.Resampling.BOX)
    return shown


def _factor(width: int, height: int) -> float:
    return min(1.0, math.sqrt(MOST_PIXELS / max(width * height, 1)))


def _within(width: int, height: int) -> tuple[int, int]:
    factor = _factor(width, height)
    return max(round(width * factor), 1), max(round(height * factor), 1)
