"""``python -m competency.ranking [PACK [FOLDER]]``: learn a pack's ranker, judge it, write both.

The ranker learns what helped (benefit). It is judged on later decisions, and beside the truth that
the cohort of the pack was made with. Needs the extra ``train``; the same bytes always.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from competency.config import PipelineConfig
from competency.evidence import read_evidence
from competency.evidence.table import Evidence
from competency.files import write_text
from competency.framework import load_framework
from competency.gaps import score_gaps
from competency.levels import LevelModel
from competency.packs import model_path, pack_path
from competency.ranking.evaluate.backtest import BASELINES, OPPONENT
from competency.ranking.evaluate.protocol import IMITATION, JUDGED, evaluate_days
from competency.ranking.evaluate.report import Evaluation
from competency.ranking.evaluate.truth import regret_table, true_gaps
from competency.ranking.learn import learn_ranker, read_decisions
from competency.ranking.ranker import Ranker
from competency.ranking.store import save_ranker

AS_OF = date(2026, 11, 1)
"""The day of the pack's job: its history and its truth end before."""

WRITTEN = ("means", "spread", "calibration", "rounds")
"""Tables of the evaluation that are written whole."""


def main(arguments: list[str] | None = None) -> int:
    """Learn from ``cohort/``, judge, write ranker and evaluation, and return the exit code."""
    parser = argparse.ArgumentParser(prog="competency.ranking", description=__doc__)
    parser.add_argument("pack", nargs="?", type=Path, default=pack_path())
    parser.add_argument("folder", nargs="?", type=Path, default=None)
    given = parser.parse_args(arguments)
    folder = given.folder or model_path(given.pack.name)
    evidence = read_evidence(given.pack / "cohort", framework=load_framework(given.pack))
    config = PipelineConfig()
    days = read_decisions(evidence, as_of=AS_OF, model=None, config=config)
    rankers = {name: learned(evidence, target) for name, target in _TARGETS.items()}
    written = save_ranker(rankers[JUDGED], folder / "ranker")
    truth = regrets(evidence, given.pack / "truth" / "levels.csv", rankers)
    judged = write_judgement(folder / "ranker-evaluation", evaluate_days(days, config), truth)
    sys.stdout.write(f"{written}\n{judged}\n")
    return 0


_TARGETS = {JUDGED: "benefit", IMITATION: "uptake"}


def learned(evidence: Evidence, target: str) -> Ranker:
    """Return the ranker that the past teaches, by the default settings."""
    config = PipelineConfig.model_validate({"learning": {"target": target}})
    return learn_ranker(evidence, as_of=AS_OF, config=config).ranker


def regrets(evidence: Evidence, path: Path, rankers: dict[str, Ranker]) -> pd.DataFrame:
    """Return how far rankers, and simple ones, are from the truth of a pack."""
    gaps = score_gaps(LevelModel().fit(evidence, as_of=AS_OF).predict(as_of=AS_OF))
    index, roster = evidence.framework.index, gaps.levels.roster
    truth_table = pd.read_csv(path, dtype={"officer": str})
    level = truth_table.pivot_table(index="officer", columns="competency", values="level")
    level = level.reindex(index=roster.officer_ids, columns=list(index.competency_ids))
    everyone = rankers | {name: make([]) for name, make in BASELINES.items()}
    rankings = {name: one.rank(gaps, history=evidence.history) for name, one in everyone.items()}
    return regret_table(rankings, true_gaps(gaps, level.to_numpy().astype(np.int64)))


def write_judgement(folder: Path, found: Evaluation, truth: pd.DataFrame) -> Path:
    """Write tables to four digits, and the verdict in words; return the folder."""
    tables = {"truth": truth} | {name: found.tables()[name] for name in WRITTEN}
    tables["differences"] = found.differences[found.differences["against"] == OPPONENT]
    for name, table in tables.items():
        text = table.to_csv(index=False, float_format="%.4g", lineterminator="\n")
        write_text(folder / f"{name}.csv", text)
    words = [*found.verdicts("en"), "", *found.verdicts("id")]
    write_text(folder / "verdict.txt", "\n".join(words) + "\n")
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
