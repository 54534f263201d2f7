"""Sample documents as files."""

from __future__ import annotations

from pathlib import Path

from tools.clock import utc_now
from tools.testing.invoices.samples import make_samples

SAMPLES = {sample.file_name: sample for sample in make_samples(11, utc_now().date())}


def written(folder: Path, name: str) -> str:
    """The sample as a file."""
    file = folder / name
    file.write_bytes(SAMPLES[name].content)
    return str(file)
