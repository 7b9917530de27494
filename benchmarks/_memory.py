"""Peak memory of one calibration in a process of its own; prints megabytes of imports and of all.

    python -m benchmarks._memory TABLE.npy

The peak is that of this program (VmHWM), where the system tells it: the usual ru_maxrss starts
at the size of the process that started this one.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from competency.ratings import fit_ratings

_STATUS = Path("/proc/self/status")


def peak() -> float:
    """Largest resident size so far, in megabytes."""
    if not _STATUS.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Calibrate the table that is named."""
    imports = peak()
    fit_ratings(pd.DataFrame(np.load(sys.argv[1])), "grm")
    print(imports, peak())


if __name__ == "__main__":
    main()
