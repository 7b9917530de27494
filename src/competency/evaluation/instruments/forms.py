"""The forms of Kirkpatrick's four levels: which columns each has, and what they are called.

1. reactions: what participants say of the training; never says whether they learned;
2. learning: knowledge, skills and attitudes, before and after;
3. behaviour: what others see at work, months later;
4. results: what the unit delivers and what it costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from competency.tabular import fold

Kind = Literal[
    "id", "text", "number", "date", "competency", "training", "source", "scale", "occasion", "group"
]
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


@dataclass(frozen=True, slots=True)
class FormColumn:
    """One column of a form.

    Parameters
    ----------
    name : str
        Name in this library, and the English header.
    header : str
        The Indonesian header.
    kind : str
        How its cells are read.
    required : bool
        Whether it must be there and its cells filled.
    aliases : tuple of str
        Other names.
    """

    name: str
    header: str
    kind: Kind
    required: bool = False
    aliases: tuple[str, ...] = ()

    def names(self) -> set[str]:
        """Every name, folded."""
        return {fold(name) for name in (self.name, self.header, *self.aliases)}


@dataclass(frozen=True, slots=True)
class Form:
    """One of the four forms.

    Parameters
    ----------
    name, sheet : str
        English and Indonesian name of the table.
    level : int
        Of Kirkpatrick, 1 to 4.
    columns : tuple of FormColumn
    """

    name: str
    sheet: str
    level: int
    columns: tuple[FormColumn, ...]


_OFFICER = FormColumn("officer", "nip", "id", True, ("officer_id", "id_pegawai", "nip_pegawai"))
_ANYONE = FormColumn("officer", "nip", "id", False, ("officer_id", "id_pegawai", "nip_pegawai"))
_TRAINING = FormColumn("training", "pelatihan", "training", True, ("kode_pelatihan", "diklat"))
_SESSION = FormColumn("session", "angkatan", "id", False, ("kelas", "session_id"))
_OCCASION = FormColumn("occasion", "waktu", "occasion", True, ("tahap", "when"))
_VALUE = FormColumn("value", "nilai", "number", True, ("skor", "score", "rating"))
_DATE = FormColumn("date", "tanggal", "date", True, ("tgl", "tanggal_penilaian"))
_GROUP = FormColumn("group", "kelompok", "group", False, ("grup",))

_MEASURE = (
    _OFFICER,
    _TRAINING,
    _SESSION,
    _GROUP,
    FormColumn("competency", "kompetensi", "competency", True, ("kode_kompetensi",)),
    FormColumn("instrument", "instrumen", "id", False, ("form", "formulir", "kode_soal")),
    _OCCASION,
    FormColumn("source", "sumber", "source", True, ("jenis_penilai",)),
    FormColumn("assessor", "penilai", "id", False, ("asesor", "rater")),
    _VALUE,
    FormColumn("scale", "skala", "scale"),
    _DATE,
)

FORMS = {
    form.name: form
    for form in (
        Form(
            "reactions", "reaksi", 1,
            (
                _ANYONE, _TRAINING, _SESSION,
                FormColumn("aspect", "aspek", "text", True, ("butir", "pertanyaan", "item")),
                _VALUE,
                FormColumn("highest", "nilai_tertinggi", "number", True, ("maksimum", "maximum")),
                _DATE,
                FormColumn("comment", "komentar", "text", False, ("saran", "remark")),
            ),
        ),
        Form("learning", "pembelajaran", 2, _MEASURE),
        Form("behaviour", "perilaku", 3, _MEASURE),
        Form(
            "results", "hasil_kerja", 4,
            (
                _TRAINING,
                FormColumn("unit", "satuan_kerja", "text", True, ("satker", "unit_kerja")),
                _GROUP,
                FormColumn("indicator", "indikator", "text", True, ("kpi", "iku")),
                _OCCASION, _VALUE,
                FormColumn("measure", "ukuran", "text", True, ("satuan", "unit_of_measure")),
                _DATE,
            ),
        ),
    )
}  # fmt: skip
"""The four forms by name."""


def form_named(name: str) -> str | None:
    """Return the form that a file stem or sheet name stands for, or None.

    Parameters
    ----------
    name : str

    Examples
    --------
    >>> form_named("Perilaku 2026"), form_named("learning")
    ('behaviour', 'learning')
    >>> form_named("Sheet1") is None
    True
    """
    written = f"{fold(name)}_"
    for form in FORMS.values():
        if any(written.startswith(f"{fold(known)}_") for known in (form.name, form.sheet)):
            return form.name
    return None
