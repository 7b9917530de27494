"""The cohort of the reference pack, or a smaller one."""

from __future__ import annotations

from pathlib import Path

import competency as cp
from benchmarks._rows import Size
from competency.simulate import simulate_cohort

OFFICERS = 40
"""Officers of the smaller cohort."""


def cohort_folder(size: Size, folder: Path) -> Path:
    """Return a folder with ``cohort/`` and ``truth/``: the pack, or one made in `folder`."""
    if size != "smallest":
        return cp.pack_path()
    simulate_cohort(cp.load_framework(cp.pack_path()), n_officers=OFFICERS).write(folder)
    return folder
