"""Text recognition with RapidOCR: the only module that knows it. Runs in the OCR process, never in a worker.

The models (PP-OCRv6 small) lie in the wheel; nothing is fetched. A page is detected once, at about 1.5
megapixels; the angle of its lines tells how it was turned, so that no picture is ever rotated pixel by pixel
but by quarter turns: each line is cut out along its own slant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec import TextRecInput
from rapidocr.utils.process_img import get_rotate_crop_image

from tools.document.recognised import Affine, Picture, RecognisedPage, RecognisedWord

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]

_DETECTED_PIXELS: Final = 1_500_000
_LONG: Final = 3.0
"""A line this many times longer than high shows which way the page's text runs."""
_TALL: Final = 1.5
_VOTERS: Final = 9
_JUDGES: Final = 5
_MAX_SKEW: Final = 20.0
_LEAST_SCORE: Final = 0.4


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text: its corners from the top left clockwise, and what was recognised in it."""

    corners: Points
    text: str
    score: float
    words: Any


class OcrEngine:
    """Recognises pages, one after the other. Loads its models when it is made."""

    def __init__(self, *, threads: int) -> None:
        """`threads` is how many cores one recognition uses."""
        made: Any = RapidOCR(
            params={
                "Global.log_level": "error",
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Det.limit_side_len": 320,
            }
        )
        self._detector: Any = made._load_det_model()  # noqa: SLF001 (its parts have no public names)
        self._classifier: Any = made._load_cls_model()  # noqa: SLF001 (its parts have no public names)
        self._recogniser: Any = made._load_rec_model()  # noqa: SLF001 (its parts have no public names)

    def recognise(self, picture: Picture) -> RecognisedPage:
        """The words of `picture`, set upright."""
        grey = np.frombuffer(picture.grey, dtype=np.uint8).reshape(picture.height, picture.width)
        pixels: Pixels = np.repeat(grey[:, :, np.newaxis], 3, axis=2)
        quads = self._detected(pixels)
        quarters = 0
        if _runs_upwards(quads):
            quarters, pixels = 1, np.ascontiguousarray(np.rot90(pixels, -1))
            quads = self._detected(pixels)
        if self._stands_on_its_head(pixels, quads):
            quarters, pixels = quarters + 2, np.ascontiguousarray(np.rot90(pixels, 2))
            quads = _headed(quads, pixels)
        lines = self._recognised(pixels, [quad for quad in quads if not _is_tall(quad)])
        return _page(lines, picture, quarters, _skew(quads))

    def _detected(self, pixels: Pixels) -> list[Points]:
        """The corners of each line of text, from its top left clockwise."""
        scale = min(1.0, math.sqrt(_DETECTED_PIXELS / (pixels.shape[0] * pixels.shape[1])))
        found = self._detector(pixels if scale == 1.0 else _reduced(pixels, scale))
        if found.boxes is None:
            return []
        return [np.asarray(box, dtype=np.float64) / scale for box in found.boxes]

    def _stands_on_its_head(self, pixels: Pixels, quads: list[Points]) -> bool:
        """Whether the page is upside down: the classifier votes, and where it is not sure, reading decides."""
        widest = sorted((quad for quad in quads if not _is_tall(quad)), key=_width, reverse=True)
        if not widest:
            return False
        crops = [_cut_out(pixels, quad) for quad in widest[:_VOTERS]]
        votes = [label == "180" for label, _ in self._classifier(crops).cls_res]
        if sum(votes) <= len(votes) // 4:
            return False
        judged = crops[:_JUDGES]
        upright = self._recogniser(TextRecInput(img=judged)).scores
        turned = self._recogniser(TextRecInput(img=[np.rot90(crop, 2).copy() for crop in judged])).scores
        return float(sum(turned)) > float(sum(upright))

    def _recognised(self, pixels: Pixels, quads: list[Points]) -> list[_Line]:
        if not quads:
            return []
        crops = [_cut_out(pixels, quad) for quad in quads]
        found = self._recogniser(TextRecInput(img=crops, return_word_box=True))
        read = zip(quads, found.txts, found.scores, found.word_results, strict=True)
        return [_Line(quad, text, float(score), words) for quad, text, score, words in read if score >= _LEAST_SCORE]


def _reduced(pixels: Pixels, scale: float) -> Any:
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _cut_out(pixels: Pixels, quad: Points) -> Pixels:
    crop: Pixels = get_rotate_crop_image(pixels, quad.astype(np.float32))
    return crop


def _width(quad: Points) -> float:
    return float(np.linalg.norm(quad[1] - quad[0]))


def _height(quad: Points) -> float:
    return float(np.linalg.norm(quad[3] - quad[0]))


def _is_tall(quad: Points) -> bool:
    return _height(quad) >= _TALL * _width(quad)


def _runs_upwards(quads: list[Points]) -> bool:
    """Whether most of the text runs along the height of the picture."""
    tall = sum(_height(quad) for quad in quads if _is_tall(quad))
    wide = sum(_width(quad) for quad in quads if _width(quad) >= _TALL * _height(quad))
    return tall > wide


def _headed(quads: list[Points], pixels: Pixels) -> list[Points]:
    """`quads` after half a turn of the page: what was the lower right corner is the upper left one."""
    size = np.array([pixels.shape[1], pixels.shape[0]], dtype=np.float64)
    return [np.roll(size - quad, -2, axis=0) for quad in quads]


def _skew(quads: list[Points]) -> float:
    """By how many degrees the lines fall to the right: the median of the long lines, weighted by their length."""
    angles = []
    for quad in quads:
        if _width(quad) >= _LONG * _height(quad):
            along = (quad[1] - quad[0]) + (quad[2] - quad[3])
            angles.append((math.degrees(math.atan2(along[1], along[0])), _width(quad)))
    angles = sorted(angle for angle in angles if abs(angle[0]) <= _MAX_SKEW)
    half = sum(weight for _, weight in angles) / 2
    for angle, weight in angles:
        half -= weight
        if half <= 0:
            return angle
    return 0.0


def _page(lines: list[_Line], picture: Picture, quarters: int, skew: float) -> RecognisedPage:
    """The page with its words turned upright, and the way back to the picture."""
    width, height = (picture.width, picture.height) if quarters % 2 == 0 else (picture.height, picture.width)
    level = _turning(-skew, (width / 2, height / 2))
    back = _from_quarters(quarters, picture) @ np.linalg.inv(level)
    words = tuple(word for line in lines for word in _words(line, level))
    a, b, c, d, e, f = (float(number) for number in back[:2].ravel())
    way: Affine = (a, b, c, d, e, f)
    return RecognisedPage(
        words=words, width=width, height=height, quarters=quarters, skew=round(skew, 3), to_picture=way
    )


def _turning(degrees: float, about: tuple[float, float]) -> Points:
    """The matrix that turns points clockwise (as seen on the page) by `degrees` about a point."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = about
    return np.array([[cos, -sin, x - cos * x + sin * y], [sin, cos, y - sin * x - cos * y], [0, 0, 1]])


def _from_quarters(quarters: int, picture: Picture) -> Points:
    """The matrix from the picture turned clockwise by `quarters` back to the picture."""
    width, height = picture.width, picture.height
    ways = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, 1, 0], [-1, 0, height]],
        2: [[-1, 0, width], [0, -1, height]],
        3: [[0, -1, width], [1, 0, 0]],
    }
    return np.array([*ways[quarters], [0, 0, 1]], dtype=np.float64)


def _words(line: _Line, level: Points) -> list[RecognisedWord]:
    """The line cut at its blanks. The recogniser looks at a line in columns and says which one shows a letter."""
    info = line.words
    columns = float(info.line_txt_len) or 1.0
    last = len(info.words) - 1
    cut, letters = [], 0
    for at, (word, at_columns) in enumerate(zip(info.words, info.word_cols, strict=True)):
        start = 0.0 if at == 0 else max((at_columns[0] - 0.9) / columns, 0.0)
        end = 1.0 if at == last else min((at_columns[-1] + 1.9) / columns, 1.0)
        scores = info.confs[letters : letters + len(word)]
        letters += len(word)
        box = _upright_box(line.corners, start, max(end, start), level)
        score = min(max(float(sum(scores) / len(scores)) if scores else line.score, 0.0), 1.0)
        cut.append(RecognisedWord(text="".join(word), box=box, score=round(score, 4)))
    return cut


def _upright_box(corners: Points, start: float, end: float, level: Points) -> tuple[float, float, float, float]:
    """The part of a line from `start` to `end` (shares of its length) as an upright box."""
    top_left, top_right, bottom_right, bottom_left = corners
    middle_left, middle_right = (top_left + bottom_left) / 2, (top_right + bottom_right) / 2
    left = _led(middle_left + (middle_right - middle_left) * start, level)
    right = _led(middle_left + (middle_right - middle_left) * end, level)
    half = (_height(corners) + float(np.linalg.norm(corners[2] - corners[1]))) / 4
    middle = (left[1] + right[1]) / 2
    x0, y0, x1, y1 = (round(float(edge), 2) for edge in (left[0], middle - half, right[0], middle + half))
    return (x0, y0, x1, y1)


def _led(point: Points, way: Points) -> Points:
    led: Points = (way @ np.array([point[0], point[1], 1.0]))[:2]
    return led
