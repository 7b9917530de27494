"""Empty forms to fill in: CSV or a workbook, in Indonesian or English."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from competency.config import SOURCES, Locale
from competency.evaluation.instruments.forms import FORMS, GROUPS, OCCASIONS, Form
from competency.evidence.blank import BlankTable, write_blank

if TYPE_CHECKING:
    from competency.framework.model import Framework


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
    choices = {
        "competency": sorted(row.id for row in framework.competencies),
        "training": sorted(row.id for row in framework.trainings),
        "source": list(SOURCES),
        "occasion": _words(OCCASIONS, locale),
        "group": _words(GROUPS, locale),
    }
    return write_blank(target, [_table(form, locale) for form in FORMS.values()], choices)


def _words(table: dict[str, tuple[str, ...]], locale: Locale) -> list[str]:
    return [others[0] if locale == "id" else name for name, others in table.items()]


def _table(form: Form, locale: Locale) -> BlankTable:
    if locale == "id":
        return BlankTable(form.sheet, tuple((each.header, each.kind) for each in form.columns))
    return BlankTable(form.name, tuple((each.name, each.kind) for each in form.columns))
