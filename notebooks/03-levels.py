# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # 3. What an officer can do, and how sure we are
#
# Nobody sees a level. Ratings are noisy observations of it: sharp or coarse, kind or strict, fresh
# or old. The model turns them into a belief: for every officer and competency, a probability for
# each level.

# %%
import numpy as np
import pandas as pd

import competency as cp

framework = cp.load_framework(cp.pack_path())
evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
levels = cp.LevelModel().fit(evidence).predict(as_of="2026-11-01")
levels

# %% [markdown]
# ## One belief, one rating at a time
#
# The same officer, the same competency, with more and more evidence. A single rating of a
# supervisor moves the belief; an assessment centre sharpens it; the officer's own opinion adds
# little.

# %%
ratings = evidence.assessments
seen = ratings[ratings["competency"] == "M.03"]
sources = seen.groupby("officer")["source"].agg(set)
officer = sources[sources.map(lambda names: {"self", "supervisor", "test"} <= names)].index[0]
mine = seen[seen["officer"] == officer].sort_values("date")
mine[["source", "level", "date"]].reset_index(drop=True)

# %%
from dataclasses import replace

model = cp.LevelModel().fit(evidence)
row = levels.roster.row_of[officer]
column = framework.index.competency_ids.index("M.03")


def belief(kept):
    """The belief about this officer when only `kept` had been seen of M.03."""
    others = ratings[(ratings["officer"] == officer) & (ratings["competency"] != "M.03")]
    alone = replace(evidence, assessments=pd.concat([others, kept]))
    return model.predict(alone, as_of="2026-11-01").probs[row, column]


steps = {"nothing": belief(mine.iloc[:0])}
for count in range(1, len(mine) + 1):
    steps[f"{count} ({mine.iloc[count - 1]['source']})"] = belief(mine.iloc[:count])
pd.DataFrame(steps, index=[f"level {k}" for k in range(6)]).T.round(2)

# %% [markdown]
# ## The whole officer
#
# Every competency that the position asks for. The deeper the colour, the higher the level; the mark
# stands where the requirement begins, so that what lies to its right is the chance to meet it.
# Hatched bars were never assessed: they show what is expected of officers in this position.

# %%
import matplotlib.pyplot as plt

from competency.reporting import plot_beliefs

partly_seen = np.argmax((levels.n_observations == 0).sum(axis=1) == 4)
figure, ax = plt.subplots(figsize=(9, 6.5), layout="constrained")
ax = plot_beliefs(levels, str(levels.roster.officer_ids[partly_seen]), ax=ax, locale="en")

# %% [markdown]
# ## Kind sources and strict ones
#
# The plain mean of the ratings takes self-ratings at their word. The belief does not.

# %%
plain = ratings.groupby(["officer", "competency"])["level"].mean().rename("mean rating")
ours = levels.to_frame().set_index(["officer", "competency"])["expected_level"]
own = ratings.groupby(["officer", "competency"])["source"].agg(lambda names: set(names) == {"self"})
both = pd.concat([plain, ours, own.rename("only self-rated")], axis=1).dropna()
both.groupby("only self-rated")[["mean rating", "expected_level"]].mean().round(2)

# %% [markdown]
# ## How sure
#
# The spread of a belief falls with evidence. Where nothing was seen it is that of officers in
# the same position, and the belief is marked as not known to the last page.

# %%
frame = levels.to_frame()
frame["ratings"] = np.minimum(frame["n_observations"], 6)
frame.groupby("ratings")["latent_sd"].agg(["size", "mean"]).round(2)

# %% [markdown]
# ## Is the truth inside?
#
# The cohort is synthetic, so for once the truth is known. It is read here from its own file; no
# part of the library can see it. Of the officers whom the model gives a chance of 70 percent to
# have reached level 3, about 70 percent should have reached it.

# %%
truth = pd.read_csv(cp.pack_path() / "truth" / "levels.csv", dtype={"officer": "str"})
true_level = truth.set_index(["officer", "competency"])["level"]
known = frame[frame["n_observations"] > 0].set_index(["officer", "competency"])
reached = known[[f"p_level_{k}" for k in range(3, 6)]].sum(axis=1)
hit = (true_level.reindex(known.index) >= 3).astype(float)
bins = pd.cut(reached, np.linspace(0, 1, 6), include_lowest=True)
pd.DataFrame({"said": reached.groupby(bins).mean(), "true": hit.groupby(bins).mean()}).round(2)

# %% [markdown]
# At the ends it is. In the middle the model says a few points too much: its settings are starting
# values, and on purpose not those of the simulated world. That is what calibration on real data
# is for, and why results are shown as probabilities and not as verdicts.
