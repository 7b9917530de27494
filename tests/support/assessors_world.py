"""Cohorts with assessors of known severity, drift and habits, drawn as `LevelModel` assumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from competency.config import LevelConfig, SourceConfig
from competency.evidence.table import Evidence
from competency.framework.model import (
    About,
    Competency,
    Framework,
    Position,
    Requirement,
    ScaleLevel,
)

TODAY = "2026-11-01"
SOURCES = {
    "assessment_centre": SourceConfig(discrimination=3.0, severity_sd=0.3, halo_sd=0.2),
    "supervisor": SourceConfig(discrimination=2.2, severity_sd=0.5, halo_sd=0.3),
}


@dataclass(frozen=True)
class World:
    evidence: Evidence
    config: LevelConfig
    theta: np.ndarray
    severity: dict[str, np.ndarray]


def framework(n_competencies, *, required=3):
    names = [f"C.{k:02d}" for k in range(n_competencies)]
    return Framework(
        framework=(About(id="tiny", name="tiny"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, 6)),
        competencies=tuple(Competency(id=c, name="c", kind="managerial") for c in names),
        positions=(Position(id="P.1", name="P.1"),),
        requirements=tuple(
            Requirement(position="P.1", competency=c, level=required) for c in names[::2]
        ),
    )


def evidence(frame, n_officers, ratings):
    """`ratings`: columns officer (row), competency (row), source, assessor, level, age in days."""
    ids = np.array([f"O{row:05d}" for row in range(n_officers)], object)
    officers = pd.DataFrame({"officer": ids}, dtype="str").assign(
        position="P.1", name="", next_position="", unit="", region=""
    )
    age = ratings["age"].to_numpy(dtype="int64") * np.timedelta64(86400, "s")
    rating = pd.DataFrame(
        {
            "officer": ids[ratings["officer"].to_numpy(dtype="int64")],
            "competency": np.array(frame.index.competency_ids, object)[
                ratings["competency"].to_numpy(dtype="int64")
            ],
            "source": ratings["source"].to_numpy(dtype=object),
            "assessor": ratings["assessor"].to_numpy(dtype=object),
            "level": ratings["level"].to_numpy(dtype="float64"),
            "date": np.datetime64(TODAY, "s") - age,
        }
    )
    rating = rating.assign(value=rating["level"], scale="main")
    certificates = pd.DataFrame(
        {"officer": [], "competency": [], "level": [], "issued": [], "expires": []}
    ).astype({"level": "int64", "issued": "datetime64[s]", "expires": "datetime64[s]"})
    history = pd.DataFrame({"start": [], "end": []}, dtype="datetime64[s]")
    return Evidence(frame, officers, rating, certificates, history, pd.DataFrame(), pd.DataFrame())


def world(
    seed=0, *, n_officers=240, n_competencies=4, assessors=None, years=1, drift=None, habit=None,
    growth=0.0, correlation=0.5,
):  # fmt: skip
    """Every officer is rated once a year by one assessor of each source, always the same one.

    `drift`: levels per year that a supervisor becomes more severe, by number; `habit`: "random"
    or "constant", by number; `growth`: sd of what officers gain a year, in levels.
    """
    rng = np.random.default_rng(seed)
    counts = assessors or {"assessment_centre": 12, "supervisor": 20}
    common = rng.standard_normal((n_officers, 1))
    own = rng.standard_normal((n_officers, n_competencies))
    theta = 2.5 + 0.9 * (np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own)
    gain = growth * rng.standard_normal((n_officers, 1))
    severities, rows = {}, []
    for source, count in counts.items():
        settings = SOURCES[source]
        severity = rng.normal(settings.severity, settings.severity_sd, count)
        if source == "assessment_centre":  # the source whose mean severity the model takes as given
            severity += settings.severity - severity.mean()
        who = rng.permutation(np.arange(n_officers) % count)
        halo = rng.normal(0, settings.halo_sd, n_officers)
        supervisor = source == "supervisor"
        for year in range(years):
            slope = np.array([(drift or {}).get(a, 0.0) if supervisor else 0.0 for a in who])
            effect = severity[who] + halo + slope * (year - (years - 1) / 2)
            noise = rng.logistic(size=theta.shape) / settings.discrimination
            rated = theta + gain * year - effect[:, None] + noise
            level = np.clip(np.floor(rated + 0.5), 0, 5)
            for number, name in (habit or {}).items() if supervisor else ():
                mine = who == number
                level[mine] = rng.integers(0, 6, level[mine].shape) if name == "random" else 3
            officer, competency = np.divmod(np.arange(theta.size), n_competencies)
            columns = {"officer": officer, "competency": competency, "level": level.ravel()}
            ids = np.char.add("A", np.char.zfill(who[officer].astype(str), 3))
            rows.append(
                pd.DataFrame(columns).assign(
                    source=source, assessor=ids, age=365 * (years - 1 - year)
                )
            )
        severities[source] = severity
    made = evidence(framework(n_competencies), n_officers, pd.concat(rows, ignore_index=True))
    return World(made, LevelConfig(sources=SOURCES), theta, severities)
