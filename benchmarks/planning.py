"""Plans of officers and cohorts beside peers on the same instances.

    python -m benchmarks.planning [--quick] [--json FILE]

Peers: greedy, HiGHS, and CP-SAT (of the package ortools) where it is installed; it is no
dependency.
"""

from __future__ import annotations

import sys

from benchmarks import _planning_cohort
from benchmarks._planning_officer import officer_rows
from benchmarks._rows import parser_for, show


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    given = parser_for(__doc__).parse_args(arguments)
    show("Plans", officer_rows(given.size) + _planning_cohort.rows(given.size), given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
