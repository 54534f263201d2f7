"""Vectors of texts by their letters, for a scripted server: hashed runs of three characters, and no model.

Alike texts have alike vectors, so that what is built on embeddings can be shown without one. They say nothing of how
well a model would do.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tools.llm.embedding import MOST_DIMENSIONS
from tools.testing.model_play import Vectors

RUN = 3


def letter_vector(text: str, *, dimensions: int) -> list[float]:
    """The direction of the text, of length 1; the same for the same text in every process."""
    padded = f" {' '.join(text.casefold().split())} "
    runs = Counter(padded[start : start + RUN] for start in range(max(1, len(padded) - RUN + 1)))
    found = [0.0] * dimensions
    for run, times in runs.items():
        place = int.from_bytes(hashlib.blake2b(run.encode(errors="replace"), digest_size=8).digest(), "big")
        found[place % dimensions] += times
    length = math.hypot(*found)
    return [number / length for number in found]


def embeddings(texts: Sequence[str], *, model: str, play: Vectors) -> dict[str, Any]:
    """The protocol's list of embeddings, with what the play has wrong."""
    vectors = _spoiled([letter_vector(text, dimensions=play.dimensions) for text in texts], play.fault)
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    if play.fault == "twice":
        data[-1]["index"] = 0 if len(data) > 1 else 1
    words = sum(len(text.split()) for text in texts)
    usage = {"usage": {"prompt_tokens": words, "total_tokens": words}} if play.count else {}
    return {"object": "list", "data": data, "model": model, **usage}


def _spoiled(vectors: list[list[float]], fault: str) -> list[list[float]]:
    match fault:
        case "too_few":
            return vectors[:-1]
        case "uneven":
            return [*vectors, vectors[-1]] if len(vectors) == 1 else [*vectors[:-1], vectors[-1][:-1]]
        case "not_a_number":
            return [*vectors[:-1], [math.nan, *vectors[-1][1:]]]
        case "no_direction":
            return [*vectors[:-1], [0.0] * len(vectors[-1])]
        case "too_long":
            return [[0.5] * (MOST_DIMENSIONS + 1)] * len(vectors)
        case _:
            return vectors
