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
    ("duties", "i8"),  # mandatory trainings taken
]
NODE = np.dtype(_TOTALS)
"""Totals of a partial plan."""
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
        ("duties", "i8"),
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

CELL = np.dtype(
    [
        ("room", "f8"),  # what is open
        ("slack", "f8"),  # what the present prices leave of it
        ("cap", "f8"),  # price on closing it, as a share of its worth
        ("best_cap", "f8"),
        ("asked", "i8"),  # level that an objective asks for; 0 = none
        ("sought", "i8"),  # highest level that a usable training asks for
    ]
)
"""A competency of one officer."""
PRICE = np.dtype([("whole", "f8"), ("free", "f8"), ("price", "f8"), ("best", "f8")])
"""A budget of one officer (hours, cost, steps): all of it, what is free, and its price."""

PROFIT, PRICED, MARK = range(3)
"""What a usable training is worth after a node (-1 = it cannot be taken), the same beyond the
prices on gaps, and by how much it changes the state."""
HOURS, COST, LOSS, LOOK = range(4)
"""What a usable training needs, by how much the need lowers the bound, and whether it deserves a
look."""
GAPS, LIFTS = range(2)
"""What a row of develops does for an officer at level i for certain: the gap it closes, the chance
that it lifts to the level asked for."""

ROOM = 4
"""Candidates collected, in beam widths, before the worst are dropped."""


class Buffers(NamedTuple):
    """Memory of one search. The beam lies twice, this round and the next: axis 0.

    NOTE: every array costs compile time wherever the whole is handed on; small ones are records.
    """

    nodes: Records
    probs: Floats
    flat: Floats
    """The same memory as `probs`, one row for each node."""
    held: Ints
    taken: Bools
    worth: Floats
    """``[half, node, PROFIT to MARK, usable training]``"""
    steps: Records
    excess: Floats
    """What is missing to each position, in match, ``[half, node, aim]``; the last is a trial."""
    found: Records
    table: Ints
    score: Floats
    usable: Ints
    place: Ints
    """Where a training stands among the usable ones; -1 = nowhere."""
    listed: Ints
    menu: Floats
    """``[HOURS to LOOK, usable training]``"""
    gains: Floats
    """``[GAPS or LIFTS, row of develops, level]``"""
    top: Floats
    """The most that a row of develops can close in any state that can be reached."""
    cells: Records
    prices: Records
    match: Floats
    """Share of the match to a position that a level brings, ``[competency, level, aim]``."""
    reach: Floats
    """The most that one training, and one hour, bring nearer to each position."""
    after: Floats
    best: Records


def make_buffers(
    limits: Limits, catalogue: Catalogue, shape: tuple[int, int], *, n_aims: int
) -> Buffers:
    """Return unfilled memory for officers with beliefs of `shape` (competencies, levels)."""
    width, room = limits.width, ROOM * limits.width
    n_trainings, n_develops = len(catalogue.trainings), len(catalogue.develops)
    n_listed = len(catalogue.touching) + len(catalogue.waiting) + n_trainings
    probs = np.zeros((2, width, *shape))
    return Buffers(
        nodes=np.zeros((2, width), NODE),
        probs=probs,
        flat=probs.reshape(2, width, -1),
        held=np.zeros((2, width, shape[0]), np.int64),
        taken=np.zeros((2, width, n_trainings), bool),
        worth=np.zeros((2, width, MARK + 1, n_trainings)),
        steps=np.zeros((2, width, limits.max_steps), STEP),
        excess=np.zeros((2, width + 1, n_aims), np.float32),
        found=np.zeros(room + 1, CANDIDATE),  # the last one is being filled
        table=np.zeros(4 << room.bit_length(), np.int64),
        score=np.zeros(room),
        usable=np.zeros(n_trainings, np.int64),
        place=np.zeros(n_trainings, np.int64),
        listed=np.zeros(n_listed, np.int64),
        menu=np.zeros((LOOK + 1, n_trainings)),
        gains=np.zeros((LIFTS + 1, n_develops, shape[1])),
        top=np.zeros(n_develops),
        cells=np.zeros(shape[0], CELL),
        prices=np.zeros(3, PRICE),
        match=np.zeros((*shape, n_aims), np.float32),
        reach=np.zeros((2, n_aims), np.float32),
        after=np.zeros(shape[1]),
        best=np.zeros(1, BEST),
    )
