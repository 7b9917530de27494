"""Random cohorts for planners: few seats, blurred beliefs, every kind of rule at once."""

from __future__ import annotations

import numpy as np
from planning_world import TOP, day, make_framework, make_ranking, make_session

from competency.framework.model import Provider


def random_training(rng, number, names):
    """A training with chances of every rule: entry levels, prerequisites, region, accreditation."""
    develops = []
    for c in rng.choice(names, rng.integers(1, 3), replace=False):
        entry = int(rng.integers(0, 3))
        target = int(min(TOP, entry + rng.integers(1, 3)))
        develops.append((str(c), entry, target, float(rng.choice([0.5, 0.8, 1.0]))))
    asks = [(str(rng.choice(names)), int(rng.integers(1, 3)))] if rng.random() < 0.3 else []
    after = [f"T{rng.integers(0, number)}"] if number and rng.random() < 0.25 else []
    return {
        "id": f"T{number}",
        "hours": float(rng.choice([0, 4, 8, 12, 16])),
        "cost": float(rng.integers(0, 5)),
        "form": str(rng.choice(["course", "e_learning"])),
        "yearly_seats": int(rng.integers(1, 5)) if rng.random() < 0.5 else None,
        "develops": develops,
        "asks": asks,
        "after": after,
        "mandatory": bool(rng.random() < 0.1),
        "entry_match": float(rng.choice([0.5, 1.0])),
        "provider": str(rng.choice(["", "good", "lapsing"])),
        "region": str(rng.choice(["", "", "", "west"])),
    }


def random_cohort(seed, *, n_trainings=9, n_officers=10, n_competencies=4):
    """Return a ranking of a random world, and the (officer row, training id) that are passed."""
    rng = np.random.default_rng(seed)
    names = [f"C{c}" for c in range(n_competencies)]
    trainings = [random_training(rng, t, names) for t in range(n_trainings)]
    sessions = []
    for t in range(n_trainings):
        for s in range(rng.integers(0, 4)):
            start = int(rng.integers(-20, 380))
            sessions.append(
                make_session(
                    f"T{t}-{s}",
                    f"T{t}",
                    start,
                    start + int(rng.integers(0, 6)),
                    seats=int(rng.integers(0, 5)),
                    region=str(rng.choice(["", "", "", "east"])),
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
    officers, chosen = np.nonzero(rng.random((n_officers, 2)) < 0.1)
    passed = [(int(i), f"T{t}") for i, t in zip(officers, chosen, strict=True)]
    ranking = make_ranking(
        framework,
        rng.integers(0, 3, (n_officers, n_competencies)),
        regions=rng.choice(["east", "west", ""], n_officers),
        passed=passed,
        blur=float(rng.choice([0.0, 0.1, 0.3])),
    )
    return ranking, passed
