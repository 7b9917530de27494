"""Where the reference pack and its models lie: in the wheel, or in the source tree."""

from __future__ import annotations

from pathlib import Path

_INSTALLED = Path(__file__).resolve().parent / "_packs"
_SOURCE = Path(__file__).resolve().parents[2]


def pack_path(name: str = "pengantar-kerja") -> Path:
    """Return the folder of a data pack: framework tables, and ``cohort/`` with its evidence.

    Parameters
    ----------
    name : str
        Name of the pack.

    Returns
    -------
    Path

    Examples
    --------
    >>> sorted(path.name for path in pack_path().glob("p*.csv"))
    ['positions.csv', 'prerequisites.csv', 'providers.csv']
    """
    return _first(_INSTALLED / "datasets" / name, _SOURCE / "datasets" / name)


def model_path(name: str = "pengantar-kerja") -> Path:
    """Return the folder of the fitted models of a pack.

    Parameters
    ----------
    name : str
        Name of the pack.

    Returns
    -------
    Path

    Examples
    --------
    >>> (model_path() / "levels" / "manifest.json").is_file()
    True
    """
    return _first(_INSTALLED / "models" / name, _SOURCE / "models" / name)


def _first(*candidates: Path) -> Path:
    return next((path for path in candidates if path.is_dir()), candidates[-1])
