"""Small files with known contents: what is kept, what is rejected, and in which words."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from competency.config import EvidenceConfig, ScaleMap
from competency.errors import ConfigError, EvidenceError
from competency.evidence import (
    Evidence,
    evidence_from_tables,
    passed_trainings,
    read_evidence,
    write_template,
)
from competency.framework.model import (
    About,
    Competency,
    Framework,
    LadderStep,
    Position,
    ScaleLevel,
    Training,
)

NIP = "198001012005011001"


@pytest.fixture(scope="module")
def framework() -> Framework:
    scales = [ScaleLevel(level=k, name=str(k)) for k in range(1, 6)]
    scales += [ScaleLevel(scale="short", level=k, name=str(k)) for k in range(1, 4)]
    return Framework(
        framework=(About(id="tiny", name="Tiny"),),
        levels=tuple(scales),
        competencies=(
            Competency(id="M.01", name="Integritas", name_en="Integrity", kind="managerial"),
            Competency(id="M.02", name="Kerja sama", name_en="Collaboration", kind="managerial"),
            Competency(id="M.04", name="Orientasi pada hasil", kind="managerial"),
            Competency(id="M.06", name="Pengembangan diri dan orang lain", kind="managerial"),
            Competency(id="M.07", name="Mengelola perubahan", kind="managerial"),
            Competency(id="SK.01", name="Perekat bangsa", kind="sociocultural"),
            Competency(id="T.1", name="Konseling", kind="technical", scale="short"),
            Competency(id="T.11", name="Penyuluhan", kind="technical"),
            Competency(id="T.12", name="Penyuluhan", kind="technical"),
        ),
        positions=(
            Position(id="PK.1", name="Ahli Pertama"),
            Position(id="PK.2", name="Ahli Muda"),
        ),
        ladder=(LadderStep(position="PK.1", next_position="PK.2"),),
        trainings=(
            Training(id="F.1", name="Pelatihan Dasar", hours=40.0),
            Training(id="F.2", name="Pelatihan Lanjut", hours=40.0),
        ),
    )


def read(folder: Path, framework: Framework, files: dict[str, str], **settings: Any) -> Evidence:
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return read_evidence(folder, framework=framework, config=EvidenceConfig(**settings))


def moment(text: str) -> datetime:
    return pd.Timestamp(text).to_pydatetime()


def codes(evidence: Evidence) -> list[tuple[int, str]]:
    return list(zip(evidence.rejected["row"], evidence.rejected["code"], strict=True))


def noticed(evidence: Evidence) -> list[str]:
    return [finding.code for finding in evidence.findings]


LONG = "officer,competency,source,assessor,value,date\n"


def test_a_folder_of_four_tables(tmp_path: Path, framework: Framework) -> None:
    evidence = read(
        tmp_path,
        framework,
        {
            "pegawai.csv": "nip;nama;jabatan;satuan_kerja\n"
            f"{NIP};Siti;Ahli Pertama;NA\n007;;PK.2;\n",
            "penilaian-2025.csv": f"nip;kompetensi;sumber;nilai;tanggal\n"
            f"{NIP};Kerja Sama;Atasan;3,5;2025-03-04\n007;M.02;self;2;2025-03-05\n",
            "sertifikat.csv": f"nip;kompetensi;tingkat;tanggal_terbit;berlaku_sampai\n"
            f"{NIP};T.1;3;2024-01-01;2027-01-01\n",
            "riwayat_pelatihan.csv": f"nip;pelatihan;status_kelulusan;tanggal_selesai\n"
            f"{NIP};pelatihan dasar;LULUS;2024-06-01\n007;F.2;tidak lulus;2024-06-01\n",
        },
    )
    assert evidence.officers.to_numpy().tolist() == [
        ["007", "", "PK.2", "", "", ""],
        [NIP, "Siti", "PK.1", "PK.2", "NA", ""],
    ]
    assert evidence.assessments["officer"].tolist() == ["007", NIP]
    assert evidence.assessments["source"].tolist() == ["self", "supervisor"]
    assert evidence.assessments["level"].tolist() == [2.0, 3.5]
    assert evidence.certificates[["competency", "level"]].to_numpy().tolist() == [["T.1", 3]]
    assert evidence.history["status"].tolist() == ["failed", "completed"]
    assert evidence.rejected.empty
    assert evidence.findings == ()
    assert len(evidence.kept) == 7
    assert evidence.roster.position.tolist() == [1, 0]
    assert evidence.roster.next_position.tolist() == [-1, 1]
    counts = evidence.counts().set_index("table")
    assert counts["read"].to_dict() == {
        "officers": 2, "assessments": 2, "certificates": 1, "history": 2,
    }  # fmt: skip


def test_text_types_of_the_tables(tmp_path: Path, framework: Framework) -> None:
    evidence = read(tmp_path, framework, {"assessments.csv": LONG + "7,M.01,self,,2,2025-01-01\n"})
    assert evidence.assessments["date"].dtype == "datetime64[s]"
    assert evidence.assessments["level"].dtype == "float64"
    assert evidence.certificates["level"].dtype == "int64"
    assert evidence.certificates["issued"].dtype == "datetime64[s]"
    assert evidence.history["officer"].dtype == evidence.officers["officer"].dtype == "str"
    assert evidence.latest_date() == date(2025, 1, 1)


def test_a_bad_row_is_one_line_with_all_its_reasons(tmp_path: Path, framework: Framework) -> None:
    evidence = read(
        tmp_path,
        framework,
        {
            "officers.csv": "officer,position\n7,PK.1\n",
            "assessments.csv": LONG
            + "7,M.01,self,,2,2025-01-01\n"
            + "8,Integritaz,selff,,lulus,03/04/2025\n"
            + "7,Penyuluhan,self,,6,\n"
            + "7,T.1,self,,4,2025-01-01\n"
            + "7,M.01,self,,2\n",
        },
    )
    assert codes(evidence) == [
        (3, "unknown-officer; unknown-competency; unknown-source; not-a-number; ambiguous-date"),
        (4, "ambiguous-competency; missing"),
        (5, "value-out-of-range"),
        (6, "ragged-row"),
    ]
    first, second, third, _ = evidence.rejected["reason"]
    assert "competency 'Integritaz' is not in the framework" in first
    assert "date '03/04/2025'" in first
    assert "lulus" not in first
    assert evidence.rejected["column"][0] == "officer; competency; source; value; date"
    assert "nearest: 'M.01'" in evidence.rejected["hint"][0]
    assert "'T.11', 'T.12'" in evidence.rejected["hint"][1]
    assert second.endswith("date is missing")
    assert third == "value is outside the scale (0 to 3)"


def test_strict_raises_with_every_row(tmp_path: Path, framework: Framework) -> None:
    path = tmp_path / "assessments.csv"
    path.write_text(LONG + "7,M.01,self,,9,2025-01-01\n8,M.01,self,,x,2025-01-01\n")
    with pytest.raises(EvidenceError) as caught:
        read_evidence(path, framework=framework, strict=True)
    assert [(f.code, f.where.row) for f in caught.value.findings] == [
        ("value-out-of-range", 2),
        ("not-a-number", 3),
    ]
    assert "assessments.csv row 2: value is outside the scale (0 to 5)" in str(caught.value)


WIDE = (
    "nip;jenis_asesmen_jabatan;satuan_kerja;tanggal_asesmen;jpm;Integritas;kerjasama;"
    "Orientasi Hasil;Pengembangan Diri & Orang Lain;Pengelolaan Perubahan;perekat_bangsa;kategori\n"
)


def test_a_wide_sheet_is_unfolded(tmp_path: Path, framework: Framework) -> None:
    rows = "7;Ahli Muda;Dinas;2025-03-04;88,9;3;2,5;3;3;;4;MS\n8;?;;2025-03-04;;6;;x;;;;\n"
    evidence = read(tmp_path, framework, {"penilaian.csv": WIDE + rows})
    got = evidence.assessments[["officer", "competency", "source", "level"]].to_numpy().tolist()
    assert got == [
        ["7", "M.01", "assessment_centre", 3.0],
        ["7", "M.02", "assessment_centre", 2.5],
        ["7", "M.04", "assessment_centre", 3.0],
        ["7", "M.06", "assessment_centre", 3.0],
        ["7", "SK.01", "assessment_centre", 4.0],
    ]
    assert evidence.rejected[["row", "column", "code"]].to_numpy().tolist() == [
        [3, "Integritas", "value-out-of-range"],
        [3, "Orientasi Hasil", "not-a-number"],
    ]
    assert evidence.counts()[["read", "kept", "rejected"]].to_numpy().tolist() == [[7, 5, 2]]
    assert evidence.officers[["officer", "position", "unit"]].to_numpy().tolist() == [
        ["7", "PK.2", "Dinas"]
    ]
    assert noticed(evidence) == ["derived-columns", "roster-from-evidence"]


def test_a_wide_sheet_says_loudly_what_it_lacks(tmp_path: Path, framework: Framework) -> None:
    header = "nip,tanggal_asesmen,asesor,sumber,integritas,kerja_sama\n"
    evidence = read(
        tmp_path, framework, {"asesmen.csv": header + "7,2025-03-04,A1,uji kompetensi,3,2\n"}
    )
    finding = evidence.findings[0]
    assert finding.code == "missing-competency-columns"
    assert finding.severity == "warning"
    assert "'M.04', 'M.06', 'M.07', 'SK.01'" in finding.message
    assert "T.1" not in finding.message
    assert evidence.assessments["source"].tolist() == ["test", "test"]
    assert evidence.assessments["assessor"].tolist() == ["A1", "A1"]


def test_two_columns_for_one_competency_are_an_error(tmp_path: Path, framework: Framework) -> None:
    with pytest.raises(EvidenceError, match=r"all mean 'M\.02'"):
        read(tmp_path, framework, {"asesmen.csv": "nip,tanggal,kerjasama,M_02\n7,2025-01-01,3,2\n"})


def test_a_column_that_may_mean_two_competencies_is_an_error(
    tmp_path: Path, framework: Framework
) -> None:
    content = "nip,tanggal,integritas,penyuluhan\n7,2025-01-01,3,2\n"
    with pytest.raises(EvidenceError, match=r"may mean 'T\.11' or 'T\.12'"):
        read(tmp_path, framework, {"asesmen.csv": content})


def test_foreign_scales_map_by_cuts(tmp_path: Path, framework: Framework) -> None:
    header = "officer,competency,source,value,scale,date\n"
    rows = ["95,hundred", "39.5,hundred", "101,hundred", "3,main", "3,short", "2,hundredd"]
    lines = [f"{i},M.01,test,{row},2025-01-01" for i, row in enumerate(rows)]
    lines.append("9,T.1,test,95,hundred,2025-01-01")
    hundred = ScaleMap(minimum=0, maximum=100, cuts=(20, 40, 60, 80, 95))
    content = header + "\n".join(lines)
    evidence = read(tmp_path, framework, {"assessments.csv": content}, scales={"hundred": hundred})
    assert evidence.assessments[["value", "level"]].to_numpy().tolist() == [
        [95.0, 5.0], [39.5, 1.0], [3.0, 3.0],
    ]  # fmt: skip
    assert codes(evidence) == [
        (4, "value-out-of-range"),
        (6, "other-scale"),
        (7, "unknown-scale"),
        (8, "scale-too-fine"),
    ]
    assert "nearest: 'hundred'" in evidence.rejected["hint"][2]


def test_settings_that_cannot_hold_are_refused(framework: Framework) -> None:
    wrong = {"a": ScaleMap(minimum=0, maximum=9, cuts=(3, 3))}
    config = EvidenceConfig(scales=wrong, date_format="dd/mm/yyyy")
    with pytest.raises(ConfigError) as caught:
        evidence_from_tables({}, framework=framework, config=config)
    assert len(caught.value.findings) == 2


DUPLICATES = LONG + (
    "7,M.01,peer,A,2,2025-01-01\n7,M.01,peer,A,4,2025-01-01\n7,M.01,peer,B,3,2025-01-01\n"
)


@pytest.mark.parametrize(
    ("rule", "levels", "rejected"),
    [
        ("error", [3.0], [(2, "duplicate"), (3, "duplicate")]),
        ("latest", [2.0, 3.0], [(3, "superseded-duplicate")]),
        ("mean", [3.0, 3.0], []),
    ],
)
def test_duplicates(
    tmp_path: Path, framework: Framework, rule: str, levels: list[float], rejected: list[Any]
) -> None:
    evidence = read(tmp_path, framework, {"assessments.csv": DUPLICATES}, on_duplicate=rule)
    assert evidence.assessments["level"].tolist() == levels
    assert codes(evidence) == rejected
    assert evidence.counts()["read"].tolist() == [3]


def test_the_latest_duplicate_is_that_of_the_later_file(
    tmp_path: Path, framework: Framework
) -> None:
    row = "7,M.01,peer,A,{},2025-01-01\n"
    files = {"assessments-1.csv": LONG + row.format(1), "assessments-2.csv": LONG + row.format(4)}
    evidence = read(tmp_path, framework, files, on_duplicate="latest")
    assert evidence.assessments["level"].tolist() == [4.0]
    assert evidence.rejected["file"].tolist() == ["assessments-1.csv"]


def test_the_latest_duplicate_is_that_of_the_later_hour(framework: Framework) -> None:
    frame = pd.DataFrame(
        {
            "officer": "7", "competency": "M.01", "source": "peer", "value": [4.0, 1.0],
            "date": [moment("2025-01-01T15:00"), moment("2025-01-01T09:00")],
        }
    )  # fmt: skip
    config = EvidenceConfig(on_duplicate="latest")
    evidence = evidence_from_tables({"assessments": frame}, framework=framework, config=config)
    assert evidence.assessments["level"].tolist() == [4.0]
    assert evidence.assessments["date"].tolist() == [pd.Timestamp("2025-01-01")]


def test_means_over_different_scales_are_means_of_levels(framework: Framework) -> None:
    frame = pd.DataFrame(
        {
            "officer": "7", "competency": "M.01", "source": "peer", "value": ["50", "3"],
            "scale": ["hundred", ""], "date": "2025-01-01",
        }
    )  # fmt: skip
    hundred = ScaleMap(minimum=0, maximum=100, cuts=(20, 40, 60, 80, 95))
    config = EvidenceConfig(on_duplicate="mean", scales={"hundred": hundred})
    evidence = evidence_from_tables({"assessments": frame}, framework=framework, config=config)
    assert evidence.assessments[["value", "scale", "level"]].to_numpy().tolist() == [[2.5, "", 2.5]]
    assert len(evidence.kept) == 2


def test_officers_listed_twice(tmp_path: Path, framework: Framework) -> None:
    files = {
        "officers-1.csv": "officer,position\n7,PK.1\n8,PK.1\n9,PK.1\n",
        "officers-2.csv": "officer,position\n7,PK.2\n8,PK.1\n8,PK.2\n6,PK.1\n6,PK.1\n",
    }
    strictly = read(tmp_path, framework, files)
    assert strictly.officers["officer"].tolist() == ["9"]
    latest = read(tmp_path, framework, files, on_duplicate="latest")
    assert latest.officers[["officer", "position"]].to_numpy().tolist() == [
        ["6", "PK.1"], ["7", "PK.2"], ["9", "PK.1"],
    ]  # fmt: skip
    assert latest.counts()["read"].tolist() == [3, 5]
    assert latest.rejected["code"].tolist() == [
        "superseded-duplicate", "superseded-duplicate", "duplicate", "duplicate",
        "superseded-duplicate",
    ]  # fmt: skip


def test_an_officer_in_no_position_is_one_warning(tmp_path: Path, framework: Framework) -> None:
    rows = "".join(f"{i},\n" for i in range(7))
    evidence = read(
        tmp_path, framework, {"officers.csv": f"officer,position\n{rows}x,PK.1\ny,PK.l\n"}
    )
    (finding,) = evidence.findings
    assert (finding.code, finding.severity) == ("officer-in-no-position", "warning")
    assert finding.message == "7 of 8 officers are in no position"
    assert "row 2" in finding.hint
    assert "row 6 and 2 more" in finding.hint
    assert codes(evidence) == [(10, "unknown-position")]
    assert "'PK.1'" in evidence.rejected["hint"][0]


def test_dates_that_cannot_follow_each_other(tmp_path: Path, framework: Framework) -> None:
    evidence = read(
        tmp_path,
        framework,
        {
            "certificates.csv": "officer,competency,level,issued,expires\n"
            "7,M.01,3,2025-01-02,2025-01-01\n7,M.01,2.5,2025-01-02,\n7,M.01,0,2025-01-03,\n"
            "7,T.1,4,2025-01-03,\n7,T.1,3,2025-01-03,2025-01-03\n",
            "history.csv": "officer,training,status,start,end\n"
            "7,F.1,completed,2025-01-02,2025-01-01\n7,F.9x,enrolled,,\n7,F.1,mengulang,,\n"
            "7,F.2,enrolled,,\n",
        },
    )
    assert codes(evidence) == [
        (2, "expires-before-issued"),
        (3, "not-whole"),
        (4, "level-out-of-range"),
        (5, "level-out-of-range"),
        (2, "ends-before-start"),
        (3, "unknown-training"),
        (4, "unknown-status"),
    ]
    assert len(evidence.certificates) == len(evidence.history) == 1


def test_everything_wrong_with_the_files_is_said_at_once(
    tmp_path: Path, framework: Framework
) -> None:
    (tmp_path / "officers.csv").write_text("")
    (tmp_path / "assessments.csv").write_text("officer,competency,value\n7,M.01,2\n")
    (tmp_path / "history.csv").write_bytes(b"officer,training,status\n7,F.1,\xe9\n")
    (tmp_path / "certificates.csv").write_text("Budi,3,2\n")
    (tmp_path / "penilaian.parquet").write_bytes(b"PAR1")
    with pytest.raises(EvidenceError) as caught:
        read_evidence(tmp_path, framework=framework)
    found = sorted((f.where.file, f.code) for f in caught.value.findings)
    assert found == [
        ("assessments.csv", "missing-column"),
        ("assessments.csv", "missing-column"),
        ("certificates.csv", "unclear-delimiter"),
        ("history.csv", "not-utf-8"),
        ("officers.csv", "empty-file"),
        ("penilaian.parquet", "not-parquet"),
    ]
    assert all("Budi" not in str(f) for f in caught.value.findings)
    with pytest.raises(EvidenceError, match="no such file"):
        read_evidence(tmp_path / "nothing.csv", framework=framework)


def test_a_declared_encoding_is_used(tmp_path: Path, framework: Framework) -> None:
    (tmp_path / "officers.csv").write_bytes("nip,nama,jabatan\n7,José,PK.1\n".encode("cp1252"))
    config = EvidenceConfig(encoding="cp1252")
    evidence = read_evidence(tmp_path, framework=framework, config=config)
    assert evidence.officers["name"].tolist() == ["José"]


def test_a_folder_names_what_it_did_not_read(tmp_path: Path, framework: Framework) -> None:
    files = {
        "assessments.csv": LONG + "7,M.01,self,,2,2025-01-01\n",
        "asessments.csv": "x\n",
        "README.md": "hello",
        ".hidden.csv": "x",
    }
    evidence = read(tmp_path, framework, files)
    unread = [(f.where.file, f.severity) for f in evidence.findings if f.code == "unknown-file"]
    assert unread == [("README.md", "note"), ("asessments.csv", "warning")]
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvidenceError, match="no table of evidence"):
        read_evidence(tmp_path / "empty", framework=framework)


def test_a_file_is_recognised_by_its_columns(tmp_path: Path, framework: Framework) -> None:
    contents = {
        "a.csv": LONG + "7,M.01,self,,2,2025-01-01\n",
        "b.csv": "nip;integritas;kerjasama;tanggal\n7;3;2;2025-01-02\n",
        "c.csv": "nip,pelatihan,hasil\n7,F.1,lulus\n",
        "d.csv": "nip,kompetensi,tingkat,terbit\n7,M.01,2,2025-01-01\n",
        "e.csv": "email,nama,jabatan\n7,Siti,PK.1\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    evidence = read_evidence([tmp_path / name for name in contents], framework=framework)
    assert len(evidence.assessments) == 3
    assert len(evidence.history) == len(evidence.certificates) == len(evidence.officers) == 1
    assert evidence.rejected.empty
    (tmp_path / "f.csv").write_text("nip,usia\n7,40\n")
    with pytest.raises(EvidenceError, match="no recognisable table"):
        read_evidence(tmp_path / "f.csv", framework=framework)


def test_declared_columns_are_used(tmp_path: Path, framework: Framework) -> None:
    content = "peg,komp,dari,angka,kapan\n7,M.01,self,2,2025-01-01\n"
    names = {"peg": "officer", "komp": "competency", "dari": "source", "angka": "value"}
    evidence = read(
        tmp_path, framework, {"assessments.csv": content}, columns={**names, "kapan": "date"}
    )
    assert evidence.assessments["level"].tolist() == [2.0]


def save(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook(tmp_path: Path, framework: Framework) -> None:
    path = save(
        tmp_path / "data.xlsx",
        {
            "Petunjuk": [["Isi semua lembar"]],
            "pegawai": [
                ["nip", "nama", "jabatan"],
                [NIP, "Siti", "PK.1"],
                [7, "Budi", "PK.1"],
                [int(NIP), "Wati", "PK.1"],
                ["007", "Ani", None],
            ],
            "Penilaian 2025": [
                ["nip", "kompetensi", "sumber", "nilai", "tanggal"],
                [7, "M.01", "atasan", 3, moment("2025-03-04")],
                ["007", "M.01", "atasan", True, date(2025, 3, 4)],
                [NIP, "M.01", "atasan", "3,5", "2025-03-04"],
                [NIP, "M.02", "atasan", moment("2025-05-03"), "2025-03-04"],
            ],
            "Kosong": [],
        },
    )
    evidence = read_evidence(path, framework=framework)
    assert evidence.officers["officer"].tolist() == ["007", NIP, "7"]
    assert evidence.assessments[["officer", "level"]].to_numpy().tolist() == [
        [NIP, 3.5], ["7", 3.0],
    ]  # fmt: skip
    rejected = evidence.rejected[["sheet", "row", "code"]].to_numpy().tolist()
    assert rejected == [
        ["Penilaian 2025", 3, "not-a-number"],
        ["Penilaian 2025", 5, "not-a-number"],
        ["pegawai", 4, "digits-lost"],
    ]
    assert noticed(evidence) == ["unknown-sheet", "officer-in-no-position"]


def test_parquet_keeps_types(tmp_path: Path, framework: Framework) -> None:
    frame = pd.DataFrame(
        {
            "officer": np.array([7, int(NIP), 12], np.int64),
            "competency": pd.Categorical(["M.01", "M.01", "T.1"]),
            "source": "self",
            "value": [2.5, 2.0, np.inf],
            "date": pd.to_datetime(["2025-01-01"] * 3),
        }
    )
    frame.to_parquet(tmp_path / "assessments.parquet")
    evidence = read_evidence(tmp_path, framework=framework)
    assert evidence.assessments[["officer", "level"]].to_numpy().tolist() == [["7", 2.5]]
    assert codes(evidence) == [(3, "digits-lost"), (4, "not-finite")]


def test_frames_in_memory(framework: Framework) -> None:
    officers = pd.DataFrame(
        {"officer": [1.98e17, 7.0, np.nan], "name": ["Siti", None, "x"], "position": "PK.1"}
    )
    evidence = evidence_from_tables({"roster": officers}, framework=framework)
    assert evidence.officers["officer"].tolist() == ["7"]
    assert codes(evidence) == [(2, "digits-lost"), (4, "missing")]
    with pytest.raises(EvidenceError, match="no table of evidence named 'oficers'"):
        evidence_from_tables({"oficers": officers}, framework=framework)
    again = evidence_from_tables(
        {"officers": evidence.officers, "assessments": evidence.assessments}, framework=framework
    )
    pd.testing.assert_frame_equal(again.officers, evidence.officers)


@pytest.mark.parametrize("locale", ["id", "en"])
@pytest.mark.parametrize("name", ["forms", "forms.xlsx"])
def test_an_empty_template_is_accepted(
    tmp_path: Path, framework: Framework, locale: Any, name: str
) -> None:
    written = write_template(tmp_path / name, framework, locale)
    evidence = read_evidence(tmp_path / name, framework=framework)
    assert len(evidence.officers) == len(evidence.kept) == len(evidence.rejected) == 0
    assert evidence.findings == ()
    before = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in write_template(tmp_path / name, framework, locale)] == (
        before
    )


def test_passed_trainings(tmp_path: Path, framework: Framework) -> None:
    evidence = read(
        tmp_path,
        framework,
        {
            "history.csv": "officer,training,status,start,end\n"
            "7,F.1,completed,2025-01-01,2025-06-01\n7,F.2,failed,,2025-01-01\n"
            "8,F.2,completed,,\n8,F.1,completed,2025-07-01,\n"
        },
    )
    passed = passed_trainings(evidence.history, evidence.roster, framework, date(2025, 6, 30))
    assert passed.tolist() == [[True, False], [False, True]]
    assert not passed.flags.writeable
