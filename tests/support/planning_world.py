"""Small planning worlds, and a checker of plans that shares no code with the planner."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from competency.arrays import frozen
from competency.config import GapConfig, RankingConfig
from competency.evidence.table import Roster
from competency.framework.model import (
    About,
    Competency,
    Develops,
    EntryRequirement,
    Framework,
    MandatoryTraining,
    Position,
    Provider,
    Requirement,
    ScaleLevel,
    Session,
    Training,
    TrainingPrerequisite,
)
from competency.gaps import score_gaps
from competency.levels.beliefs import LevelBeliefs
from competency.ranking import PriorRanker

AS_OF = date(2026, 11, 1)
TOP = 4


def day(number):
    return AS_OF + timedelta(days=int(number))


def make_framework(trainings, *, competencies=("A", "B"), required=None, **tables):
    """A framework of one position; `trainings` are dicts of Training plus develops, asks, after."""
    required = required or dict.fromkeys(competencies, 3)
    plain = ("develops", "asks", "after", "mandatory")
    return Framework(
        framework=(About(id="world", name="World"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, TOP + 1)),
        competencies=tuple(Competency(id=c, name=c) for c in competencies),
        positions=(Position(id="P", name="P"),),
        requirements=tuple(
            Requirement(position="P", competency=c, level=level) for c, level in required.items()
        ),
        trainings=tuple(
            Training(
                **{"name": t["id"], "form": "e_learning"}
                | {key: value for key, value in t.items() if key not in plain}
            )
            for t in trainings
        ),
        develops=tuple(
            Develops(training=t["id"], competency=c, entry_level=e, target_level=k, success=p)
            for t in trainings
            for c, e, k, p in t.get("develops", ())
        ),
        entry_requirements=tuple(
            EntryRequirement(training=t["id"], competency=c, level=k)
            for t in trainings
            for c, k in t.get("asks", ())
        ),
        training_prerequisites=tuple(
            TrainingPrerequisite(training=t["id"], requires_training=other)
            for t in trainings
            for other in t.get("after", ())
        ),
        mandatory_trainings=tuple(
            MandatoryTraining(position="P", training=t["id"])
            for t in trainings
            if t.get("mandatory")
        ),
        **tables,
    )


def make_session(name, training, start, end=None, **more):
    return Session(id=name, training=training, start=day(start), end=day(end or start), **more)


def make_beliefs(framework, levels, *, regions=None, blur=0.0):
    """Beliefs at the given levels, certain or (with blur) spread to the neighbours."""
    levels = np.asarray(levels)
    n_officers, n_competencies = levels.shape
    probs = np.eye(framework.index.n_levels)[levels]
    probs = (1 - blur) * probs + blur / framework.index.n_levels
    zeros = np.zeros(n_officers, np.int32)
    texts = np.full(n_officers, "", object)
    roster = Roster(
        frozen(np.array([f"officer-{i:03d}" for i in range(n_officers)], object)),
        frozen(zeros),
        frozen(zeros - 1),
        frozen(texts),
        frozen(np.array(regions, object) if regions is not None else texts.copy()),
    )
    return LevelBeliefs(
        framework,
        roster,
        AS_OF,
        frozen(probs.astype(np.float32)),
        frozen(levels.astype(np.float32)),
        frozen(np.full(levels.shape, 0.1, np.float32)),
        frozen(np.ones(levels.shape, np.int32)),
        frozen(np.full(levels.shape, np.datetime64(AS_OF, "D"))),
        frozen(np.eye(n_competencies)),
    )


def make_ranking(framework, levels, *, passed=(), **more):
    """The prior's ranking toward the position held; `passed` are (officer row, training id)."""
    beliefs = make_beliefs(framework, levels, **more)
    history = pd.DataFrame(
        {
            "officer": [beliefs.roster.officer_ids[row] for row, _ in passed],
            "training": [training for _, training in passed],
            "session": [""] * len(passed),
            "status": ["completed"] * len(passed),
            "start": pd.to_datetime(["2025-01-01"] * len(passed)),
            "end": pd.to_datetime(["2025-01-02"] * len(passed)),
        }
    )
    gaps = score_gaps(beliefs, config=GapConfig(aims=("held",)))
    return PriorRanker(RankingConfig(aim_weights={"held": 1.0})).rank(gaps, history=history)


def random_world(seed, *, n_trainings=10, n_competencies=4, n_officers=5, dated=True):
    """A framework with prerequisites, entry levels, sessions, regions, and officers' levels."""
    rng = np.random.default_rng(seed)
    names = [f"C{c}" for c in range(n_competencies)]
    trainings, sessions = [], []
    for t in range(n_trainings):
        chosen = rng.choice(names, rng.integers(1, 3), replace=False)
        develops = []
        for c in chosen:
            entry = int(rng.integers(0, 3))
            target = int(min(TOP, entry + rng.integers(1, 3)))
            develops.append((str(c), entry, target, float(rng.choice([0.5, 0.8, 1.0]))))
        earlier = [f"T{x}" for x in range(t)]
        trainings.append(
            {
                "id": f"T{t}",
                "hours": float(rng.choice([4, 8, 12, 16])),
                "cost": float(rng.integers(0, 5)),
                "develops": develops,
                "asks": [(str(rng.choice(names)), int(rng.integers(1, 3)))]
                if rng.random() < 0.3
                else [],
                "after": [str(rng.choice(earlier))] if earlier and rng.random() < 0.2 else [],
                "mandatory": bool(rng.random() < 0.15),
                "entry_match": float(rng.choice([0.5, 1.0])),
                "provider": str(rng.choice(["", "good", "lapsing"])),
                "region": str(rng.choice(["", "", "west"])),
            }
        )
        if dated and rng.random() < 0.7:
            for s in range(rng.integers(1, 4)):
                start = int(rng.integers(-20, 380))
                sessions.append(
                    make_session(
                        f"T{t}-{s}",
                        f"T{t}",
                        start,
                        start + int(rng.integers(0, 6)),
                        seats=int(rng.integers(0, 4)),
                        region=str(rng.choice(["", "", "east"])),
                    )
                )
    framework = make_framework(
        trainings,
        competencies=tuple(names),
        required={c: int(rng.integers(1, TOP + 1)) for c in names},
        sessions=tuple(sessions),
        providers=(
            Provider(id="good", name="good", accreditation_valid_until=day(1000)),
            Provider(id="lapsing", name="lapsing", accreditation_valid_until=day(150)),
        ),
    )
    levels = rng.integers(0, 3, (n_officers, n_competencies))
    regions = rng.choice(["east", "west", ""], n_officers)
    passed = [(0, "T0")] if rng.random() < 0.5 else []
    return framework, levels, regions, passed


def violations(frame, framework, levels, regions, passed, *, hours, cost, horizon=365, shared):
    """Everything in a plan that breaks a rule, as sentences; beliefs must be certain."""
    found = []
    trainings = {row.id: row for row in framework.trainings}
    sessions = {row.id: row for row in framework.sessions}
    providers = {row.id: row for row in framework.providers}
    column = {c.id: i for i, c in enumerate(sorted(framework.competencies, key=lambda c: c.id))}
    for officer, steps in frame.groupby("officer"):
        row = int(officer.split("-")[1])
        chances = {c: _point(levels[row][i]) for c, i in column.items()}
        done = {training for who, training in passed if who == row}
        if steps["hours"].sum() > hours + 1e-9 or steps["cost"].sum() > cost + 1e-9:
            found.append(f"{officer}: over budget")
        last = AS_OF
        for step in steps.sort_values("order").itertuples():
            training = trainings[step.training]
            start, end = step.start.date(), step.end.date()
            if step.training in done:
                found.append(f"{officer}: {step.training} twice")
            if not last < start <= end <= day(horizon):
                found.append(f"{officer}: {step.training} overlaps or is out of the horizon")
            found += [
                f"{officer}: {step.training} before {other.requires_training}"
                for other in framework.training_prerequisites
                if other.training == step.training and other.requires_training not in done
            ]
            if training.region not in ("", regions[row]):
                found.append(f"{officer}: {step.training} is for another region")
            until = getattr(providers.get(training.provider), "accreditation_valid_until", None)
            if until and (end if step.session else AS_OF) > until:
                found.append(f"{officer}: {step.training} is not accredited")
            if step.session:
                session = sessions[step.session]
                if (session.training, session.start, session.end) != (step.training, start, end):
                    found.append(f"{officer}: {step.session} has other dates")
                if session.region not in ("", regions[row]) or session.seats == 0:
                    found.append(f"{officer}: {step.session} is not open")
            elif any(s.training == step.training for s in framework.sessions):
                found.append(f"{officer}: {step.training} needs a session")
            if _match(framework, training, chances) < training.entry_match - 1e-9:
                found.append(f"{officer}: {step.training} without its entry levels")
            for d in framework.develops:
                if d.training == step.training:
                    chances[d.competency] = _moved(chances[d.competency], d)
            done.add(step.training)
            last = end
    if shared:
        taken = frame[frame["session"] != ""]["session"].value_counts()
        found += [f"{s}: oversold" for s, n in taken.items() if n > sessions[s].seats]
    return found


def _point(level):
    return [1.0 if k == level else 0.0 for k in range(TOP + 1)]


def _moved(chances, develops):
    after = list(chances)
    for level in range(develops.entry_level, develops.target_level):
        after[level] -= chances[level] * develops.success
        after[develops.target_level] += chances[level] * develops.success
    return after


def _match(framework, training, chances):
    asked = {}
    for d in framework.develops:
        if d.training == training.id and d.entry_level:
            asked[d.competency] = max(asked.get(d.competency, 0), d.entry_level)
    for e in framework.entry_requirements:
        if e.training == training.id:
            asked[e.competency] = max(asked.get(e.competency, 0), e.level)
    held = {c: max(k for k in range(TOP + 1) if sum(chances[c][k:]) >= 0.5 - 1e-6) for c in asked}
    return sum(min(held[c], r) / r for c, r in asked.items()) / len(asked) if asked else 1.0
