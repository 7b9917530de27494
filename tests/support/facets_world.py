"""Ratings on three criteria by assessors who differ, drawn as the facet model assumes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

CRITERIA = ["A", "B", "C"]
CUTS = np.array([-1.2, 0.0, 1.2])
SLOPE = 2.5


def world(seed=0, n_persons=500, n_assessors=25, halo=0.5, per_person=3, correlation=0.5):
    """Ratings, and the truth: traits, severities."""
    rng = np.random.default_rng(seed)
    mix = np.full((3, 3), correlation) + (1 - correlation) * np.eye(3)
    traits = rng.multivariate_normal(np.zeros(3), mix, n_persons)
    severity = rng.normal(0, 0.5, n_assessors)
    person = np.repeat(np.arange(n_persons), per_person)
    assessor = np.concatenate(
        [rng.choice(n_assessors, per_person, replace=False) for _ in range(n_persons)]
    )
    seen = traits[person] - severity[assessor, None] - halo * rng.normal(size=(len(person), 1))
    chance = expit(SLOPE * (seen[..., None] - CUTS))
    rating = (rng.random((*seen.shape, 1)) < chance).sum(2)
    table = pd.DataFrame(rating, columns=CRITERIA)
    table.insert(0, "person", [f"p{k:04d}" for k in person])
    table.insert(1, "assessor", [f"r{k:02d}" for k in assessor])
    return table, traits, severity
