"""``python -m competency.effects [PACK [FOLDER]]``: learn a pack's trainings and write the model.

Levels are fitted on the same cohort; the same bytes always.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from competency.effects.model import EffectModel, save_effect_model
from competency.evidence import read_evidence
from competency.framework import load_framework
from competency.levels import LevelModel
from competency.packs import model_path, pack_path


def main(arguments: list[str] | None = None) -> int:
    """Fit on ``cohort/`` of the pack, write the model, and return the exit code."""
    parser = argparse.ArgumentParser(prog="competency.effects", description=__doc__)
    parser.add_argument("pack", nargs="?", type=Path, default=pack_path())
    parser.add_argument("folder", nargs="?", type=Path, default=None)
    given = parser.parse_args(arguments)
    folder = given.folder or model_path(given.pack.name) / "effects"
    evidence = read_evidence(given.pack / "cohort", framework=load_framework(given.pack))
    model = EffectModel().fit(evidence.history, LevelModel().fit(evidence))
    sys.stdout.write(f"{save_effect_model(model, folder)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
