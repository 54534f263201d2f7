"""`python -m tools.testing.invoices --out DIR`: write fictional documents, with their truth if asked."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tools.testing.invoices.collection import DEFAULT_DAY, make_collection


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the documents; with `--truth` also `truth.json` in the form of the document evals."""
    parser = argparse.ArgumentParser(prog="python -m tools.testing.invoices", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to; made if needed")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other documents")
    parser.add_argument("--count", type=int, default=40, help="how many documents")
    parser.add_argument("--date", type=date.fromisoformat, default=DEFAULT_DAY, help="the day they are made")
    parser.add_argument("--truth", action="store_true", help="also write truth.json")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    records: list[dict[str, object]] = []
    for item in make_collection(options.seed, today=options.date, count=options.count):
        (options.out / item.file_name).write_bytes(item.content)
        records.append(item.record())
    if options.truth:
        index = {"schema": "idp-eval-1", "set": f"generated-{options.seed}", "documents": records}
        text = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
        (options.out / "truth.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
