# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # 4. What is missing
#
# A gap is an expectation: how many levels are missing on average, over the belief. A surplus
# elsewhere does not count against it.

# %%
import numpy as np
import pandas as pd

import competency as cp
from competency.gaps import capped_job_person_match, job_person_match, jpm_category

framework = cp.load_framework(cp.pack_path())
evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
levels = cp.LevelModel().fit(evidence).predict(as_of="2026-11-01")
gaps = cp.score_gaps(levels, framework)
gaps

# %% [markdown]
# ## One officer
#
# Toward the position held, widest gap first. `p_meets` is the chance that the requirement is
# met.

# %%
officer = str(levels.roster.officer_ids[100])
frame = gaps.to_frame()
mine = frame[(frame["officer"] == officer) & (frame["aim"] == "held")]
columns = ["competency", "required_level", "expected_level", "expected_gap", "p_meets", "known"]
mine.sort_values("expected_gap", ascending=False)[columns].head(6).round(2).reset_index(drop=True)

# %% [markdown]
# ## All officers
#
# By kind of competency, toward the position held. `share_unknown` says how much of it nobody has
# assessed: where it is large, assess first.

# %%
kinds = cp.roll_up(gaps, by="kind")
kinds[["group", "n_officers", "mean_gap", "share_meeting", "share_unknown"]].round(2)

# %%
widest = cp.roll_up(gaps, by="competency").nlargest(5, "mean_gap")
widest[["group", "mean_gap", "share_meeting"]].round(2).reset_index(drop=True)

# %% [markdown]
# The same by position: which group misses what? Groups that are too small show nothing.

# %%
import matplotlib.pyplot as plt

from competency.reporting import plot_gap_heatmap

figure, ax = plt.subplots(figsize=(9, 5.5), layout="constrained")
ax = plot_gap_heatmap(gaps, by="position", ax=ax, locale="en")

# %% [markdown]
# ## The next position
#
# The same officers, compared with the next step of the ladder. The distance is what a promotion
# would ask for.

# %%
distance = pd.DataFrame(
    {
        aim: cp.roll_up(gaps, by="position", aim=aim).set_index("group")["mean_gap"]
        for aim in gaps.aims
    }
)
distance.round(2)

# %% [markdown]
# ## The job-person match, and what it hides
#
# The official figure is a ratio of sums, so that one level too many here makes up for one too
# few there. A worked example:

# %%
required = np.full(9, 3)
achieved = np.array([5, 5, 1, 3, 3, 1, 3, 3, 3])
print(f"official {job_person_match(achieved, required):.1f}")
print(f"capped   {capped_job_person_match(achieved, required):.1f}")
print(f"levels missing {np.maximum(required - achieved, 0).sum()}")

# %% [markdown]
# For filling a post the first figure is "meets the requirements" and so is the second, barely;
# four levels are missing all the same. Categories are data of the framework, keyed by purpose:

# %%
for purpose in ("filling", "mapping"):
    print(purpose, [jpm_category(value, framework, purpose=purpose) for value in (100, 85, 70)])

# %%
match = cp.match_positions(gaps)
held = match[(match["aim"] == "held") & (match["category"] != "")]
held.groupby("category")[["jpm", "jpm_capped", "p_category", "p_all_met"]].mean().round(2)

# %% [markdown]
# `p_category` is the chance that the category is the true one. Near a boundary it is a coin
# toss, and the report says so. `p_all_met` is the chance that every requirement of the position
# is met at once: far smaller than a high match suggests.
