"""`python -m evals SUITE [--data DIR] [--json]`: run a suite; exit 0 when every gate passed, else 1."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from evals.dataset import DatasetError
from evals.suites import SUITES, suite_named


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite the arguments name; 2 where its data cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    parser.add_argument("suite", choices=sorted(SUITES))
    parser.add_argument("--data", type=Path, help="folder with the data set, where the suite needs one")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args(arguments)
    try:
        report = suite_named(options.suite)(options.data)
    except DatasetError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(report.model_dump_json() + "\n" if options.json else report.text())
    return 0 if report.passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
