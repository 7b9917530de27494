"""What the exact search for an officer's best bundle reads and writes, as plain records.

A bundle is a set of trainings with an order, dates and sessions: one officer's whole plan.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.planning.officer.records import STEP
from competency.planning.problem import Catalogue, Records

MOST_UNITS = 256
"""Columns of the table that bounds what the hours left can bring; longer budgets are rounded."""

ITEM = np.dtype(
    [
        ("training", "i8"),
        ("hours", "f8"),
        ("cost", "f8"),
        ("units", "i8"),
        ("days", "i8"),
        ("gain", "f8"),
        ("most", "f8"),
        ("extra", "f8"),
        ("price", "f8"),
        ("bound", "f8"),
        ("first_option", "i8"),
        ("last_option", "i8"),
        ("frozen", "?"),
        ("ready", "?"),
        ("useful", "?"),
    ]
)
"""A training that one officer could take. It closes `gain` when taken first and never more than
`most`; `extra` is added where it is mandatory and for hours, `price` is that of its cheapest seat,
and `bound` is most + extra - price. `ready`: may be entered at once; `useful`: another item may
need it."""
OPTION = np.dtype(
    [("session", "i8"), ("slot", "i8"), ("start", "i8"), ("end", "i8"), ("price", "f8")]
)
"""A way to take an item; start -1 = on any day. `slot` is where its seats are counted."""
FRAME = np.dtype(
    [("value", "f8"), ("rest", "f8"), ("day", "i8"), ("line", "i8"), ("item", "i8"),
     ("tried", "i8"), ("cheapest", "f8")]
)  # fmt: skip
"""One depth of the search over orders and dates."""
NODE = np.dtype(
    [("item", "i8"), ("hours", "f8"), ("cost", "f8"), ("bound", "f8"), ("marginal", "f8")]
)
"""One depth of the search over sets: the item added last, and the totals with it."""
FOUND = np.dtype(
    [("net", "f8"), ("best", "f8"), ("upper", "f8"), ("count", "i8"), ("visits", "i8"),
     ("items", "i8"), ("frozen", "i8"), ("room", "f8")]
)  # fmt: skip
"""Scalars of one officer's search."""
BUNDLE = np.dtype([("net", "f8"), ("hours", "f8"), ("steps", "i8"), ("seated", "?")])
"""Totals of a bundle that was kept: `net` is its value after prices, `steps` -1 = there is none,
`seated` = it holds its seats."""
ALONE, PASS, IMPROVE = 0, 1, 2
"""Ways to search. Each officer alone; or in turn with the seats that are left, keeping a bundle
that is open as it is (`PASS`), or giving up its seats and choosing anew (`IMPROVE`)."""


class Relations(NamedTuple):
    """What trainings have to do with each other, whoever takes them.

    ``reach[d, k]`` is the largest part of those below level k that row d of develops lifts to k
    or above. ``influences[first[t]:first[t + 1]]`` are the trainings that can change what t
    closes or open its entry. Two that `commute` may change places in any plan.
    """

    reach: Floats
    first: Ints
    influences: Ints
    commute: Bools


class Terms(NamedTuple):
    """What a bundle costs and earns beside the gap that it closes.

    `prices` and `seats` left are by slot (see :class:`Problem`), `per_hour` is by officer;
    `floor_reward` is paid for each hour up to `floor`, `mandatory` for each mandatory training. The
    search keeps bundles down to `slack` below the best and stops after `most_visits`. With a `way`
    other than `ALONE` the seats that a bundle takes are taken from `seats`, in place.
    """

    prices: Floats
    seats: Ints
    per_hour: Floats
    floor: float
    floor_reward: float
    mandatory: float
    slack: float
    most_visits: int
    way: int


class Frozen(NamedTuple):
    """Settled steps by officer and start: officer i has ``steps[first[i]:first[i + 1]]``."""

    first: Ints
    steps: Records


class Memory(NamedTuple):
    """Scratch of one search."""

    items: Records
    options: Records
    item_of: Ints
    gain: Floats
    table: Floats
    nodes: Records
    missing: Floats
    frames: Records
    lines: Ints
    members: Ints
    placed: Bools
    taken: Bools
    probs: Floats
    held: Ints
    after: Floats
    steps: Records
    best: Records
    found: Records


def make_memory(catalogue: Catalogue, shape: tuple[int, ...], most: int) -> Memory:
    """Return unfilled memory for beliefs of `shape` and at most `most` steps in a bundle."""
    n_trainings = len(catalogue.trainings)
    n_items = n_trainings + most
    n_options = n_trainings + len(catalogue.sessions) + most
    return Memory(
        items=np.zeros(n_items + 1, ITEM),
        options=np.zeros(n_options, OPTION),
        item_of=np.zeros(n_trainings, np.int64),
        gain=np.zeros((len(catalogue.develops), shape[1])),
        table=np.zeros((n_items + 1, MOST_UNITS + 1)),
        nodes=np.zeros(most + 1, NODE),
        missing=np.zeros((most + 1, *shape)),
        frames=np.zeros(most + 1, FRAME),
        lines=np.zeros((n_options, 2), np.int64),
        members=np.zeros(most, np.int64),
        placed=np.zeros(n_items, bool),
        taken=np.zeros(n_trainings, bool),
        probs=np.zeros((most + 1, *shape)),
        held=np.zeros((most + 1, shape[0]), np.int64),
        after=np.zeros(shape[1]),
        steps=np.zeros(most, STEP),
        best=np.zeros(most, STEP),
        found=np.zeros(1, FOUND),
    )


def relate(catalogue: Catalogue) -> Relations:
    """Return how the trainings of a catalogue bear on each other."""
    trainings = catalogue.trainings
    n_trainings = len(trainings)
    n_competencies = 1 + max(
        catalogue.develops.max(initial=0), catalogue.entries["competency"].max(initial=0)
    )
    develops = np.zeros((n_trainings, n_competencies), bool)
    asks = np.zeros_like(develops)
    follows = np.zeros((n_trainings, n_trainings), bool)
    develops[_owner(trainings, "develop"), catalogue.develops] = True
    asks[_owner(trainings, "entry"), catalogue.entries["competency"]] = True
    follows[_owner(trainings, "prerequisite"), catalogue.prerequisites] = True
    # influenced[t, s]: s develops what t develops or asks for, or is its prerequisite
    influenced = ((develops | asks).astype(np.int64) @ develops.T.astype(np.int64) > 0) | follows
    np.fill_diagonal(influenced, val=False)
    first = np.concatenate([[0], np.cumsum(influenced.sum(1))])
    rise = catalogue.rise
    below = np.arange(rise.shape[1])[:, None] < np.arange(rise.shape[2])
    return Relations(
        reach=np.where(below, rise, 0.0).max(1, initial=0.0),
        first=first.astype(np.int64),
        influences=np.nonzero(influenced)[1].astype(np.int64),
        commute=~(influenced | influenced.T),
    )


def _owner(trainings: Records, name: str) -> Ints:
    counts = trainings[f"last_{name}"] - trainings[f"first_{name}"]
    return np.repeat(np.arange(len(trainings)), counts)


def nothing_frozen(n_officers: int) -> Frozen:
    """Return that no step is settled."""
    return Frozen(np.zeros(n_officers + 1, np.int64), np.zeros(0, STEP))
