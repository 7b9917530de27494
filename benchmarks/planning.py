"""Plans beside greedy, HiGHS and CP-SAT on the same drawn officers.

    python -m benchmarks.planning --quick

CP-SAT (of the package ortools) is used where it is installed; it is no dependency.
"""

from __future__ import annotations

import sys

from benchmarks._planning_officer import officer_rows
from benchmarks._rows import parser_for, show


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the rows; return the exit code."""
    given = parser_for(__doc__).parse_args(arguments)
    show("Planning", officer_rows(quick=given.quick), given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
