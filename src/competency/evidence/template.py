"""Empty tables to fill in: the headers that the reader accepts, and the ids to choose from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from competency.config import SOURCES, Locale
from competency.evidence.blank import BlankTable, write_blank
from competency.evidence.contracts import EVIDENCE, STATUS_ALIASES, Contract

if TYPE_CHECKING:
    from competency.framework.model import Framework


def write_template(
    target: str | Path, framework: Framework, locale: Locale = "id"
) -> tuple[Path, ...]:
    """Write empty tables with headers that :func:`read_evidence` accepts.

    Parameters
    ----------
    target : str or Path
        A workbook (a name ending in ``.xlsx``) or a folder of CSV files.
    framework : Framework
        Its ids are offered as lists in the workbook.
    locale : {"id", "en"}
        Language of table and column names.

    Returns
    -------
    tuple of Path
        The files written.

    Notes
    -----
    In the workbook the columns of ids are formatted as text, so that an 18-digit number stays
    whole, and the columns of days as dates.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from competency.testing import small_framework
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in write_template(f"{folder}/template.xlsx", small_framework())]
    ['template.xlsx']
    """
    choices = {
        "position": sorted(row.id for row in framework.positions),
        "competency": sorted(row.id for row in framework.competencies),
        "training": sorted(row.id for row in framework.trainings),
        "source": list(SOURCES),
        "status": list(STATUS_ALIASES),
    }
    tables = [blank_table(contract, locale) for contract in EVIDENCE.tables.values()]
    return write_blank(target, tables, choices)


def blank_table(contract: Contract, locale: Locale) -> BlankTable:
    """Return the empty table of a contract, with headers in a language."""
    # NOTE: position, unit and region of an assessment repeat the officers table.
    repeated = {"position", "unit", "region"} if contract.table == "assessments" else set()
    columns = [column for column in contract.columns if column.name not in repeated]
    if locale == "id":
        return BlankTable(contract.sheet, tuple((each.header, each.kind) for each in columns))
    return BlankTable(contract.table, tuple((each.name, each.kind) for each in columns))
