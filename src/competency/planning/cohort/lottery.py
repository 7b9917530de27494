"""The last seats of a class drawn by lot among officers who gain about the same from them.

At the prices of the plan, an officer is near a tie for a full class when its plan and another
bundle that differs in that seat alone are worth the same within a tolerance. The seats that such
officers hold are drawn among them and those who are as near without one:

    propensity = seats held by candidates / candidates,     the same for each of them.

Everyone's chance is known and logged, so that what the training changed can later be read off the
draw. Each officer takes part in one lottery at most, seats that its other bundle needs are set
aside before the draw, and so no draw depends on another. A change costs its officer the tolerance
at the most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, Texts, stable_seed
from competency.planning.officer.records import TIE

if TYPE_CHECKING:
    import scipy.sparse as sp

    from competency.planning.cohort.assign import Shared
    from competency.planning.cohort.market import Market
    from competency.planning.cohort.prices import Prices
    from competency.planning.cohort.pricing import Bundles, Pricer
    from competency.planning.problem import Records
    from competency.ranking.table import Ranking

NEAR, SLACK = 16, 3.0
"""Bundles looked at for each officer, and how far (tolerances) below the best: on the reference
pack this finds all 159 candidates at 20 hours (tolerance .05), and some 180 of 190 at 40."""


class Draw(NamedTuple):
    """Who won, and with what chance; both of shape ``(n_candidates,)``."""

    drawn: Bools
    propensity: Floats


def draw(group: Ints, key: Ints, holds: Bools) -> Draw:
    """Draw as many candidates of each group as there are seats in it, all with equal chances.

    Parameters
    ----------
    group : int, shape (n_candidates,)
        The seat that each candidate is drawn for.
    key : uint64, same shape
        A random number of each candidate; the smallest of a group win. Made from a seed and the
        candidate's id, so that the draw does not depend on the order of rows.
    holds : bool, same shape
        Whether the candidate has a seat now; the group has as many seats as holders.

    Examples
    --------
    >>> drawn, propensity = draw(
    ...     np.array([0, 0, 0, 7]), np.array([5, 2, 9, 1]), np.array([True, False, False, True])
    ... )
    >>> drawn.tolist(), propensity.round(2).tolist()
    ([False, True, False, True], [0.33, 0.33, 0.33, 1.0])
    >>> draw(np.zeros(0, int), np.zeros(0, int), np.zeros(0, bool)).drawn.tolist()
    []
    """
    _, code, count = np.unique(group, return_inverse=True, return_counts=True)
    seats = np.bincount(code, holds, minlength=len(count))
    order = np.lexsort((key, code))
    place = np.empty(len(group), np.int64)
    first = np.cumsum(count) - count
    place[order] = np.arange(len(group)) - first[code[order]]
    return Draw(place < seats[code], (seats / count)[code])


class Candidates(NamedTuple):
    """Officers near a tie for a full seat, by officer.

    Row of the officer, slot of the seat, whether the officer's plan holds it, number of the other
    bundle, and `margin`: how much more the bundle with the seat is worth than the one without, at
    the prices, in weighted levels.
    """

    officer: Ints
    slot: Ints
    holds: Bools
    other: Ints
    margin: Floats

    def take(self, rows: Bools | Ints) -> Candidates:
        """Return some of them."""
        return Candidates._make(part[rows] for part in self)

    def contested(self) -> Bools:
        """Return who is a candidate for seats of which some are held and some are not."""
        holders, count = np.bincount(self.slot, self.holds), np.bincount(self.slot)
        contested: Bools = ((holders > 0) & (holders < count))[self.slot]
        return contested


def near_ties(
    given: Bundles, others: Bundles, *, market: Market, prices: Prices, seats: Ints,
    tolerance: float,
) -> Candidates:  # fmt: skip
    """Return officers whose plan and another bundle differ in one full seat and hardly in worth.

    `given` is the plan, one bundle for each officer; `others` further bundles of each, compared at
    `prices`. `seats`, ``(n_slots,)``, are those that the plan leaves; `tolerance` is in weighted
    levels. One candidate for each officer at the most. Apart from the one seat, bundles differ in
    seats that are free and cost nothing, and there is one for everybody.
    """
    mine = _Rows(given.plans[:, 0], given.kept[:, 0], np.arange(len(given.kept)))
    officer, which = np.nonzero(others.kept["steps"] >= 0)
    other = _Rows(others.plans[officer, which], others.kept[officer, which], officer)
    difference = other.net(market, prices) - mine.net(market, prices)[officer]
    near = np.flatnonzero(np.abs(difference) <= tolerance + TIE)
    officer, difference = officer[near], difference[near]
    change = other.take(near).usage(market) - mine.take(officer).usage(market)
    left = seats[market.limited]
    row, sign = _one_scarce(change, (left <= 0) | (prices.slots[market.limited] > TIE))
    able = np.flatnonzero(sign)
    able = able[left[row[able]] <= 0]
    sign, margin = sign[able], sign[able] * difference[able]
    slot = market.limited[row[able]]
    found = Candidates(officer[able], slot, sign < 0, which[near][able], margin)
    chosen = _nearest(found)
    chosen = chosen[_set_aside(change[:, able[chosen]], left)]
    return found.take(chosen[found.take(chosen).contested()])


class _Rows(NamedTuple):
    """Bundles one after another, with the officer of each."""

    plans: Records
    kept: Records
    officer: Ints

    def take(self, rows: Ints) -> _Rows:
        return _Rows._make(part[rows] for part in self)

    def usage(self, market: Market) -> sp.csr_array:
        return market.usage(self.plans, self.kept["steps"], self.officer)

    def net(self, market: Market, prices: Prices) -> Floats:
        """Return worth less prices, by bundle."""
        worth = market.value_of(self.plans, self.kept, self.officer)
        worth += market.pay_per_hour(prices.region_pay)[self.officer] * self.kept["hours"]
        net: Floats = worth - self.usage(market).T @ prices.slots[market.limited]
        return net


def _one_scarce(change: sp.csr_array, scarce: Bools) -> tuple[Ints, Ints]:
    """Return the row in which a column changes, and the sign; sign 0 unless it is one scarce row.

    Rows are limited slots, columns pairs of bundles.
    """
    counted = abs(change)
    one = counted.T @ scarce.astype(float) == 1
    row = np.where(one, counted.T @ (scarce * np.arange(len(scarce))), 0).astype(np.int64)
    return row, np.where(one, change.T @ scarce.astype(float), 0).astype(np.int64)


def _nearest(found: Candidates) -> Ints:
    """Return the row of each officer with the smallest margin, among seats that are contested."""
    rows = np.flatnonzero(found.contested())
    some = found.take(rows)
    order = np.lexsort((some.other, some.slot, np.abs(some.margin).round(9), some.officer))
    rows = rows[order]
    return rows[np.diff(found.officer[rows], prepend=-1) > 0]


def _set_aside(change: sp.csr_array, left: Ints) -> Bools:
    """Return which columns can all have the free seats that their other bundle adds."""
    entries = change.tocoo()
    added = (entries.data > 0) & (left[entries.row] > 0)
    row, column = entries.row[added], entries.col[added]
    order = np.lexsort((column, row))
    place = np.arange(len(order)) - np.searchsorted(row[order], row[order])
    able = np.ones(change.shape[1], bool)
    able[column[order][place >= left[row[order]]]] = False
    return able


def draw_lots(
    shared: Shared, pricer: Pricer, market: Market, *, ranking: Ranking, tolerance: float, seed: int
) -> tuple[Shared, pd.DataFrame]:
    """Draw seats among officers near a tie; return the plan after the draw, and its log.

    `tolerance`: how far apart in weighted levels two bundles of an officer may be to be near a tie.
    The log has a row for each candidate, by training, session and officer: officer, training,
    session ("" without dates), seats (drawn), candidates, propensity, drawn, margin.
    """
    others = _near_bundles(shared.prices, pricer, market, tolerance)
    before = shared.bundles
    found = near_ties(
        before, others, market=market, prices=shared.prices, seats=shared.seats, tolerance=tolerance
    )
    names, officers = _slot_names(ranking), ranking.gaps.levels.roster.officer_ids[found.officer]
    pairs = zip(names["name"].to_numpy()[found.slot], officers, strict=True)
    key = np.array([stable_seed(seed, *pair) for pair in pairs], np.uint64)
    lots = draw(found.slot, key, found.holds)
    turned = np.flatnonzero(lots.drawn != found.holds)
    rows, other = found.officer[turned], found.other[turned]
    after = before._replace(kept=before.kept.copy(), plans=before.plans.copy())
    after.kept[rows, 0], after.plans[rows, 0] = others.kept[rows, other], others.plans[rows, other]
    taken, gone = (market.demand(b.plans[:, 0], b.kept["steps"][:, 0]) for b in (after, before))
    log = _log(found, lots, names.iloc[found.slot], officers)
    return shared._replace(bundles=after, seats=shared.seats - (taken - gone)), log


def _near_bundles(prices: Prices, pricer: Pricer, market: Market, tolerance: float) -> Bundles:
    """Return the best bundles of each officer at the prices, down to some tolerances below."""
    # NOTE: a search drops what costs more than it brings; seats a little cheaper let these in.
    cheaper = prices._replace(slots=np.maximum(prices.slots - tolerance - TIE, 0.0))
    terms = cheaper.terms(pricer, market)._replace(slack=SLACK * tolerance)
    return pricer(terms, np.arange(len(terms.per_hour)), keep=NEAR)


def _log(found: Candidates, lots: Draw, names: pd.DataFrame, officers: Texts) -> pd.DataFrame:
    log = pd.DataFrame(
        {
            "officer": officers,
            "training": names["training"].to_numpy(),
            "session": names["session"].to_numpy(),
            "seats": np.bincount(found.slot, found.holds)[found.slot].astype(np.int64),
            "candidates": np.bincount(found.slot)[found.slot],
            "propensity": lots.propensity,
            "drawn": lots.drawn,
            "margin": found.margin,
        }
    )
    return log.sort_values(["training", "session", "officer"], ignore_index=True)


def _slot_names(ranking: Ranking) -> pd.DataFrame:
    """Return training, session ("" without dates) and a name for each slot."""
    index = ranking.gaps.levels.framework.index
    trainings = np.array(index.training_ids, object)
    training = np.concatenate([trainings[index.sessions.training], trainings])
    session = [*index.session_ids, *[""] * len(trainings)]
    name = [
        f"session {s}" if s else f"training {t}" for t, s in zip(training, session, strict=True)
    ]
    return pd.DataFrame({"training": training, "session": session, "name": name})
