# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # 6. A year for everyone
#
# A ranking says what is best next. A plan says what to take, in which order and when, within
# hours, dates, seats, entry levels and prerequisites.

# %%
import numpy as np
import pandas as pd

import competency as cp
from competency.planning import plan_officers

framework = cp.load_framework(cp.pack_path())
evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
config = cp.PipelineConfig(planning=cp.PlanningConfig(hours=40))
found = cp.recommend(framework, evidence, as_of="2026-11-01", config=config)
found

# %% [markdown]
# ## One officer's year

# %%
steps = found.plan.to_frame()
label = {row.id: row.label("en") for row in framework.trainings}
longest = steps.groupby("officer").size().idxmax()
mine = steps[steps["officer"] == longest].assign(name=lambda rows: rows["training"].map(label))
mine = mine.round({"gap_closed": 2}).reset_index(drop=True)
mine[["order", "name", "start", "end", "hours", "gap_closed"]]

# %%
import matplotlib.pyplot as plt

from competency.reporting import plot_plan

figure, ax = plt.subplots(figsize=(9, 3), layout="constrained")
ax = plot_plan(found.plan, longest, ax=ax, locale="en")

# %% [markdown]
# Each step finds less to close than it would have alone, because the steps before it have moved
# the belief. That is the difference between a list and a plan.

# %% [markdown]
# ## Seats are scarce, and duty takes hours
#
# The same officers, planned as if each were alone, and with the seats of every session shared.

# %%
alone = plan_officers(found.ranking, config=config.planning)


def summary(plan):
    """What a plan takes and closes."""
    rows = plan.to_frame()
    return {
        "steps": len(plan),
        "mandatory steps": int(rows["mandatory"].sum()),
        "hours": plan.hours.sum(),
        "weighted levels closed": round(plan.value),
    }


pd.DataFrame([summary(alone), summary(found.plan)], index=["each officer alone", "seats shared"])

# %% [markdown]
# Alone, more officers take what is mandatory for their position. The basic training fills the
# whole budget of 40 hours; an officer who finds no seat in it takes shorter trainings instead,
# which close as much gap or more. Duty comes first here because the framework says so, not
# because it closes most.

# %%
dated = steps[steps["session"] != ""]
seats = {row.id: row.seats for row in framework.sessions if row.seats is not None}
taken = dated["session"].value_counts()
full = [name for name, count in taken.items() if count >= seats.get(name, np.inf)]
assert all(count <= seats.get(name, np.inf) for name, count in taken.items())
print(f"{len(full)} of {len(framework.sessions)} sessions are full; none is overbooked")

# %% [markdown]
# Where would one more class help most? A simple answer: the trainings whose sessions are full,
# and that most officers would take if they were alone.

# %%
wanted = alone.to_frame()["training"].value_counts()
got = steps["training"].value_counts().reindex(wanted.index, fill_value=0)
short = (wanted - got).nlargest(5)
pd.DataFrame({"training": short.index.map(label), "officers without a seat": short.to_numpy()})

# %% [markdown]
# ## What did not fit
#
# Mandatory trainings come first. Those that are not in the plan are named, with the reason:

# %%
for finding in found.plan.findings[:4]:
    print("-", finding.message)

# %% [markdown]
# ## Twenty hours, or forty
#
# Civil servants are entitled to 20 hours a year. What do 20 more bring?

# %%
plans = {20: cp.plan_cohort(found.ranking, hours=20), 40: found.plan}
closed = {hours: plan.value / len(found.levels) for hours, plan in plans.items()}
pd.Series(closed, name="weighted levels closed per officer").rename_axis("hours").round(
    2
).to_frame()

# %% [markdown]
# The first hours close the most: the second twenty bring less than the first.
