"""Made-up ranking tables whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Lists:
    """Candidates in lists, with the utility that made their labels."""

    columns: pd.DataFrame
    labels: np.ndarray
    groups: np.ndarray
    truth: np.ndarray


def made_up_lists(
    n_lists: int = 60, *, length: int = 12, noise: float = 0.3, seed: int = 0
) -> Lists:
    """Value per hour as a start score, and a readiness that the start score ignores."""
    rng = np.random.default_rng(seed)
    rows = n_lists * length
    gap, ready = rng.gamma(1.5, 1.0, rows), rng.random(rows)
    hours = rng.choice([8.0, 16, 24, 40, 80], rows)
    prior = np.log((gap + 0.05) / hours)
    truth = prior + 1.5 * np.tanh(4 * (ready - 0.5))
    utility = (truth + noise * rng.normal(size=rows)).reshape(n_lists, length)
    place = np.argsort(np.argsort(-utility, axis=1), axis=1)
    columns = pd.DataFrame({"prior": prior, "gap": gap, "hours": hours, "ready": ready})
    groups = np.repeat(np.arange(n_lists), length)
    return Lists(columns, np.maximum(3 - place, 0).ravel(), groups, truth)
