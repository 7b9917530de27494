"""The memory of one search: partial plans, candidates for the next step, and the best so far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.planning.problem import Catalogue, Limits, Records

STEP = np.dtype(
    [("training", "i8"), ("session", "i8"), ("start", "i8"), ("end", "i8"), ("gain", "f8")]
)
"""One step of a plan; session -1 is a training without dates, days count from `as_of`."""
_TOTALS = [
    ("key", "u8"),  # identifies the set of trainings
    ("state", "f8"),  # tells the beliefs it leads to apart: the sum of `Catalogue.mark`
    ("value", "f8"),
    ("bound", "f8"),  # nothing that follows has a higher value
    ("closed", "f8"),  # gap closed, whatever the objective
    ("hours", "f8"),
    ("cost", "f8"),
    ("end", "i8"),  # last day used
    ("mandatory", "i8"),  # mandatory trainings taken
]
NODE = np.dtype([("hope", "f8"), *_TOTALS])
"""Totals of a partial plan, and the score of the best step after it."""
CANDIDATE = np.dtype(
    [
        ("score", "f8"),
        ("parent", "i8"),
        ("training", "i8"),
        ("session", "i8"),
        ("start", "i8"),
        *_TOTALS,
    ]
)
"""An extension of a node by one training, with the totals that it leads to."""
BEST = np.dtype(
    [
        ("value", "f8"),
        ("hours", "f8"),
        ("end", "i8"),
        ("mandatory", "i8"),
        ("steps", "i8"),
        ("bound", "f8"),  # of every plan
        ("dropped", "f8"),  # of what was dropped without a look
        ("floor", "f8"),  # below this score no candidate is kept
        ("usable", "i8"),  # trainings that could be taken at some time
        ("due", "i8"),  # mandatory trainings among them
        ("bonus", "f8"),  # of a mandatory training
    ]
)
"""What is known of one officer's best plan while the search goes on."""

TIE = 1e-9
"""Values closer than this are equal; then fewer hours, then the earlier end decide."""
ROOM = 2
"""Candidates collected, in beam widths, before the worst are dropped."""


class Buffers(NamedTuple):
    """Memory of one search. The beam lies twice, this round and the next: axis 0."""

    nodes: Records
    probs: Floats
    held: Ints
    taken: Bools
    profit: Floats
    """What each usable training adds to the objective after a node; -1 = it cannot be taken."""
    priced: Floats
    """The same beyond the prices on gaps."""
    mark: Floats
    """By how much each usable training then changes the state."""
    steps: Records
    excess: Floats
    """What is missing to each position, in match, ``[half, node, aim]``; the last is a trial."""
    found: Records
    table: Ints
    score: Floats
    flat: Floats
    """The same memory as `probs`, one row for each node."""
    usable: Ints
    hours: Floats
    cost: Floats
    loss: Floats
    """What each usable training needs, and by how much the need lowers the bound."""
    look: Floats
    credit: Floats
    """Score of the best training that a usable one opens by itself, and which that is."""
    opens: Ints
    listed: Ints
    place: Ints
    """Where a training stands among the usable ones; -1 = nowhere."""
    gain: Floats
    """``gain[d, i]``: gap closed by row d of develops for an officer at level i for certain."""
    lift: Floats
    """``lift[d, i]``: chance that it then lifts to the level that is asked for."""
    top: Floats
    """The most that row d can close in any state that can be reached."""
    asked: Ints
    """Level that is required of each competency; 0 = none."""
    sought: Ints
    """Highest level of each competency that a usable training asks for."""
    room: Floats
    """What is open of each competency."""
    budget: Floats
    """Hours, cost and steps of the officer."""
    price: Floats
    cap: Floats
    free: Floats
    slack: Floats
    match: Floats
    """Share of the match to a position that a level brings, ``[competency, level, aim]``."""
    reach: Floats
    """The most that one training, and one hour, bring nearer to each position."""
    after: Floats
    best: Records


def make_buffers(
    limits: Limits, catalogue: Catalogue, shape: tuple[int, ...], *, n_aims: int
) -> Buffers:
    """Return unfilled memory for officers with beliefs of `shape` (competencies, levels)."""
    width, room = limits.width, ROOM * limits.width
    n_trainings, n_develops = len(catalogue.trainings), len(catalogue.develops)
    probs = np.zeros((2, width, *shape))
    return Buffers(
        nodes=np.zeros((2, width), NODE),
        probs=probs,
        held=np.zeros((2, width, shape[0]), np.int64),
        taken=np.zeros((2, width, n_trainings), bool),
        profit=np.zeros((2, width, n_trainings)),
        priced=np.zeros((2, width, n_trainings)),
        mark=np.zeros((2, width, n_trainings)),
        steps=np.zeros((2, width, limits.max_steps), STEP),
        excess=np.zeros((2, width + 1, n_aims), np.float32),
        found=np.zeros(room + 1, CANDIDATE),  # the last one is being filled
        table=np.zeros(4 << room.bit_length(), np.int64),
        score=np.zeros(room),
        flat=probs.reshape(2, width, -1),
        usable=np.zeros(n_trainings, np.int64),
        hours=np.zeros(n_trainings),
        cost=np.zeros(n_trainings),
        loss=np.zeros(n_trainings),
        look=np.zeros(n_trainings),
        credit=np.zeros(n_trainings),
        opens=np.zeros(n_trainings, np.int64),
        listed=np.zeros(len(catalogue.touching) + len(catalogue.waiting) + n_trainings, np.int64),
        place=np.zeros(n_trainings, np.int64),
        gain=np.zeros((n_develops, shape[1])),
        lift=np.zeros((n_develops, shape[1])),
        top=np.zeros(n_develops),
        asked=np.zeros(shape[0], np.int64),
        sought=np.zeros(shape[0], np.int64),
        room=np.zeros(shape[0]),
        budget=np.zeros(3),
        price=np.zeros((2, 3)),
        cap=np.zeros((2, shape[0])),
        free=np.zeros(3),
        slack=np.zeros(shape[0]),
        match=np.zeros((*shape, n_aims), np.float32),
        reach=np.zeros((2, n_aims), np.float32),
        after=np.zeros(shape[1]),
        best=np.zeros(1, BEST),
    )
