"""The forms of Kirkpatrick's four levels, as contracts of the reader of evidence.

1. reactions: what participants say of the training; never says whether they learned;
2. learning: knowledge, skills and attitudes, before and after;
3. behaviour: what others observe at work, months later;
4. results: what the unit delivers and what it costs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from competency.config import SOURCES, Locale
from competency.evidence.blank import write_blank
from competency.evidence.cells import Fault
from competency.evidence.check import Checks, Rule, Values, check_levels
from competency.evidence.contracts import EVIDENCE, OFFICER, Column, Contract, Contracts
from competency.evidence.template import blank_table

if TYPE_CHECKING:
    from pathlib import Path

    from competency.evidence.rejects import RowFaults
    from competency.framework.model import Framework

Occasion = Literal["earlier", "before", "after", "follow_up"]

OCCASIONS: dict[str, tuple[str, ...]] = {
    "earlier": ("lebih_awal", "periode_sebelumnya", "baseline_awal"),
    "before": ("sebelum", "pre", "pre_test", "pretest", "prates", "awal"),
    "after": ("sesudah", "setelah", "post", "post_test", "posttest", "pascates", "akhir"),
    "follow_up": ("lanjutan", "pasca_pelatihan", "tindak_lanjut", "followup", "6_bulan"),
}
"""When something was measured: a period before, just before, just after, months after."""

GROUPS: dict[str, tuple[str, ...]] = {
    "trained": ("dilatih", "peserta", "participant", "treated"),
    "comparison": ("pembanding", "kontrol", "control", "waiting_list", "daftar_tunggu"),
}
"""Whether the officer takes the training, or is compared with those who do."""

_RATED, _TAKEN = EVIDENCE.tables["assessments"], EVIDENCE.tables["history"]
_TRAINING, _SESSION = _TAKEN.column("training"), _TAKEN.column("session")
_VALUE, _DATE = _RATED.column("value"), _RATED.column("date")
_OCCASION = Column("occasion", "occasion", "waktu", required=True, aliases=("tahap", "when"))
_GROUP = Column("group", "group", "kelompok", aliases=("grup",))

_MEASURE = (
    OFFICER, _TRAINING, _SESSION, _GROUP, _RATED.column("competency"),
    Column("instrument", "id", "instrumen", aliases=("form", "formulir", "kode_soal")),
    _OCCASION, _RATED.column("source"), _RATED.column("assessor"), _VALUE,
    _RATED.column("scale"), _DATE,
)  # fmt: skip
_MEASURED = (
    "officer", "training", "competency", "instrument", "occasion", "source", "assessor", "date",
)  # fmt: skip

FORMS = Contracts("forms", "form", "form of an instrument", {
    "reactions": Contract(
        "reactions", "reaksi", (),
        (
            replace(OFFICER, required=False), _TRAINING, _SESSION,
            Column("aspect", "text", "aspek", required=True,
                   aliases=("butir", "pertanyaan", "item")),
            _VALUE,
            Column("highest", "number", "nilai_tertinggi", required=True,
                   aliases=("maksimum", "maximum")),
            _DATE,
            Column("comment", "text", "komentar", aliases=("saran", "remark")),
        ),
    ),
    "learning": Contract("learning", "pembelajaran", (), _MEASURE, key=_MEASURED),
    "behaviour": Contract("behaviour", "perilaku", (), _MEASURE, key=_MEASURED),
    "results": Contract(
        "results", "hasil_kerja", (),
        (
            _TRAINING,
            Column("unit", "text", "satuan_kerja", required=True,
                   aliases=("satker", "unit_kerja")),
            _GROUP,
            Column("indicator", "text", "indikator", required=True, aliases=("kpi", "iku")),
            _OCCASION, _VALUE,
            Column("measure", "text", "ukuran", required=True,
                   aliases=("satuan", "unit_of_measure")),
            _DATE,
        ),
        key=("training", "unit", "indicator", "occasion", "date"),
    ),
})  # fmt: skip
"""The four forms by name, in the order of their levels. Reactions may be anonymous, so nothing
tells two of them apart, and they have no key."""

KIRKPATRICK = {name: level for level, name in enumerate(FORMS.tables, start=1)}
"""Level of each form, 1 to 4."""

_OFF_SCALE = Fault(
    "value-out-of-range", "value is not between 0 and the highest value", "correct one of both"
)


def _check_reactions(_checks: Checks, values: Values, faults: RowFaults) -> None:
    with np.errstate(invalid="ignore"):
        outside = (values["value"] < 0) | (values["value"] > values["highest"])
    faults.add_where("value", outside, _OFF_SCALE)


def _check_measures(checks: Checks, values: Values, faults: RowFaults) -> None:
    _fill_group(checks, values, faults)
    check_levels(checks, values, faults)


def _fill_group(_checks: Checks, values: Values, _faults: RowFaults) -> None:
    values["group"] = np.where(values["group"] == "", "trained", values["group"])


RULES: dict[str, Rule] = {
    "reactions": _check_reactions,
    "learning": _check_measures,
    "behaviour": _check_measures,
    "results": _fill_group,
}
"""What must hold between the columns of each form."""


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
    >>> from pathlib import Path
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
        "occasion": _labels(OCCASIONS, locale),
        "group": _labels(GROUPS, locale),
    }
    tables = [blank_table(form, locale) for form in FORMS.tables.values()]
    return write_blank(target, tables, choices)


def _labels(table: dict[str, tuple[str, ...]], locale: Locale) -> list[str]:
    return [labels[0] if locale == "id" else name for name, labels in table.items()]
