"""Effects of trainings: known answers, simulated truth, speed.

    python -m benchmarks.effects [--quick] [--json FILE]

Each part is a module `benchmarks._effects_NAME` with a function ``rows(size)``; what is there is
run. The outside data of the known answers may be absent: those rows are then left out.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys

from benchmarks._rows import Row, parser_for, show

PARTS = ("known", "recovery", "speed")


def main(arguments: list[str] | None = None) -> int:
    """Run every part and print its rows; return the exit code."""
    given = parser_for(__doc__).parse_args(arguments)
    made: list[Row] = []
    for part in PARTS:
        name = f"benchmarks._effects_{part}"
        if importlib.util.find_spec(name):
            made += importlib.import_module(name).rows(given.size)
    show("Effects", made, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
