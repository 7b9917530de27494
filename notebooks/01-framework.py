# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # 1. What a position asks
#
# A framework says what positions ask for, and what trainings give. This notebook walks through
# the reference pack: the employment officers of Indonesia (Pengantar Kerja). Its managerial and
# socio-cultural competencies follow the regulation; its technical part and its catalogue are
# illustrative, and every row says so.

# %%
import pandas as pd

import competency as cp
from competency.framework import instrument_coverage

framework = cp.load_framework(cp.pack_path())
framework

# %% [markdown]
# ## Competencies, and where they come from
#
# `status` tells a regulation from a habit and from an illustration.

# %%
competencies = pd.DataFrame(
    [(row.id, row.label("en"), row.kind, row.status) for row in framework.competencies],
    columns=["id", "name", "kind", "status"],
)
competencies.groupby(["kind", "status"]).size().rename("competencies").to_frame()

# %% [markdown]
# ## What each position asks
#
# One column for each position, from the clerk (PAK) to the highest expert (PK.UTAMA). An empty
# cell is not a zero: the competency is not relevant to the position.

# %%
order = ["PAK", "PK.PERTAMA", "PK.MUDA", "PK.MADYA", "PK.UTAMA"]
asked = pd.DataFrame(
    [(row.position, row.competency, row.level) for row in framework.requirements],
    columns=["position", "competency", "level"],
)
table = asked.pivot_table(index="competency", columns="position", values="level")[order]
table.astype("Int64").astype("str").replace("<NA>", "")

# %% [markdown]
# ## Does a training lead to every level that is asked?
#
# A level that some position requires and that no training reaches is a missing instrument: no
# plan can close that gap. Here every required level has a training, and can be climbed to from
# nothing.

# %%
coverage = instrument_coverage(framework)
print(
    f"{len(coverage)} required levels, {int((coverage['n_trainings'] == 0).sum())} without training"
)
print(f"all can be climbed to: {bool(coverage['reachable'].all())}")
coverage["n_trainings"].value_counts().sort_index().rename("required levels").to_frame()

# %% [markdown]
# Many levels hang on a single training. If it is cancelled, the step is gone. These are the
# widest used of them:

# %%
single = coverage[coverage["n_trainings"] == 1].sort_values("n_positions", ascending=False)
single.head(5)[["competency", "level", "positions"]]

# %% [markdown]
# ## The framework as a graph
#
# The same tables as a networkx graph: what stands between a clerk and a training?

# %%
from networkx import ancestors

graph = framework.graph
before = [name for name in ancestors(graph, "training:F.MADYA") if name.startswith("training:")]
sorted(before)

# %% [markdown]
# ## Checked, and known by its content
#
# Loading checks every reference. The version is the hash of the content, in whatever order the
# rows stand; results carry it, so that it is always known which standard they speak of.

# %%
findings = cp.check_framework(framework, as_of="2026-11-01")
print(f"{len(findings)} findings, version {framework.version}")
for finding in findings[:3]:
    print(finding.severity, "-", finding)
