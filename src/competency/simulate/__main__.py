"""``python -m competency.simulate [FOLDER]``: write the cohort of a pack, the same bytes always."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from competency.framework import load_framework
from competency.packs import pack_path
from competency.simulate.cohort import simulate_cohort


def main(arguments: list[str] | None = None) -> int:
    """Write ``cohort/`` and ``truth/`` beside the framework in the folder; return the exit code."""
    parser = argparse.ArgumentParser(prog="competency.simulate", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=pack_path("pengantar-kerja"))
    folder = parser.parse_args(arguments).folder
    written = simulate_cohort(load_framework(folder)).write(folder)
    sys.stdout.write("".join(f"{path}\n" for path in written))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
