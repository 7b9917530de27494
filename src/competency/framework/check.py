"""Everything that is wrong with a framework, at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from competency.config import as_date
from competency.framework.advice import check_advice
from competency.framework.cycles import check_cycles
from competency.framework.model import TABLES, Framework
from competency.framework.reading import Reading, read_source, reading_of
from competency.framework.references import check_keys, check_references
from competency.framework.rules import check_rules

if TYPE_CHECKING:
    from competency.errors import Finding


def check_framework(
    source: str | Path | Framework, *, as_of: date | str | None = None
) -> tuple[Finding, ...]:
    """Return everything noticed in a framework, ordered by table and row.

    Parameters
    ----------
    source : str, Path or Framework
        A folder of CSV files, an ``.xlsx`` workbook, or a framework in memory; rows of the
        latter are numbered as in its saved file (the first row is number 2).
    as_of : date or ISO text, optional
        The day for which accreditations of providers are judged; None leaves them unjudged.

    Returns
    -------
    tuple of Finding
        Errors stop a load; warnings and notes do not. Empty when nothing was noticed.

    Raises
    ------
    FileFormatError
        The path is missing. Bad content never raises.

    Notes
    -----
    A table that cannot be read does not make its references dangle as well, and warnings on
    the whole are left out while the rows they rest on are unreadable. Cost is linear in the
    rows, but for the cycles found.

    Examples
    --------
    >>> import competency as cp
    >>> errors = [f for f in cp.check_framework(cp.pack_path()) if f.severity == "error"]
    >>> errors
    []
    """
    reading = reading_of(source) if isinstance(source, Framework) else read_source(Path(source))
    return findings_of(reading, as_date(as_of) if as_of is not None else None)


def findings_of(reading: Reading, as_of: date | None) -> tuple[Finding, ...]:
    """Run every check on a reading and return all findings in the order of the tables."""
    check_keys(reading)
    check_references(reading)
    check_rules(reading)
    check_cycles(reading)
    check_advice(reading, as_of)
    order = {name: number for number, name in enumerate(TABLES)}
    ranked = sorted(reading.findings, key=lambda pair: (order.get(pair[0], -1), pair[1].where.row))
    return tuple(finding for _, finding in ranked)
