"""Plans of officers and cohorts beside peers on the same instances.

    python -m benchmarks.planning --quick

Peers: greedy, HiGHS, and CP-SAT (of the package ortools) where it is installed; it is no
dependency.
"""

from __future__ import annotations

from benchmarks import _planning_cohort
from benchmarks._planning_officer import officer_rows
from benchmarks._rows import parser_for, show


def main() -> None:
    """Print the rows."""
    arguments = parser_for(__doc__).parse_args()
    quick = arguments.quick
    show("Plans", officer_rows(quick=quick) + _planning_cohort.rows(quick=quick), arguments.json)


if __name__ == "__main__":
    main()
