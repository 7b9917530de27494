"""Ratings by assessors who differ, and a hash of all that is estimated from them."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from competency.ratings import fit_ratings


def rated(n_persons=24, n_assessors=4):
    """Every person rated by two assessors on two criteria of four categories."""
    rng = np.random.default_rng(8)
    frames = []
    for person in range(n_persons):
        trait = rng.normal()
        for number in rng.choice(n_assessors, 2, replace=False):
            level = trait + np.array([0.0, 0.4]) - 0.5 * number + rng.normal(0, 0.7, 2)
            rows = {"criterion": ["A", "B"], "rating": np.clip(np.round(level + 2), 0, 3)}
            frames.append(pd.DataFrame(rows).assign(person=f"p{person:02d}", assessor=f"r{number}"))
    return pd.concat(frames, ignore_index=True)


def digest_of_fits():
    """Hash of the estimates of each kind of model."""
    total, table = hashlib.sha256(), rated(30, 6)
    for model in ("grm", "rsm", "facets"):
        fit = fit_ratings(table, model, max_iter=20)
        for frame in (fit.items, fit.severities, fit.score(), fit.predict(table)):
            total.update(frame.select_dtypes("number").to_numpy(np.float64).tobytes())
    return total.hexdigest()
