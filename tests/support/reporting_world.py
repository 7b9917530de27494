"""A small world whose report is worked out by hand: 15 officers, certain levels, a known plan."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from competency.arrays import frozen
from competency.config import PlanningConfig
from competency.effects import catalogue_transitions
from competency.errors import Finding, Where
from competency.evidence.table import REJECTED_COLUMNS, Evidence, Roster
from competency.framework.model import (
    About,
    Competency,
    Develops,
    Framework,
    JpmCutoff,
    LadderStep,
    Position,
    Provider,
    Requirement,
    ScaleLevel,
    Session,
    Training,
)
from competency.gaps import score_gaps
from competency.levels.beliefs import LevelBeliefs
from competency.planning.plan import Plan
from competency.ranking import rank_trainings

AS_OF = date(2026, 11, 1)
N_OFFICERS = 15
REGIONS = ["Utara"] * 7 + ["Selatan"] * 4 + ["Timur"] * 3 + ["Utara"]


def make_framework(mark="", *, status="illustrative"):
    """Positions P1 -> P2; competencies M1, S1, T1; trainings of every kind of supply.

    `mark` is appended to every name and place.
    """
    return Framework(
        framework=(About(id="kecil", name=f"Kerangka{mark}", source=f"uji{mark}", status=status),),
        levels=tuple(ScaleLevel(level=k, name=f"L{k}{mark}") for k in (1, 2, 3)),
        competencies=(
            Competency(id="T1", name=f"Teknis satu{mark}", kind="technical"),
            Competency(id="M1", name=f"Manajerial satu{mark}", kind="managerial"),
            Competency(id="S1", name=f"Sosial satu{mark}", kind="sociocultural"),
        ),
        positions=(
            Position(id="P1", name=f"Pertama{mark}", tier="t"),
            Position(id="P2", name=f"Muda{mark}", tier="t"),
        ),
        ladder=(LadderStep(position="P1", next_position="P2"),),
        requirements=(
            Requirement(position="P1", competency="T1", level=2),
            Requirement(position="P1", competency="M1", level=1),
            Requirement(position="P1", competency="S1", level=1),
            Requirement(position="P2", competency="T1", level=3),
            Requirement(position="P2", competency="M1", level=2),
        ),
        providers=(
            Provider(
                id="B1",
                name=f"Balai{mark}",
                accreditation_body=f"LAN{mark}",
                accreditation_valid_until=date(2027, 1, 31),
            ),
        ),
        trainings=(
            Training(id="C", name=f"Coaching{mark}", form="coaching", hours=4.0),
            Training(
                id="K",
                name=f"Kelas{mark}",
                form="technical_guidance",
                hours=10.0,
                cost=1_500_000.0,
                provider="B1",
            ),
            Training(id="N", name=f"Belum dibuka{mark}", form="workshop", hours=8.0),
        ),
        develops=(
            Develops(training="C", competency="M1", entry_level=1, target_level=2, success=0.5),
            Develops(training="K", competency="T1", entry_level=0, target_level=2, success=0.5),
            Develops(training="N", competency="T1", entry_level=2, target_level=3, success=0.5),
        ),
        sessions=(
            Session(
                id=f"K-1{mark}",
                training="K",
                start=date(2027, 2, 1),
                end=date(2027, 2, 3),
                seats=4,
                place=f"Bandung{mark}",
            ),
            Session(id="N-1", training="N", start=date(2028, 3, 1), end=date(2028, 3, 2), seats=9),
        ),
        jpm_cutoffs=(
            JpmCutoff(purpose="filling", category="MS", name=f"Memenuhi{mark}", minimum=80.0),
            JpmCutoff(purpose="filling", category="KMS", name=f"Kurang{mark}", minimum=0.0),
        ),
    )


def make_levels(mark="", **options):
    """Officer i has T1 at level i modulo 3, M1 and S1 at 1; officer 0's M1 was never assessed.

    The last officer holds no position.
    """
    framework = make_framework(mark, **options)
    column = {name: c for c, name in enumerate(framework.index.competency_ids)}
    level = np.ones((N_OFFICERS, 3), int)
    level[:, column["T1"]] = np.arange(N_OFFICERS) % 3
    probs = np.eye(4, dtype=np.float32)[level]
    count = np.full((N_OFFICERS, 3), 2, np.int32)
    count[0, column["M1"]] = 0
    last = np.full((N_OFFICERS, 3), np.datetime64("2026-05-01"), "datetime64[D]")
    last[count == 0] = np.datetime64("NaT")
    position = np.zeros(N_OFFICERS, np.int32)
    position[-1] = -1
    roster = Roster(
        np.array([f"{number:05d}{mark}" for number in range(N_OFFICERS)], object),
        frozen(position),
        frozen(np.where(position == 0, 1, -1).astype(np.int32)),
        np.array([f"Unit {number:02d}{mark}" for number in range(N_OFFICERS)], object),
        np.array([f"{name}{mark}" for name in REGIONS], object),
    )
    mean = level.astype(np.float32)
    spread = np.full(mean.shape, 0.1, np.float32)
    return LevelBeliefs(
        framework, roster, AS_OF, frozen(probs), mean, spread, count, frozen(last), np.eye(3)
    )


def make_plan(mark="", **options):
    """Officers 0, 1 and 3 take the class K, officer 2 a coaching; nobody else has a plan."""
    levels = make_levels(mark, **options)
    ranking = rank_trainings(score_gaps(levels))
    training = np.array([1, 1, 0, 1], np.int32)
    session = np.array([0, 0, -1, 0], np.int32)
    start = np.array(["2027-02-01", "2027-02-01", "2026-11-02", "2027-02-01"], "datetime64[D]")
    end = np.array(["2027-02-03", "2027-02-03", "2026-11-02", "2027-02-03"], "datetime64[D]")
    pointer = np.array([0, 1, 2, 3, 4, *[4] * 11], np.int32)
    return Plan(
        ranking,
        PlanningConfig(hours=20.0),
        catalogue_transitions(levels.framework),
        "officer",
        pointer,
        training,
        session,
        start,
        end,
        np.array([1.0, 0.5, 0.15, 1.0]),
        (make_finding(mark),),
    )


def make_finding(mark=""):
    """A finding with a place, a nearest name and a hint."""
    return Finding(
        f"uji{mark}",
        f"pesan{mark}",
        "warning",
        where=Where(f"berkas{mark}.csv", row=3),
        nearest=(f"dekat{mark}",),
        hint=f"saran{mark}",
    )


def make_evidence(mark=""):
    """Evidence with names, one rejected row and one finding; its other tables are empty."""
    levels = make_levels(mark)
    roster = levels.roster
    officers = pd.DataFrame(
        {
            "officer": roster.officer_ids,
            "name": [f"Nama {number}{mark}" for number in range(N_OFFICERS)],
            "position": ["P1"] * (N_OFFICERS - 1) + [""],
            "next_position": ["P2"] * (N_OFFICERS - 1) + [""],
            "unit": roster.unit,
            "region": roster.region,
        }
    )
    none = pd.DataFrame(
        {name: pd.Series([], dtype="datetime64[s]") for name in ("date", "issued", "end")}
    )
    kept = pd.DataFrame({"table": "officers", "file": f"pegawai{mark}.csv"}, index=range(15))
    line = {"row": 7, "code": f"kode{mark}", "reason": f"alasan{mark}", "file": f"nilai{mark}.csv"}
    rejected = pd.DataFrame([{name: line.get(name, f"{name}{mark}") for name in REJECTED_COLUMNS}])
    return Evidence(
        levels.framework, officers, none, none, none, kept, rejected, (make_finding(mark),)
    )
