"""Seats for everyone: officers in random order, prices from those still to come.

Officers are taken in blocks. Before a block, prices are found for a sample of all officers who
are not yet served and their part of the seats that are left; the block then takes its best
bundles at these prices, one pass. So an error of one sample is put right by the next. The last
block is solved exactly, as a programme over bundles, and every officer may then once give up
its seats and choose anew, which never lowers the sum.

The order is drawn with a fixed seed from officers sorted by id: nothing depends on the order of
rows or on the number of workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from competency.arrays import Bools, Ints
from competency.planning.cohort.bundle_memory import IMPROVE, PASS
from competency.planning.cohort.prices import Prices, Solved, no_prices, solve_prices
from competency.planning.cohort.pricing import Bundles
from competency.planning.officer.records import TIE

if TYPE_CHECKING:
    from competency.planning.cohort.market import Market
    from competency.planning.cohort.pricing import Pricer

SEED = 0
FIRST_SAMPLE, SAMPLE, LAST = 256, 3072, 3072
"""Officers whose prices start the others, in a sample, and in the last block. Measured for 100,000
officers: samples of 2,048 leave a gap of 1.2e-3, of 3,072 one of .6e-3, at 8 s more."""
BLOCKS = 16
"""Blocks before the last at the most; each costs the prices of one sample, so that none is smaller
than one."""
ROUGH, FINE = 1e-3, 1e-6
"""Relative tolerance of prices of a sample, and of the last block."""
WHOLE = 1 - 1e-6
"""A share above this is a whole bundle."""


class Served(NamedTuple):
    """Bundles of all officers that fit the seats, seats left, and the prices that bound best."""

    bundles: Bundles
    seats: Ints
    prices: Prices


class Shared(NamedTuple):
    """Bundles of all officers that fit the seats, prices, and the bound that these prove."""

    bundles: Bundles
    prices: Prices
    bound: float
    exact: Bools
    seats: Ints


def share_out(pricer: Pricer, market: Market) -> Shared:
    """Return a plan for all officers with the bound that its prices prove."""
    served = serve_all(pricer, market)
    bound, exact = _prove(pricer, market, served.prices)
    _improve(pricer, market, served.prices, served.seats, served.bundles)
    return Shared(served.bundles, served.prices, bound, exact, served.seats)


def serve_all(pricer: Pricer, market: Market) -> Served:
    """Return bundles for all officers: prices block by block, and one pass."""
    n_officers = len(pricer.problem.officers.probs)
    order = np.random.default_rng(SEED).permutation(n_officers)
    given, seats = pricer.empty(n_officers), market.seats.copy()
    size = max(-(-n_officers // BLOCKS), SAMPLE)
    prices, first_prices = no_prices(market), None
    first = 0
    while n_officers - first > LAST:
        rest = order[first:]
        for count in (FIRST_SAMPLE, SAMPLE)[first > 0 :]:
            prices = _prices_of(pricer, market, rest, count, prices, seats).prices
        block = rest[: min(size, len(rest) - LAST)]
        _serve(pricer, market, block, prices, seats, given)
        first_prices = first_prices or prices
        first += len(block)
    rest = np.sort(order[first:])
    if len(rest):
        prices = _serve_last(pricer, market, rest, prices, seats, given)
    # Prices of later blocks follow the luck of those before; the first ones bound best.
    return Served(given, seats, first_prices or prices)


def _prices_of(
    pricer: Pricer, market: Market, rest: Ints, count: int, start: Prices, seats: Ints
) -> Solved:
    rows = np.sort(rest[:count])
    part = seats[market.limited] * (len(rows) / len(rest))
    tolerance = ROUGH if len(rows) < len(rest) else FINE
    return solve_prices(pricer, market, rows, start, seats=part, tolerance=tolerance)


def _serve(
    pricer: Pricer, market: Market, rows: Ints, prices: Prices, seats: Ints, given: Bundles
) -> None:
    """Give officers their best bundles at these prices, those first who come first in `rows`."""
    terms = prices.terms(pricer, market)
    wanted = pricer(terms._replace(seats=seats), rows)
    pricer(terms._replace(seats=seats, way=PASS), rows, warm=wanted)
    given.write(rows, wanted)


def _serve_last(
    pricer: Pricer, market: Market, rows: Ints, start: Prices, seats: Ints, given: Bundles
) -> Prices:
    """Give the last officers what the programme gives them; ties that it splits come last."""
    if len(rows) > 2 * FIRST_SAMPLE:
        start = _prices_of(pricer, market, rows, FIRST_SAMPLE, start, seats).prices
    solved = _prices_of(pricer, market, rows, len(rows), start, seats)
    whole = np.flatnonzero(solved.master.share > WHOLE)
    chosen = solved.columns.take(whole)
    wanted = pricer.empty(len(rows))
    wanted.kept["steps"][chosen.officer, 0] = chosen.steps
    wanted.kept["hours"][chosen.officer, 0] = chosen.hours
    wanted.plans[chosen.officer, 0] = chosen.plans
    turn = np.argsort(wanted.kept["steps"][:, 0] < 0, kind="stable")
    terms = solved.prices.terms(pricer, market)
    served = pricer(terms._replace(seats=seats, way=PASS), rows[turn], warm=wanted.take(turn))
    given.write(rows[turn], served)
    return solved.prices


def _prove(pricer: Pricer, market: Market, prices: Prices) -> tuple[float, Bools]:
    """Return the bound of prices, and for whom the search behind it was exact."""
    rows = np.arange(len(pricer.problem.officers.probs))
    found = pricer(pricer.thorough(prices.terms(pricer, market)), rows)
    paid = prices.slots[market.limited] @ market.seats[market.limited]
    exact: Bools = found.upper <= found.kept["net"][:, 0] + TIE
    return float(found.upper.sum() + paid), exact


def _improve(pricer: Pricer, market: Market, prices: Prices, seats: Ints, given: Bundles) -> None:
    """Let every officer choose anew among its own seats and those left, at no price."""
    free = prices._replace(slots=np.zeros_like(prices.slots))
    terms = free.terms(pricer, market)._replace(seats=seats, way=IMPROVE)
    pricer(terms, np.arange(len(given.upper)), warm=given)
