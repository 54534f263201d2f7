"""Simulated scans and photos: pages as pictures, turned, slanted, blurred, unevenly lit and compressed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

POINTS_PER_INCH = 72
DESK = 96
"""Grey level of what lies around a photographed receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """How bad a scan is. `quarters` turns clockwise, `slant` is in degrees clockwise, `noise` in grey levels,
    `shade` the share of light lost in the darkest corner, `quality` that of JPEG.
    """

    dpi: int = 150
    quarters: int = 0
    slant: float = 0.7
    blur: float = 0.5
    noise: float = 5.0
    shade: float = 0.12
    quality: int = 60


CLEAN = Scanner(slant=0.0, blur=0.0, noise=0.0, shade=0.0, quality=90)


def scanned_pages(pdf: bytes, scanner: Scanner, *, seed: int) -> list[Image.Image]:
    """The pages of `pdf` as `scanner` sees them. Same arguments, same pixels."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_scanned(_drawn(document, index, scanner.dpi), scanner, seed + index) for index in range(len(document))]
    finally:
        document.close()


def scanned_jpeg(pdf: bytes, scanner: Scanner, *, seed: int) -> bytes:
    """The first page of `pdf` as a JPEG."""
    return _jpeg(scanned_pages(pdf, scanner, seed=seed)[0], scanner.quality)


def scanned_tiff(pdf: bytes, scanner: Scanner, *, seed: int) -> bytes:
    """All pages of `pdf` as one TIFF."""
    first, *others = scanned_pages(pdf, scanner, seed=seed)
    target = io.BytesIO()
    first.save(target, "TIFF", save_all=True, append_images=others, compression="tiff_lzw")
    return target.getvalue()


def scanned_pdf(pdf: bytes, scanner: Scanner, *, seed: int) -> bytes:
    """A PDF that holds the pages of `pdf` as pictures, without text."""
    return pdf_of_pictures(scanned_pages(pdf, scanner, seed=seed), dpi=scanner.dpi)


def pdf_of_pictures(pages: Sequence[Image.Image], *, dpi: int) -> bytes:
    """A PDF with one picture a page."""
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    for page in pages:
        size = (page.width * POINTS_PER_INCH / dpi, page.height * POINTS_PER_INCH / dpi)
        canvas.setPageSize(size)
        canvas.drawImage(ImageReader(page), 0, 0, *size)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def photographed(pdf: bytes, *, seed: int, dpi: int = 200, slant: float = 2.0, orientation: int = 1) -> bytes:
    """The first page of `pdf` photographed on a desk, from a little to one side, as a JPEG.

    `orientation` is how the camera was held, in the numbers of EXIF (1 upright, 6 turned): the pixels lie the
    way the sensor was, and the EXIF data says so.
    """
    document = pypdfium2.PdfDocument(pdf)
    try:
        paper = _drawn(document, 0, dpi)
    finally:
        document.close()
    margin = paper.width // 8
    size = (paper.width + 2 * margin, paper.height + 2 * margin)
    desk = Image.new("L", size, DESK)
    desk.paste(paper, (margin, margin))
    seen = desk.rotate(-slant, resample=Image.Resampling.BICUBIC, fillcolor=DESK)
    seen = seen.transform(
        size, Image.Transform.PERSPECTIVE, _aside(desk.width), Image.Resampling.BICUBIC, fillcolor=DESK
    )
    lit = _worn(np.asarray(seen), Scanner(noise=4.0, shade=0.3), seed)
    picture = Image.fromarray(lit).filter(ImageFilter.GaussianBlur(0.6))
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = {
        1: picture,
        3: picture.rotate(180),
        6: picture.rotate(90, expand=True),
        8: picture.rotate(-90, expand=True),
    }
    return _jpeg(turned[orientation], 70, exif=exif)


def _aside(width: int) -> tuple[float, ...]:
    """The coefficients of a picture taken a little from the left: the far edge is 3 % shorter."""
    return (1.03, 0.0, -0.015 * width, 0.0, 1.0, 0.0, 0.03 / width, 0.0)


def _drawn(document: pypdfium2.PdfDocument, index: int, dpi: int) -> Image.Image:
    page = document[index]
    try:
        bitmap = page.render(scale=dpi / POINTS_PER_INCH, grayscale=True)  # pyright: ignore[reportArgumentType] (it takes fractions)
        drawn: Image.Image = bitmap.to_pil().convert("L")
        return drawn
    finally:
        page.close()


def _scanned(page: Image.Image, scanner: Scanner, seed: int) -> Image.Image:
    slanted = page.rotate(
        -scanner.slant, resample=Image.Resampling.BICUBIC, expand=abs(scanner.slant) > 2, fillcolor=255
    )
    blurred = slanted.filter(ImageFilter.GaussianBlur(scanner.blur)) if scanner.blur else slanted
    worn = Image.fromarray(_worn(np.asarray(blurred), scanner, seed))
    return worn.rotate(-90 * scanner.quarters, expand=True) if scanner.quarters else worn


def _worn(pixels: NDArray[np.uint8], scanner: Scanner, seed: int) -> NDArray[np.uint8]:
    """The pixels with noise and with less light towards the lower right."""
    height, width = pixels.shape
    down, across = np.linspace(0, 0.5, height)[:, np.newaxis], np.linspace(0, 0.5, width)[np.newaxis, :]
    lit = pixels * (1.0 - scanner.shade * (down + across))
    noise = np.random.default_rng(seed).normal(0.0, scanner.noise, pixels.shape) if scanner.noise else 0.0
    return np.clip(lit + noise, 0, 255).astype(np.uint8)


def _jpeg(picture: Image.Image, quality: int, *, exif: Image.Exif | None = None) -> bytes:
    target = io.BytesIO()
    if exif is None:
        picture.save(target, "JPEG", quality=quality)
    else:
        picture.save(target, "JPEG", quality=quality, exif=exif)
    return target.getvalue()
