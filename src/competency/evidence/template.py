"""Empty tables to fill in: the headers that the reader accepts, and the ids to choose from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.config import SOURCES, Locale
from competency.evidence.contracts import CONTRACTS, STATUS_ALIASES, Column, Contract
from competency.files import atomic_path, write_text

if TYPE_CHECKING:
    from competency.framework.model import Framework

_LISTS = "_ids"
# Sheet of the ids to choose from; the reader skips sheets whose name begins with "_".
_LAST_ROW = 10_000
# Rows of a template that offer a list of ids.
_WIDTH = 22
_AS_DATE = "yyyy-mm-dd"
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001


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
    """
    target = Path(target)
    if target.suffix.casefold() == ".xlsx":
        _write_workbook(target, framework, locale)
        return (target,)
    return tuple(
        write_text(target / f"{_title(contract, locale)}.csv", _header_line(contract, locale))
        for contract in CONTRACTS.values()
    )


def _columns(contract: Contract) -> list[Column]:
    # NOTE: position, unit and region of an assessment repeat the officers table.
    repeated = {"position", "unit", "region"} if contract.table == "assessments" else set()
    return [column for column in contract.columns if column.name not in repeated]


def _title(contract: Contract, locale: Locale) -> str:
    return contract.sheet if locale == "id" else contract.table


def _name(column: Column, locale: Locale) -> str:
    return column.header if locale == "id" else column.name


def _header_line(contract: Contract, locale: Locale) -> str:
    return ",".join(_name(column, locale) for column in _columns(contract)) + "\n"


def _write_workbook(target: Path, framework: Framework, locale: Locale) -> None:
    import xlsxwriter

    choices = _choices(framework)
    with atomic_path(target) as temporary, xlsxwriter.Workbook(str(temporary)) as book:
        # NOTE: a fixed day of creation keeps the bytes of equal templates equal.
        book.set_properties({"created": _CREATED})
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": _AS_DATE}),
            "number": book.add_format({}),
        }
        for contract in CONTRACTS.values():
            sheet = book.add_worksheet(_title(contract, locale))
            sheet.freeze_panes(1, 0)
            for at, column in enumerate(_columns(contract)):
                kind = column.kind if column.kind in {"date", "number"} else "text"
                sheet.set_column(at, at, _WIDTH, formats[kind])
                sheet.write_string(0, at, _name(column, locale), formats["head"])
                _offer(sheet, at, column, choices)
        _write_choices(book.add_worksheet(_LISTS), choices)


def _choices(framework: Framework) -> dict[str, list[str]]:
    return {
        "position": sorted(row.id for row in framework.positions),
        "competency": sorted(row.id for row in framework.competencies),
        "training": sorted(row.id for row in framework.trainings),
        "source": list(SOURCES),
        "status": list(STATUS_ALIASES),
    }


def _offer(sheet: Any, at: int, column: Column, choices: dict[str, list[str]]) -> None:
    ids = choices.get(column.kind)
    if not ids:
        return
    letter = "ABCDEFGHIJ"[list(choices).index(column.kind)]
    listed = f"='{_LISTS}'!${letter}$2:${letter}${len(ids) + 1}"
    # NOTE: names are accepted too, so the list proposes and does not refuse.
    rule = {"validate": "list", "source": listed, "error_type": "warning"}
    sheet.data_validation(1, at, _LAST_ROW, at, rule)


def _write_choices(sheet: Any, choices: dict[str, list[str]]) -> None:
    for at, (kind, ids) in enumerate(choices.items()):
        for row, text in enumerate([kind, *ids]):
            sheet.write_string(row, at, text)
    sheet.hide()
