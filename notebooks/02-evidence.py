# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # 2. What has been seen
#
# Evidence is what offices have: ratings, certificates, a history of trainings. Some rows can be
# used, some cannot, and nothing disappears.

# %%
import tempfile
from pathlib import Path

import pandas as pd

import competency as cp

framework = cp.load_framework(cp.pack_path())
evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
evidence

# %% [markdown]
# The officers of this cohort are synthetic. Rows read are rows kept plus rows rejected, for each
# file:

# %%
evidence.counts()

# %% [markdown]
# ## Who rates, and how kindly
#
# Officers rate themselves higher than their supervisors do. That is not dishonesty, it is a
# known property of the source, and the next notebook takes it into account.

# %%
by_source = evidence.assessments.groupby("source")["level"].agg(["size", "mean"]).round(2)
by_source.rename(columns={"size": "ratings", "mean": "mean level"}).sort_values("mean level")

# %% [markdown]
# ## A sheet as it comes
#
# Semicolons, a decimal comma, headers in Indonesian, one column for each competency, and three
# things that cannot be used.

# %%
sheet = """NIP;Jabatan;Sumber;Tanggal;Integritas;Kerja sama;Komunikasi
199001012015011001;PK.MUDA;atasan;2026-03-02;3,5;3;
199001012015011002;PK.MUDA;atasan;2026-03-02;2;9;3
199001012015011003;PK.MUDA;atasan;02/03/2026;2;3;3
199001012015011004;PK.MUDA;tetangga;2026-03-02;2;3;3
"""
folder = Path(tempfile.mkdtemp())
(folder / "hasil asesmen 2026.csv").write_text(sheet, encoding="utf-8")
messy = cp.read_evidence(folder, framework=framework)
messy.counts()

# %% [markdown]
# In a wide sheet each filled cell is a row. The empty cell is not an assessment, and certainly
# not a zero. What was kept:

# %%
messy.assessments[["competency", "source", "value", "level", "date"]]

# %% [markdown]
# What was set aside, with the reason and the next step. The messages name rows and columns, and
# never an officer.

# %%
pd.set_option("display.max_colwidth", 70)
messy.rejected[["row", "column", "code", "reason"]]

# %% [markdown]
# ## Ids are text
#
# A spreadsheet keeps about 15 digits of a number; an officer number has 18. Read as a number it
# still looks like one, of somebody else. So it is refused.

# %%
broken = pd.DataFrame(
    {
        "nip": [199001012015011001],
        "kompetensi": ["M.01"],
        "sumber": ["atasan"],
        "nilai": [3],
        "tanggal": ["2026-03-02"],
    }
)
workbook = folder / "penilaian.xlsx"
broken.assign(nip=broken["nip"].astype(float)).to_excel(workbook, index=False)
cp.read_evidence(workbook, framework=framework).rejected[["row", "column", "code", "hint"]]
