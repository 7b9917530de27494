"""What each table of evidence must look like: its columns, and every name that they go by.

A contract is data: the reader recognises tables and columns by it, the checks follow its kinds,
and the template writer makes its headers from it. Other sets of tables that are read in the same
way, such as the forms of instruments, are further :class:`Contracts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from competency.tabular import fold

Kind = Literal[
    "officer", "id", "text", "number", "date", "position", "competency", "training", "source",
    "scale", "status", "occasion", "group",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Name in this library, and the English header.
    kind : Kind
        How its cells are read.
    header : str
        The Indonesian header of a template.
    required : bool
        Whether the column must be there and its cells filled.
    aliases : tuple of str
        Other names of the column; two columns of one file with the same meaning are an error.
    fallback : tuple of str
        Names that count only where no other column has this meaning.
    """

    name: str
    kind: Kind
    header: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()

    def names(self) -> set[str]:
        """Every folded name but the fallbacks."""
        return {fold(name) for name in (self.name, self.header, *self.aliases)}


@dataclass(frozen=True, slots=True)
class Contract:
    """One table: its columns, the name of its Indonesian sheet, and other names it goes by.

    No two rows may agree in all columns of its `key`; without a key rows may repeat.
    """

    table: str
    sheet: str
    aliases: tuple[str, ...]
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns that must be there."""
        return tuple(column for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """Return the column of this name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class Contracts:
    """The tables that are read together, and what messages call them.

    Parameters
    ----------
    name : str
        What a folder of them is called: ``"evidence"``.
    noun : str
        What one of them is called: ``"table"``.
    phrase : str
        The same in full: ``"table of evidence"``.
    tables : mapping of str to Contract
        By name.
    by_columns : tuple of str
        Tables that are recognised by their columns alone, the most particular one first.
    """

    name: str
    noun: str
    phrase: str
    tables: Mapping[str, Contract]
    by_columns: tuple[str, ...] = ()

    def table_named(self, name: str) -> str | None:
        """Return the table that a file stem or sheet name stands for, or None.

        What follows the name after a separator (a year, a unit) does not matter.

        Examples
        --------
        >>> EVIDENCE.table_named("Riwayat Pelatihan 2024"), EVIDENCE.table_named("assessments-2024")
        ('history', 'assessments')
        >>> EVIDENCE.table_named("Sheet1") is None
        True
        """
        written = f"{fold(name)}_"
        known = {
            fold(alias): contract.table
            for contract in self.tables.values()
            for alias in (contract.table, contract.sheet, *contract.aliases)
        }
        best = max(
            (alias for alias in known if written.startswith(f"{alias}_")), key=len, default=""
        )
        return known.get(best)


OFFICER = Column(
    "officer", "officer", "nip", required=True,
    aliases=("officer_id", "id_pegawai", "nip_pegawai", "nip_baru", "nomor_induk_pegawai"),
    fallback=("email", "surel", "e_mail", "alamat_email"),
)  # fmt: skip
_REGION = Column("region", "text", "wilayah", fallback=("provinsi", "daerah"))
_UNIT = Column(
    "unit", "text", "satuan_kerja",
    aliases=("satker",), fallback=("unit_kerja", "unit_organisasi", "instansi", "opd"),
)  # fmt: skip
_POSITION = Column(
    "position", "position", "jabatan", aliases=("posisi", "id_jabatan", "jabatan_saat_ini")
)

_TABLES = {
    "officers": Contract(
        "officers",
        "pegawai",
        ("officer", "roster", "daftar_pegawai", "data_pegawai", "pejabat"),
        (
            OFFICER,
            Column("name", "text", "nama", aliases=("nama_pegawai", "nama_lengkap", "full_name")),
            _POSITION,
            Column(
                "next_position", "position", "jabatan_berikutnya",
                aliases=("jabatan_target", "jabatan_tujuan", "next", "target_position"),
            ),
            _UNIT,
            _REGION,
        ),
        key=("officer",),
    ),
    "assessments": Contract(
        "assessments",
        "penilaian",
        (
            "assessment", "asesmen", "hasil_asesmen", "hasil_penilaian", "penilaian_kompetensi",
            "uji_kompetensi", "hasil_uji_kompetensi", "nilai", "ratings",
        ),
        (
            OFFICER,
            Column(
                "competency", "competency", "kompetensi", required=True,
                aliases=("kode_kompetensi", "id_kompetensi", "nama_kompetensi"),
            ),
            Column(
                "source", "source", "sumber", required=True,
                aliases=("sumber_penilaian", "jenis_penilai"),
            ),
            Column(
                "assessor", "id", "penilai",
                aliases=("asesor", "rater", "id_penilai", "nip_penilai"),
            ),
            Column(
                "value", "number", "nilai", required=True,
                aliases=("skor", "score", "rating", "capaian"), fallback=("level", "tingkat"),
            ),
            Column("scale", "scale", "skala"),
            Column(
                "date", "date", "tanggal", required=True,
                aliases=("tanggal_asesmen", "tanggal_penilaian", "tgl_asesmen", "tgl_penilaian",
                         "tgl", "assessed_on", "tanggal_uji"),
            ),
            Column(
                "position", "text", "jabatan", aliases=_POSITION.aliases,
                fallback=("jenis_asesmen_jabatan",),
            ),
            _UNIT,
            _REGION,
        ),
        key=("officer", "competency", "source", "assessor", "date"),
    ),
    "responses": Contract(
        "responses",
        "jawaban_butir",
        ("response", "item_responses", "jawaban", "jawaban_tes", "jawaban_ujian", "butir_soal"),
        (
            OFFICER,
            Column(
                "competency", "competency", "kompetensi", required=True,
                aliases=("kode_kompetensi", "id_kompetensi", "nama_kompetensi"),
            ),
            Column(
                "item", "id", "butir", required=True,
                aliases=("item_id", "soal", "nomor_soal", "kode_soal", "kode_butir", "no_butir"),
            ),
            Column(
                "value", "number", "nilai_butir", required=True,
                aliases=("skor_butir", "response", "benar", "correct"),
                fallback=("nilai", "skor", "score"),
            ),
            Column("highest", "number", "nilai_tertinggi",
                   aliases=("skor_maksimal", "nilai_maksimal", "max_score", "maximum")),
            Column("level", "number", "tingkat", aliases=("tingkat_butir", "item_level")),
            Column(
                "date", "date", "tanggal", required=True,
                aliases=("tanggal_tes", "tanggal_ujian", "tgl_tes", "tgl_ujian", "tgl"),
            ),
        ),
        key=("officer", "competency", "item", "date"),
    ),
    "certificates": Contract(
        "certificates",
        "sertifikat",
        ("certificate", "sertifikasi", "sertifikat_kompetensi"),
        (
            OFFICER,
            Column(
                "competency", "competency", "kompetensi", required=True,
                aliases=("kode_kompetensi", "id_kompetensi", "nama_kompetensi"),
            ),
            Column(
                "level", "number", "tingkat", required=True, aliases=("jenjang", "level_kompetensi")
            ),
            Column(
                "issued", "date", "tanggal_terbit", required=True,
                aliases=("terbit", "tgl_terbit", "issued_on", "issue_date", "tanggal_sertifikat"),
            ),
            Column(
                "expires", "date", "berlaku_sampai",
                aliases=("kedaluwarsa", "tanggal_kedaluwarsa", "expiry", "expires_on",
                         "expiry_date", "berlaku_hingga"),
            ),
            Column("issuer", "text", "penerbit", aliases=("lembaga", "issued_by")),
        ),
        key=("officer", "competency", "issued"),
    ),
    "history": Contract(
        "history",
        "riwayat_pelatihan",
        ("training_history", "riwayat", "riwayat_diklat", "riwayat_pengembangan", "pelatihan",
         "trainings_taken"),
        (
            OFFICER,
            Column(
                "training", "training", "pelatihan", required=True,
                aliases=("kode_pelatihan", "id_pelatihan", "kode_diklat", "diklat",
                         "nama_pelatihan", "nama_diklat"),
            ),
            Column("session", "id", "angkatan", aliases=("kelas", "session_id", "id_kelas")),
            Column(
                "status", "status", "status_kelulusan", required=True,
                aliases=("hasil", "keterangan_lulus", "outcome"),
            ),
            Column(
                "start", "date", "tanggal_mulai", aliases=("mulai", "tgl_mulai", "start_date")
            ),
            Column(
                "end", "date", "tanggal_selesai",
                aliases=("selesai", "tgl_selesai", "end_date", "tanggal_akhir"),
            ),
        ),
        key=("officer", "training", "session", "status", "start", "end"),
    ),
}  # fmt: skip

EVIDENCE = Contracts(
    "evidence", "table", "table of evidence", _TABLES,
    by_columns=("responses", "assessments", "certificates", "history"),
)  # fmt: skip
"""The tables of evidence. Headers come from public forms of Indonesian agencies."""

DERIVED = {
    "jpm", "kategori", "kategori_jpm", "category", "score", "skor", "total", "total_nilai",
    "total_skor", "jumlah", "rata_rata", "average", "rekomendasi", "kesimpulan", "gap", "no",
    "nomor",
}  # fmt: skip
"""Columns of wide sheets that follow from the others, and are ignored."""

SOURCE_ALIASES = {
    "self": ("diri", "diri_sendiri", "mandiri", "penilaian_diri", "penilaian_mandiri",
             "self_assessment"),
    "peer": ("rekan", "rekan_kerja", "rekan_sejawat", "sejawat", "peers", "colleague"),
    "subordinate": ("bawahan", "subordinates"),
    "supervisor": ("atasan", "atasan_langsung", "pimpinan", "superior", "manager"),
    "assessment_centre": ("asesor", "asesmen", "assessment_center", "assessment centre", "ac",
                          "pusat_asesmen", "pusat_penilaian", "penilaian_kompetensi"),
    "test": ("tes", "uji", "ujian", "uji_kompetensi", "ukom", "exam"),
    "record": ("catatan", "arsip"),
}  # fmt: skip
"""What sources of assessments are called in practice; the settings may know fewer or others."""

STATUS_ALIASES = {
    "completed": ("lulus", "selesai", "tamat", "passed", "complete"),
    "failed": ("tidak_lulus", "gagal", "fail", "not_passed"),
    "withdrawn": ("mengundurkan_diri", "mundur", "batal", "withdrew", "dropped_out"),
    "enrolled": ("terdaftar", "sedang_mengikuti", "sedang_berjalan", "registered", "in_progress"),
}  # fmt: skip
"""The four states of a training taken, and what they are called in practice."""
