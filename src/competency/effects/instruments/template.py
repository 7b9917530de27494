"""Empty forms to fill in: CSV or a workbook, in Indonesian or English."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.config import SOURCES, Locale
from competency.effects.instruments.forms import FORMS, GROUPS, OCCASIONS, Form, FormColumn
from competency.files import atomic_path, write_text

if TYPE_CHECKING:
    from competency.framework.model import Framework

_LISTS = "_ids"
# Sheet of the choices; the reader skips sheets whose name begins with "_".
_LAST_ROW = 10_000
# Rows of a form that offer a list.
_WIDTH = 20
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001


def write_instrument_template(
    target: str | Path, framework: Framework, locale: Locale = "id"
) -> tuple[Path, ...]:
    """Write the four forms, empty, with headers that :func:`read_instruments` accepts.

    Parameters
    ----------
    target : str or Path
        A workbook (a name ending in ``.xlsx``) or a folder of CSV files.
    framework : Framework
        Its competencies and trainings are offered as lists in the workbook.
    locale : {"id", "en"}
        Language of forms, columns and choices.

    Returns
    -------
    tuple of Path
        The files written; equal calls write equal bytes.

    Examples
    --------
    >>> import tempfile
    >>> import competency as cp
    >>> folder = Path(tempfile.mkdtemp())
    >>> made = write_instrument_template(folder, cp.load_framework(cp.pack_path()))
    >>> [path.name for path in made]
    ['reaksi.csv', 'pembelajaran.csv', 'perilaku.csv', 'hasil_kerja.csv']
    """
    target = Path(target)
    if target.suffix.casefold() == ".xlsx":
        _write_workbook(target, framework, locale)
        return (target,)
    return tuple(
        write_text(target / f"{_title(form, locale)}.csv", _header(form, locale))
        for form in FORMS.values()
    )


def _title(form: Form, locale: Locale) -> str:
    return form.sheet if locale == "id" else form.name


def _name(column: FormColumn, locale: Locale) -> str:
    return column.header if locale == "id" else column.name


def _header(form: Form, locale: Locale) -> str:
    return ",".join(_name(column, locale) for column in form.columns) + "\n"


def _write_workbook(target: Path, framework: Framework, locale: Locale) -> None:
    import xlsxwriter

    choices = _choices(framework, locale)
    with atomic_path(target) as temporary, xlsxwriter.Workbook(str(temporary)) as book:
        # NOTE: a fixed day of creation keeps the bytes of equal templates equal.
        book.set_properties({"created": _CREATED})
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "number": book.add_format({}),
        }
        for form in FORMS.values():
            sheet = book.add_worksheet(_title(form, locale))
            sheet.freeze_panes(1, 0)
            for at, column in enumerate(form.columns):
                kind = column.kind if column.kind in {"date", "number"} else "text"
                sheet.set_column(at, at, _WIDTH, formats[kind])
                sheet.write_string(0, at, _name(column, locale), formats["head"])
                _offer(sheet, at, column, choices)
        _write_choices(book.add_worksheet(_LISTS), choices)


def _choices(framework: Framework, locale: Locale) -> dict[str, list[str]]:
    def words(table: dict[str, tuple[str, ...]]) -> list[str]:
        return [others[0] if locale == "id" else name for name, others in table.items()]

    return {
        "competency": sorted(row.id for row in framework.competencies),
        "training": sorted(row.id for row in framework.trainings),
        "source": list(SOURCES),
        "occasion": words(OCCASIONS),
        "group": words(GROUPS),
    }


def _offer(sheet: Any, at: int, column: FormColumn, choices: dict[str, list[str]]) -> None:
    ids = choices.get(column.kind)
    if not ids:
        return
    letter = "ABCDE"[list(choices).index(column.kind)]
    listed = f"='{_LISTS}'!${letter}$2:${letter}${len(ids) + 1}"
    # NOTE: names are accepted too, so the list proposes and does not refuse.
    rule = {"validate": "list", "source": listed, "error_type": "warning"}
    sheet.data_validation(1, at, _LAST_ROW, at, rule)


def _write_choices(sheet: Any, choices: dict[str, list[str]]) -> None:
    for at, (kind, ids) in enumerate(choices.items()):
        for row, text in enumerate([kind, *ids]):
            sheet.write_string(row, at, text)
    sheet.hide()
