"""``python -m competency.levels [PACK [FOLDER]]``: fit a pack's cohort and write the level model.

The same bytes always; the day is the latest of the evidence.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from competency.evidence import read_evidence
from competency.framework import load_framework
from competency.levels.model import LevelModel, save_level_model
from competency.packs import model_path, pack_path


def main(arguments: list[str] | None = None) -> int:
    """Fit on ``cohort/`` of the pack, write the model, and return the exit code."""
    parser = argparse.ArgumentParser(prog="competency.levels", description=__doc__)
    parser.add_argument("pack", nargs="?", type=Path, default=pack_path())
    parser.add_argument("folder", nargs="?", type=Path, default=None)
    given = parser.parse_args(arguments)
    folder = given.folder or model_path(given.pack.name) / "levels"
    evidence = read_evidence(given.pack / "cohort", framework=load_framework(given.pack))
    written = save_level_model(LevelModel().fit(evidence), folder)
    sys.stdout.write(f"{written}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
