"""The officers of the made-up world: unit, region, position, and how long they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, Ints, Texts, frozen
from competency.simulate.config import UNIT_KINDS

if TYPE_CHECKING:
    from competency.framework.model import Framework
    from competency.simulate.config import SimulationConfig

REGENCIES = {
    "Aceh": 23, "Sumatera Utara": 33, "Sumatera Barat": 19, "Riau": 12, "Jambi": 11,
    "Sumatera Selatan": 17, "Bengkulu": 10, "Lampung": 15, "Kepulauan Bangka Belitung": 7,
    "Kepulauan Riau": 7, "DKI Jakarta": 6, "Jawa Barat": 27, "Jawa Tengah": 35,
    "DI Yogyakarta": 5, "Jawa Timur": 38, "Banten": 8, "Bali": 9, "Nusa Tenggara Barat": 10,
    "Nusa Tenggara Timur": 22, "Kalimantan Barat": 14, "Kalimantan Tengah": 14,
    "Kalimantan Selatan": 13, "Kalimantan Timur": 10, "Kalimantan Utara": 5,
    "Sulawesi Utara": 15, "Sulawesi Tengah": 13, "Sulawesi Selatan": 24,
    "Sulawesi Tenggara": 17, "Gorontalo": 6, "Sulawesi Barat": 6, "Maluku": 11,
    "Maluku Utara": 10, "Papua": 9, "Papua Barat": 7, "Papua Selatan": 4, "Papua Tengah": 8,
    "Papua Pegunungan": 8, "Papua Barat Daya": 6,
}  # fmt: skip
"""Kabupaten and kota by province: 38 provinces, 514 in all (the total of Permendagri 137/2017)."""

MINISTRY, AGENCY, PROVINCE, REGENCY = range(4)


@dataclass(frozen=True, eq=False)
class People:
    """Officers, sorted by id.

    Parameters
    ----------
    ids, names, unit_names, regions : Texts, shape (n_officers,)
        Ids are 18 digits that begin with the impossible year 9900.
    kind, unit : Ints, shape (n_officers,)
        Kind of unit (index into `UNIT_KINDS`) and number of the unit.
    position : Ints, shape (n_officers,)
        Index into ``framework.index.position_ids``; -1 when the framework has no position.
    joined : Ints, shape (n_officers,)
        Day of appointment, in days before `as_of`.
    newcomer : Floats, shape (n_officers,)
        1 for officers appointed within the last years, else 0.
    """

    ids: Texts
    names: Texts
    unit_names: Texts
    regions: Texts
    kind: Ints
    unit: Ints
    position: Ints
    joined: Ints
    newcomer: Floats

    def __len__(self) -> int:
        return len(self.ids)


def make_people(
    framework: Framework, n_officers: int, config: SimulationConfig, rng: np.random.Generator
) -> People:
    """Return `n_officers` officers, in random order of units."""
    kind = _kinds(n_officers, config, rng)
    unit_names, regions = _units(kind, rng)
    newcomer = (rng.random(n_officers) < config.newcomers).astype(float)
    # NOTE: newcomers arrive over two years, 33 to 9 months before `as_of`: 364 officers became
    # 1,162 in two years, and the last of them came after the last round of assessments.
    joined = np.where(newcomer > 0, rng.integers(270, 1001, n_officers), 2000)
    number = np.arange(1, n_officers + 1)
    return People(
        ids=_texts([f"9900{i:014d}" for i in number]),
        names=_texts([f"Pegawai Sintetis {i:04d}" for i in number]),
        unit_names=unit_names,
        regions=regions,
        kind=frozen(kind),
        unit=frozen(np.unique(unit_names.astype(str), return_inverse=True)[1]),
        position=frozen(_positions(framework, kind, newcomer, config, rng)),
        joined=frozen(joined),
        newcomer=frozen(newcomer),
    )


def whole_shares(total: int, shares: Floats) -> Ints:
    """Return whole numbers in proportion to `shares` that sum to `total` (largest remainder).

    Examples
    --------
    >>> whole_shares(10, np.array([2.0, 1.0])).tolist()
    [7, 3]
    >>> whole_shares(0, np.array([1.0])).tolist()
    [0]
    """
    exact = total * shares / shares.sum()
    whole = np.floor(exact).astype(int)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return np.asarray(whole)


def _kinds(n_officers: int, config: SimulationConfig, rng: np.random.Generator) -> Ints:
    shares = np.array([config.unit_shares.get(name, 0.0) for name in UNIT_KINDS])
    return rng.permutation(np.repeat(np.arange(4), whole_shares(n_officers, shares)))


def _units(kind: Ints, rng: np.random.Generator) -> tuple[Texts, Texts]:
    provinces = np.array(list(REGENCIES), object)
    size = np.array(list(REGENCIES.values()))
    home = np.repeat(np.arange(len(provinces)), size)
    number = np.concatenate([np.arange(1, count + 1) for count in size])
    region = rng.choice(len(provinces), len(kind), p=size / size.sum())
    names = np.full(len(kind), "Kemnaker", object)
    region[kind == MINISTRY] = list(REGENCIES).index("DKI Jakarta")
    names[kind == AGENCY] = "BP2MI"
    in_province = np.flatnonzero(kind == PROVINCE)
    region[in_province] = _each_once_first(len(in_province), size, rng)
    names[in_province] = [f"Disnaker Provinsi {name}" for name in provinces[region[in_province]]]
    in_regency = np.flatnonzero(kind == REGENCY)
    office = _each_once_first(len(in_regency), np.ones(len(home)), rng)
    region[in_regency] = home[office]
    names[in_regency] = [
        f"Disnaker Kabupaten/Kota {name} {i:02d}"
        for name, i in zip(provinces[home[office]], number[office], strict=True)
    ]
    return frozen(names), frozen(provinces[region])


def _each_once_first(count: int, weight: Floats | Ints, rng: np.random.Generator) -> Ints:
    """Return `count` draws of places: every place once, and then by weight."""
    places = rng.permutation(len(weight))[:count]
    extra = rng.choice(len(weight), max(count - len(places), 0), p=weight / weight.sum())
    return rng.permutation(np.concatenate([places, extra]))


def _positions(
    framework: Framework,
    kind: Ints,
    newcomer: Floats,
    config: SimulationConfig,
    rng: np.random.Generator,
) -> Ints:
    """Return positions: shares as configured, low ranks to newcomers, the clerks to regencies."""
    ids = framework.index.position_ids
    if not ids:
        return np.full(len(kind), -1)
    counts = whole_shares(len(kind), _position_shares(ids, config.position_shares))
    seniority = _ladder_rank(framework)
    by_rank = np.argsort(seniority, kind="stable")
    # NOTE: officers are queued by how senior their place is likely to be; noise keeps it loose.
    place = 1.2 * (kind == MINISTRY) - 0.8 * (kind == REGENCY) - 1.5 * newcomer
    queue = np.argsort(place + rng.normal(0, 0.7, len(kind)), kind="stable")
    position = np.empty(len(kind), int)
    position[queue] = np.repeat(by_rank, counts[by_rank])
    return position


def _position_shares(ids: tuple[str, ...], wanted: Mapping[str, float]) -> Floats:
    shares = np.array([wanted.get(name, 0.0) for name in ids])
    return shares if shares.sum() else np.ones(len(ids))


def _ladder_rank(framework: Framework) -> Ints:
    """Return how many steps of the usual ladder lead to each position."""
    upward = framework.index.next_position
    rank = np.zeros(len(upward), int)
    for _ in upward:
        below = np.flatnonzero(upward >= 0)
        np.maximum.at(rank, upward[below], np.minimum(rank[below] + 1, len(upward)))
    return rank


def _texts(values: list[str]) -> Texts:
    return frozen(np.array(values, object))
