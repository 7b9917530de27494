"""What holds for every table: nothing altered, nothing lost, no order, no personal data."""

from __future__ import annotations

import itertools
import random
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from competency.config import EvidenceConfig
from competency.errors import CompetencyError
from competency.evidence import evidence_from_tables, read_evidence
from competency.framework.model import (
    About,
    Competency,
    Framework,
    Position,
    ScaleLevel,
    Training,
)

if TYPE_CHECKING:
    from competency.evidence import Evidence

FRAMEWORK = Framework(
    framework=(About(id="tiny", name="Tiny"),),
    levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, 6)),
    competencies=tuple(
        Competency(id=f"M.0{i}", name=f"Nama {word}", kind="managerial")
        for i, word in enumerate(("satu", "dua", "tiga"), start=1)
    ),
    positions=(Position(id="PK.1", name="Ahli Pertama"), Position(id="PK.2", name="Ahli Muda")),
    trainings=(Training(id="F.1", name="Pelatihan Dasar", hours=40.0),),
)
TABLES = ("officers", "assessments", "certificates", "history")

_signs = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
_ids = st.one_of(
    st.from_regex(r"[0-9]{1,18}", fullmatch=True),
    st.sampled_from(["NA", "None", "null", "N/A", "nan", "007", "=1+1", "1e5", "TRUE"]),
    st.text(_signs, min_size=1, max_size=12).map(str.strip).filter(bool),
)
_rating = st.tuples(
    _ids,
    st.sampled_from(["M.01", "M.02", "M.03"]),
    st.sampled_from(["self", "peer", "supervisor", "test"]),
    st.one_of(st.just(""), _ids),
    st.integers(0, 20).map(lambda quarter: quarter / 4),
    st.dates(min_value=pd.Timestamp("2000-01-01").date()),
).filter(lambda row: row[-1].year < 2200)
_ratings = st.lists(_rating, min_size=1, max_size=12, unique_by=lambda row: (*row[:4], row[-1]))
COLUMNS = ["officer", "competency", "source", "assessor", "value", "date"]


def written(rows: list[Any], path: Path) -> Path:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "assessments"
        sheet.append(COLUMNS)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
            for cell in sheet[sheet.max_row]:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
        book.save(path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
@given(rows=_ratings)
def test_what_was_written_is_read(
    rows: list[Any], suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = written(rows, tmp_path_factory.mktemp("round") / f"assessments{suffix}")
    evidence = read_evidence(path, framework=FRAMEWORK)
    assert evidence.rejected.empty
    got = evidence.assessments
    back = zip(*(got[name] for name in COLUMNS[:4]), got["value"], got["date"].dt.date, strict=True)
    assert sorted(back) == sorted(rows)
    assert (got["level"] == got["value"]).all()
    assert evidence.officers["officer"].tolist() == sorted({row[0] for row in rows})


_cell = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.text(max_size=6),
    st.sampled_from(["7", "007", "M.01", "PK.1", "F.1", "self", "3", "3,5", "1.234", "lulus",
                     "completed", "2025-01-01", "2025-02-31", "03/04/2025", " 7", "nama satu"]),
)  # fmt: skip
_HEADERS = {
    "officers": ["officer", "name", "position", "next_position", "unit"],
    "assessments": [*COLUMNS, "scale"],
    "certificates": ["officer", "competency", "level", "issued", "expires"],
    "history": ["officer", "training", "session", "status", "start", "end"],
}


def _frames(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, pd.DataFrame]]:
    def frame(header: list[str]) -> st.SearchStrategy[pd.DataFrame]:
        row = st.tuples(*(_cell for _ in header))
        return st.lists(row, max_size=6).map(
            lambda rows: pd.DataFrame(rows, columns=header, dtype=object)
        )

    return st.fixed_dictionaries({name: frame(_HEADERS[name]) for name in names})


_any_tables = st.sets(st.sampled_from(TABLES), min_size=1).map(sorted).map(tuple).flatmap(_frames)


@given(
    tables=_any_tables,
    rule=st.sampled_from(["error", "latest", "mean"]),
    seed=st.randoms(use_true_random=False),
)
def test_rows_are_kept_or_rejected_and_their_order_does_not_matter(
    tables: dict[str, pd.DataFrame], rule: Any, seed: random.Random
) -> None:
    config = EvidenceConfig(on_duplicate=rule)
    evidence = evidence_from_tables(tables, framework=FRAMEWORK, config=config)
    counts = evidence.counts().set_index("table")["read"].to_dict()
    assert counts == {name: len(frame) for name, frame in tables.items() if len(frame)}
    assert np.isfinite(evidence.assessments["level"]).all()
    assert evidence.assessments["level"].between(0, 5).all()
    shuffled = {}
    for name, frame in tables.items():
        order = list(range(len(frame)))
        seed.shuffle(order)
        shuffled[name] = frame.iloc[order][list(reversed(frame.columns))]
    again = evidence_from_tables(shuffled, framework=FRAMEWORK, config=config)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(evidence, name))
    assert sorted(again.rejected["reason"].str.len()) == sorted(
        evidence.rejected["reason"].str.len()
    )


SEPARATORS = (",", ";", "\t")
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16")
NEWLINES = ("\n", "\r\n", "\r")
MARKS = list(itertools.product(".,", ["", ".", ","]))


@pytest.mark.parametrize(("decimal", "thousands"), MARKS)
def test_matrix_of_dialects(tmp_path: Path, decimal: str, thousands: str) -> None:
    """Separator x decimal x thousands x encoding x newline: equal rows, or a named reason."""
    for number, (sep, encoding, newline) in enumerate(
        itertools.product(SEPARATORS, ENCODINGS, NEWLINES)
    ):
        value = f"1{thousands}250{decimal}5"
        cells = [f'"{value}"' if sep == "," else value, f"2{decimal}5"]
        cells[1] = f'"{cells[1]}"' if sep == "," else cells[1]
        lines = ["nip,kompetensi,sumber,nilai,skala,tanggal,nama_unit".replace(",", sep)]
        lines += [
            sep.join(["007", "M.01", "self", cells[0], "big", "2025-01-01", "Café"]),
            sep.join(["008", "M.01", "self", cells[1], "", "2025-01-01", "Café"]),
        ]
        path = tmp_path / f"penilaian-{number}.csv"
        path.write_bytes((newline.join(lines) + newline).encode(encoding))
        config = EvidenceConfig.model_validate(
            {
                "encoding": "cp1252" if encoding == "cp1252" else None,
                "scales": {"big": {"minimum": 0, "maximum": 2000, "cuts": (1000,)}},
            }
        )
        evidence = read_evidence(path, framework=FRAMEWORK, config=config)
        got = dict(zip(evidence.assessments["officer"], evidence.assessments["value"], strict=True))
        if thousands == decimal:
            assert evidence.rejected["code"].tolist() == ["not-a-number"]
            assert got == {"008": 2.5}
        else:
            assert evidence.rejected.empty
            assert got == {"007": 1250.5, "008": 2.5}


def test_ten_thousand_long_ids(tmp_path: Path) -> None:
    rng = random.Random(0)  # noqa: S311
    ids = sorted({f"{rng.randrange(10**17, 10**18)}" for _ in range(10_000)})
    frame = pd.DataFrame({"nip": ids, "nama": "", "jabatan": "PK.1"})
    frame.to_csv(tmp_path / "pegawai.csv", index=False)
    frame.to_parquet(tmp_path / "pegawai.parquet")
    blanks = pd.concat([frame, frame.assign(nip="")]).sort_index()
    blanks.to_csv(tmp_path / "pegawai-blanks.csv", index=False)
    frame.astype({"nip": "int64"}).to_parquet(tmp_path / "pegawai-int.parquet")
    as_text, as_number = tmp_path / "pegawai.xlsx", tmp_path / "pegawai-number.xlsx"
    frame.to_excel(as_text, index=False, engine="xlsxwriter")
    frame.astype({"nip": "float64"}).to_excel(as_number, index=False, engine="xlsxwriter")
    for name in ("pegawai.csv", "pegawai.parquet", "pegawai-blanks.csv", "pegawai.xlsx"):
        evidence = read_evidence(tmp_path / name, framework=FRAMEWORK)
        assert evidence.officers["officer"].tolist() == ids
        assert set(evidence.rejected["code"]) <= {"missing"}
    for name in ("pegawai-int.parquet", "pegawai-number.xlsx"):
        evidence = read_evidence(tmp_path / name, framework=FRAMEWORK)
        assert evidence.officers.empty
        assert evidence.rejected["row"].tolist() == list(range(2, len(ids) + 2))
        assert set(evidence.rejected["code"]) == {"digits-lost"}


def test_one_percent_of_poison_costs_one_percent(tmp_path: Path) -> None:
    values = [str(i % 6) if i % 100 else "lulus" for i in range(10_000)]
    frame = pd.DataFrame(
        {"officer": [f"{i:05d}" for i in range(10_000)], "competency": "M.01", "source": "test",
         "value": values, "date": "2025-01-01"}
    )  # fmt: skip
    frame.to_csv(tmp_path / "assessments.csv", index=False)
    evidence = read_evidence(tmp_path, framework=FRAMEWORK)
    assert evidence.counts()[["read", "kept", "rejected"]].to_numpy().tolist() == [
        [10_000, 9_900, 100]
    ]
    assert evidence.officers["officer"].iloc[0] == "00001"


def _said(evidence: Evidence) -> str:
    columns = ["column", "code", "reason", "hint"]
    cells = evidence.rejected[columns].to_numpy().ravel().tolist()
    return "\n".join([*map(str, evidence.findings), *cells, repr(evidence)])


def test_no_canary_leaves_the_tables(tmp_path: Path) -> None:
    """Officer ids, names and scores planted in every place never reach a message."""
    rng = random.Random(1)  # noqa: S311
    for number in range(60):
        canaries = [f"{rng.randrange(10**17, 10**18)}", f"Kenari{number}", f"{number}.77777"]
        said = ""
        table = rng.choice(TABLES)
        header = list(_HEADERS[table])
        rows = [
            [rng.choice([*canaries, *canaries, "M.01", "self", "PK.1", "2025-01-01", ""])
             for _ in header]
            for _ in range(4)
        ]  # fmt: skip
        if number % 3 == 0:
            rng.shuffle(header)
        lines = rows if number % 5 == 0 else [header, *rows]
        path = tmp_path / f"{table}-{number}.csv"
        path.write_text("\n".join(",".join(row) for row in lines) + "\n")
        delimiter: Any = "," if number % 2 else None
        config = EvidenceConfig(delimiter=delimiter)
        try:
            said += _said(read_evidence(path, framework=FRAMEWORK, config=config))
            read_evidence(path, framework=FRAMEWORK, config=config, strict=True)
        except CompetencyError as error:
            said += "".join(traceback.format_exception(error))
        assert not [canary for canary in canaries if canary in said]


@given(content=st.binary(max_size=300), suffix=st.sampled_from([".csv", ".xlsx", ".parquet"]))
@settings(max_examples=40)
def test_any_bytes_give_evidence_or_a_named_error(
    content: bytes, suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / f"officers{suffix}"
    path.write_bytes(content)
    try:
        evidence = read_evidence(path, framework=FRAMEWORK)
    except CompetencyError:
        return
    assert len(evidence.officers) == (evidence.kept["table"] == "officers").sum()
