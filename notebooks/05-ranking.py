# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # 5. Which training next
#
# The score of a training is the logarithm of a value per hour, and the exact sum of its reasons.

# %%
import numpy as np
import pandas as pd

import competency as cp
from competency.ranking import CatalogueRanker, LargestGapRanker, PopularityRanker, RandomRanker

framework = cp.load_framework(cp.pack_path())
evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
levels = cp.LevelModel().fit(evidence).predict(as_of="2026-11-01")
gaps = cp.score_gaps(levels, framework)
ranking = cp.rank_trainings(gaps, history=evidence.history)
ranking

# %% [markdown]
# ## One officer, with reasons

# %%
officer = str(levels.roster.officer_ids[100])
frame = ranking.to_frame(4)
mine = frame[frame["officer"] == officer].set_index("training")
mine[["rank", "score", "gap_closed", "hours", "mandatory"]].round(2)

# %%
parts = mine.filter(like="from_")
assert np.allclose(parts.sum(axis=1), mine["score"])
parts.round(2)

# %% [markdown]
# The same in words:

# %%
for sentence in cp.explain_training(ranking, officer, mine.index[0], locale="en"):
    print("-", sentence)

# %% [markdown]
# ## Against simple rules
#
# A ranking that is not compared proves nothing. All rankers share the same rules of eligibility;
# they differ in what they put first. Each officer takes what a ranker puts first, as long as it
# fits in 20 hours: how much of the weighted gap is closed, by what the catalogue claims?

# %%
hours = framework.index.trainings.hours


def closed_in(found, budget=20.0):
    """Mean gap closed when each officer takes trainings from the top while they fit."""
    left, total = np.full(len(found), budget), np.zeros(len(found))
    for best in found.top(len(hours)).T:
        fits = (best >= 0) & (hours[best] <= left)
        left -= np.where(fits, hours[best], 0)
        total += np.where(fits, found.value[np.arange(len(found)), best], 0)
    return total.mean()


rankers = [
    cp.PriorRanker(),
    LargestGapRanker(),
    PopularityRanker(),
    CatalogueRanker(),
    RandomRanker(),
]
table = {r.method: closed_in(r.rank(gaps, history=evidence.history)) for r in rankers}
pd.Series(table).round(2).rename("weighted levels closed in 20 hours").to_frame()

# %% [markdown]
# These are sums of single trainings: two that close the same gap are both counted. A plan does
# not make that mistake, and is the subject of the next notebook. And they are claims of an
# illustrative catalogue, not effects that were measured.
#
# ## Who is sent where

# %%
first = ranking.to_frame(1)
label = {row.id: row.label("en") for row in framework.trainings}
counts = first["training"].value_counts().head(6)
pd.DataFrame({"training": counts.index.map(label), "officers": counts.to_numpy()}, counts.index)
