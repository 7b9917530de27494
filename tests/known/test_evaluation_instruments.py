"""Forms of the four levels: written, read, refused; what reaches beliefs; what a plan can show."""

from __future__ import annotations

import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy import stats

import competency as cp
from competency.config import EvidenceConfig, ScaleMap
from competency.errors import ConfigError, EvidenceError, FileFormatError, InputError
from competency.evaluation import evaluate_training
from competency.evaluation.instruments import (
    InstrumentDesign,
    check_instrument,
    check_responses,
    planned_power,
    power_by_simulation,
    read_instruments,
    write_instrument_template,
)
from competency.evaluation.instruments.forms import FORMS

HEADS = {"id": [form.sheet for form in FORMS.tables.values()], "en": list(FORMS.tables)}


def learning(**changed) -> pd.DataFrame:
    """One officer before and after, and one to compare with."""
    rows = {
        "officer": ["007", "007", "008", "008"],
        "training": "F.DASAR",
        "group": ["trained", "trained", "comparison", "comparison"],
        "competency": "T.01",
        "occasion": ["before", "after"] * 2,
        "source": "test",
        "assessor": "U1",
        "value": [1, 3, 1, 1.5],
        "date": ["2026-02-02", "2026-02-06"] * 2,
    }
    return pd.DataFrame(rows | changed)


# -------------------------------------------------------------------------- templates and reading


@pytest.mark.parametrize("locale", ["id", "en"])
def test_templates_have_the_four_forms_and_are_read_again(pack, tmp_path, locale):
    made = write_instrument_template(tmp_path / "forms", pack, locale)
    assert [path.stem for path in made] == HEADS[locale]
    empty = read_instruments(tmp_path / "forms", framework=pack)
    assert len(empty.kept) == len(empty.learning) == 0
    assert list(empty.assessments().columns) == [
        "officer", "competency", "source", "assessor", "value", "scale", "date"
    ]  # fmt: skip
    (book,) = write_instrument_template(tmp_path / "forms.xlsx", pack, locale)
    again = tmp_path / "again.xlsx"
    write_instrument_template(again, pack, locale)
    assert book.read_bytes() == again.read_bytes()
    sheets = openpyxl.load_workbook(book).sheetnames
    assert sheets == [*HEADS[locale], "_ids"]
    assert read_instruments(book, framework=pack).rejected.empty


def test_a_filled_workbook_is_read(pack, tmp_path):
    (path,) = write_instrument_template(tmp_path / "instrumen.xlsx", pack)
    book = openpyxl.load_workbook(path)
    book["pembelajaran"].append(
        ["007", "F.DASAR", "A1", "dilatih", "T.01", "soal-1", "sebelum", "tes", "U1", 2, None,
         "2026-02-02"]
    )  # fmt: skip
    book["perilaku"].append(
        ["007", "F.DASAR", "A1", "", "T.01", "", "lanjutan", "atasan", "U2", 3, None, "2026-08-02"]
    )
    book["reaksi"].append(["", "F.DASAR", "A1", "Pengajar", 4, 5, "2026-02-06", "baik"])
    book["hasil_kerja"].append(
        ["F.DASAR", "Dinas X", "", "penempatan", "after", 120, "orang", "2026-12-31"]
    )
    book.save(path)
    made = read_instruments(path, framework=pack)
    assert made.rejected.empty
    row = made.learning.iloc[0]
    assert row[["officer", "occasion", "source", "group"]].tolist() == [
        "007", "before", "test", "trained"
    ]  # fmt: skip
    assert made.behaviour["occasion"].tolist() == ["follow_up"]
    assert made.reactions["aspect"].tolist() == ["Pengajar"]
    assert made.results["value"].tolist() == [120.0]
    assert len(made.kept) == 4


def test_bad_rows_are_rejected_with_reasons_and_counted(pack):
    bad = learning(
        officer=["007", 198001012005011001.0, "", "008"],
        occasion=["before", "after", "before", "tomorrow"],
        value=[9, "2,5", 1, 1],
    )
    made = read_instruments({"learning": bad}, framework=pack)
    assert len(made.kept) == 0
    codes = made.rejected.set_index("row")["code"].to_dict()
    assert codes == {
        2: "value-out-of-range", 3: "digits-lost", 4: "missing", 5: "unknown-occasion"
    }  # fmt: skip
    with pytest.raises(EvidenceError):
        read_instruments({"learning": bad}, framework=pack, strict=True)
    twice = pd.concat([learning(), learning().head(1)])
    doubled = read_instruments({"learning": twice}, framework=pack)
    assert doubled.rejected["code"].tolist() == ["given-twice"] * 2
    assert len(doubled.kept) + len(doubled.rejected) == len(twice)
    smiles = pd.DataFrame(
        {"training": "F.DASAR", "aspect": "Materi", "value": [4, 6], "highest": 5,
         "date": "2026-02-06"}
    )  # fmt: skip
    reactions = read_instruments({"reaksi": smiles}, framework=pack)
    assert reactions.rejected["code"].tolist() == ["value-out-of-range"]


def test_what_is_no_form_is_said(pack, tmp_path):
    with pytest.raises(EvidenceError, match="learnin"):
        read_instruments({"learnin": learning()}, framework=pack)
    with pytest.raises(EvidenceError, match="occasion"):
        read_instruments({"learning": learning().drop(columns="occasion")}, framework=pack)
    with pytest.raises(EvidenceError, match="all mean 'value'"):
        read_instruments({"learning": learning(nilai=1)}, framework=pack)
    with pytest.raises(FileFormatError):
        read_instruments(tmp_path / "nowhere", framework=pack)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="no form"):
        read_instruments(tmp_path, framework=pack)


def test_forms_are_read_under_the_settings_of_evidence(pack, tmp_path):
    config = EvidenceConfig(decimal=",", date_format="%d/%m/%Y", columns={"Hasil": "value"})
    rows = learning(value=["1,5", "3", "1", "1"], date=["02/02/2026", "06/02/2026"] * 2)
    rows = rows.rename(columns={"value": "Hasil", "officer": "nip_baru"})
    rows.to_csv(tmp_path / "pembelajaran-2026.csv", sep=";", index=False)
    made = read_instruments(tmp_path, framework=pack, config=config)
    assert made.rejected.empty
    assert made.learning["level"].tolist() == [3.0, 1.5, 1.0, 1.0]
    assert made.learning["date"].dt.month.unique().tolist() == [2]


# ------------------------------------------------------------------------- what reaches beliefs


def test_only_levels_two_and_three_and_never_oneself_reach_beliefs(pack):
    own = learning(source="self", assessor="007", value=5)
    observed = learning(source="supervisor", occasion=["before", "follow_up"] * 2)
    smiles = pd.DataFrame(
        {"officer": ["007"], "training": "F.DASAR", "aspect": "Materi", "value": 5, "highest": 5,
         "date": "2026-02-06"}
    )  # fmt: skip
    results = pd.DataFrame(
        {"training": ["F.DASAR"], "unit": "X", "indicator": "i", "occasion": "after", "value": 5,
         "measure": "orang", "date": "2026-02-06"}
    )  # fmt: skip
    made = read_instruments(
        {"reactions": smiles, "learning": pd.concat([learning(), own]), "behaviour": observed,
         "results": results},
        framework=pack,
    )  # fmt: skip
    rows = made.assessments()
    assert sorted(rows["source"].unique()) == ["supervisor", "test"]
    assert len(rows) == 8
    assert made.self_ratings["kirkpatrick"].tolist() == [2] * 4
    evidence = cp.evidence_from_tables({"assessments": rows}, framework=pack, strict=True)
    assert len(evidence.assessments) == 8


def test_forms_become_a_table_that_is_evaluated(pack):
    rng, frames = np.random.default_rng(0), []
    for i in range(60):
        level = rng.integers(1, 4)
        trained = i % 2 == 0
        value = [level, level + trained + rng.integers(0, 2)]
        frames.append(
            learning(officer=f"O{i}", value=value * 2, group="trained" if trained else "comparison")
            .head(2)
            .assign(assessor=f"U{i % 3}")
        )
    made = read_instruments({"learning": pd.concat(frames)}, framework=pack)
    table = made.outcomes("F.DASAR", "T.01")
    assert len(table) == 60
    assert table["treated"].sum() == 30
    assert table["earlier"].isna().all()
    found = evaluate_training(table, assignment="random")
    assert found.value == pytest.approx(1.0, abs=0.35)
    assert found.verdict.code == "effective"
    with pytest.raises(InputError, match="level 1"):
        made.outcomes("F.DASAR", "T.01", level=1)


def test_collected_forms_are_checked(pack):
    def codes(frame, form="learning"):
        found = check_responses(read_instruments({form: frame}, framework=pack))
        return {finding.code for finding in found}

    assert codes(learning()) == set()
    assert codes(learning(group="trained")) == {"no-comparison"}
    assert codes(learning(occasion="before", date=["2026-02-02", "2026-02-06"] * 2)) == {"no-after"}
    assert codes(learning(source=["test", "peer"] * 2)) == {"other-sources"}
    assert codes(learning(assessor=["U1", "U2"] * 2)) == {"other-assessors"}
    assert codes(learning(instrument=["a", "b"] * 2)) == {"other-form"}
    assert codes(learning(date=["2026-02-06", "2026-02-02"] * 2)) == {"post-before-pre"}
    assert codes(learning(source="self")) == {"self-only"}


# --------------------------------------------------------------------------- before the class runs


def test_power_is_that_of_the_textbook_where_there_is_one():
    noisy = power_by_simulation(
        "random", n_trained=60, n_untrained=60, effect=0.5, reliability=0.5, repetitions=150
    )
    # ANCOVA on two measures of reliability .5: residual variance 2 (1 - r^2), r from both
    slope = np.linalg.solve([[2, 1], [1, 2]], [1, 1])
    spread = np.sqrt(2 - slope @ [1, 1])
    se = spread * np.sqrt(2 / 60)
    expected = stats.t.sf(stats.t.ppf(0.975, 116), 116, loc=0.5 / se)
    assert noisy.power == pytest.approx(0.95 * expected, abs=0.12)  # the placebo fails in 5 %
    assert noisy.half_width == pytest.approx(1.98 * se, rel=0.05)
    assert noisy.false_alarm <= 0.05


def test_the_number_of_officers_proposed_suffices():
    plan = {"effect": 0.4, "reliability": 0.7, "repetitions": 100}
    few = power_by_simulation("by_score", n_trained=20, n_untrained=30, **plan)
    assert few.power < 0.5
    n = few.n_needed
    enough = power_by_simulation(
        "by_score", n_trained=round(0.4 * n), n_untrained=round(0.6 * n), **plan
    )
    assert 0.65 <= enough.power <= 0.95


def test_classes_cost_power():
    plan = {"n_trained": 60, "n_untrained": 60, "effect": 0.6, "repetitions": 50}
    alone = power_by_simulation("random", **plan)
    together = power_by_simulation("random", class_size=20, class_sd=0.5, **plan)
    assert together.power < alone.power - 0.2


def test_impossible_plans_are_refused_with_all_that_is_wrong():
    with pytest.raises(InputError) as raised:
        power_by_simulation(
            "unknown", n_trained=0, n_untrained=5, effect=0.0, reliability=2.0, attrition=1.0
        )
    assert len(raised.value.findings) == 5


FAIR = {
    "level": 2,
    "question": "effect",
    "occasions": ("earlier", "before", "after"),
    "sources_before": ("test",),
    "sources_after": ("test",),
    "assignment": "by_score",
    "n_trained": 100,
    "n_untrained": 100,
}

UNFIT = [
    ({"level": 1}, "level-cannot-answer"),
    ({"question": "behaviour"}, "level-cannot-answer"),
    ({"level": 4, "question": "results"}, "results-have-many-causes"),
    ({"occasions": ("earlier", "after")}, "no-before"),
    ({"occasions": ("earlier", "before")}, "no-after"),
    ({"occasions": ("before", "after")}, "no-earlier"),
    ({"question": "learning"}, "no-follow-up"),
    ({"level": 3, "sources_before": ("supervisor",), "sources_after": ("supervisor",)}, "too-soon"),
    ({"scale_after": "0-100"}, "other-scale"),
    ({"same_form": True}, "retest"),
    ({"reliability": 0.5}, "coarse-measure"),
    ({"steps": 3}, "few-steps"),
    ({"sources_after": ("self",)}, "self-only"),
    ({"sources_after": ("peer",)}, "blind-source"),
    ({"sources_after": ("test", "assessment_centre")}, "other-sources"),
    ({"sources_after": ("supervisor", "test"), "assessors_know": True}, "assessors-know"),
    ({"sources_after": ("supervisor", "test")}, "one-assessor"),
    ({"n_untrained": 0}, "no-comparison"),
    ({"n_trained": 0}, "no-trained"),
    ({"assignment": "unknown"}, "unknown-assignment"),
]


@pytest.mark.parametrize(("changed", "code"), UNFIT)
def test_an_instrument_that_cannot_answer_is_reported_with_the_reason(changed, code):
    assert code not in {f.code for f in check_instrument(InstrumentDesign(**FAIR), repetitions=0)}
    found = check_instrument(InstrumentDesign(**FAIR | changed), repetitions=0)
    assert code in {finding.code for finding in found}
    assert all(finding.hint for finding in found)


def test_too_small_a_class_is_reported_before_it_runs():
    assert check_instrument(InstrumentDesign(**FAIR), repetitions=60) == ()
    small = InstrumentDesign(**FAIR | {"n_trained": 12, "n_untrained": 12, "attrition": 0.2})
    found = check_instrument(small, repetitions=40)
    assert [finding.code for finding in found] == ["low-power"]
    power = planned_power(small, repetitions=40)
    assert f"{power.power:.0%}" in found[0].message
    assert (power.n_trained, power.n_untrained) == (10, 10)


def test_reactions_are_asked_for_what_they_can_say():
    smile = InstrumentDesign(level=1, question="reaction", occasions=("after",))
    assert check_instrument(smile) == ()
    early = InstrumentDesign(level=1, question="reaction", occasions=("before",))
    assert [finding.code for finding in check_instrument(early)] == ["no-after"]
    other = InstrumentDesign(level=2, question="reaction", occasions=("after",))
    assert [finding.code for finding in check_instrument(other)] == ["other-level"]


def test_declared_scales_must_be_maps(pack):
    config = EvidenceConfig(
        scales={"percent": ScaleMap(minimum=0, maximum=100, cuts=(50, 20, 60, 80, 95))}
    )
    with pytest.raises(ConfigError):
        read_instruments({"learning": learning()}, framework=pack, config=config)
    good = EvidenceConfig(
        scales={"percent": ScaleMap(minimum=0, maximum=100, cuts=(20, 40, 60, 80, 95))}
    )
    rows = learning(value=[30, 70, 30, 39], scale="percent")
    made = read_instruments({"learning": rows}, framework=pack, config=good)
    assert made.learning["level"].tolist() == [3.0, 1.0, 1.0, 1.0]
