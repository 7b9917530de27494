"""Plans of officers and cohorts beside peers on the same instances.

python -m benchmarks.planning [--quick] [--json FILE]
"""

from __future__ import annotations

from benchmarks import _planning_cohort
from benchmarks._rows import parser_for, show


def main() -> None:
    """Print the rows."""
    arguments = parser_for(__doc__).parse_args()
    show("Plans", _planning_cohort.rows(quick=arguments.quick), arguments.json)


if __name__ == "__main__":
    main()
