"""The learned ranker: what it adds to the prior, and folders that are believed only when whole."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from learned_rankers import hand_made_ranker

from competency.arrays import frozen
from competency.errors import InputError, ModelFileError
from competency.modelfile import Manifest, array_bytes
from competency.ranking import (
    AdditiveScorer,
    LearnedRanker,
    PriorRanker,
    load_ranker,
    load_scorer,
    save_ranker,
    save_scorer,
)
from competency.ranking.additive.tables import AdditiveModel
from competency.ranking.columns import training_shares
from competency.testing import AS_OF, RankerContract, small_framework, small_gaps, small_history


class TestContract(RankerContract):
    def make_ranker(self):
        return hand_made_ranker()


class TestContractOfNothingLearned(RankerContract):
    def make_ranker(self):
        return LearnedRanker()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_ranker(hand_made_ranker(target="uptake", entry_probability=0.6), tmp_path / "m")


def _codes(path: Path) -> list[str]:
    with pytest.raises(ModelFileError) as caught:
        load_ranker(path)
    return [finding.code for finding in caught.value.findings]


def _rewrite(folder: Path, name: str, content: bytes) -> None:
    """Change a file and its hash, as one who wants the change to pass would."""
    (folder / name).write_bytes(content)
    told = Manifest.model_validate(json.loads((folder / "manifest.json").read_text()))
    told.files[name] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_bytes(told.sealed().as_bytes())


def test_nothing_learned_is_the_prior():
    gaps = small_gaps()
    here, there = LearnedRanker().rank(gaps), PriorRanker().rank(gaps)
    assert np.array_equal(here.score, there.score)


def test_what_was_learned_is_added_to_the_prior_by_name():
    gaps = small_gaps()
    prior, learned = PriorRanker().rank(gaps), hand_made_ranker().rank(gaps)
    added = learned.contributions["hours"] - prior.contributions["hours"]
    hours = gaps.levels.framework.index.trainings.hours  # 10, 20, 8, 16, 16, 4
    expected = -0.07 * np.searchsorted([8.0, 16.0, 30.0], hours, side="left")
    assert np.allclose(added, expected, atol=1e-12)
    assert set(learned.contributions) > {"popularity", "cost", "known", "gap_closed x hours"}


def test_popularity_is_the_share_of_the_completions_of_the_last_year():
    framework = small_framework()
    history = pd.DataFrame(
        {
            "officer": list("abcde"),
            "training": ["T1", "T1", "T2", "T1", "no longer offered"],
            "status": ["completed", "completed", "completed", "withdrawn", "completed"],
            "start": pd.to_datetime(["2026-01-01"] * 5),
            "end": pd.to_datetime(["2026-02-01", "2025-11-01", None, "2026-02-01", "2026-02-01"]),
        }
    )
    shares = dict(
        zip(framework.index.training_ids, training_shares(history, framework, AS_OF), strict=True)
    )
    assert shares == {"T1": 0.5, "T2": 0.5, "T3": 0, "T4": 0, "T5": 0, "T6": 0}
    later = history.assign(end=pd.Timestamp("2026-11-02"))
    assert not training_shares(later, framework, AS_OF).any()
    assert not training_shares(None, framework, AS_OF).any()


def test_what_is_saved_is_what_is_loaded(folder):
    ranker = load_ranker(folder.parent / "m")
    assert isinstance(ranker, LearnedRanker)
    assert (ranker.target, ranker.entry_probability) == ("uptake", 0.6)
    assert ranker.scorer.card == "# By hand\n"
    gaps = small_gaps()
    expected = hand_made_ranker(entry_probability=0.6).rank(gaps, history=small_history(gaps))
    assert np.array_equal(ranker.rank(gaps, history=small_history(gaps)).score, expected.score)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    save_ranker(ranker, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert set(files) == {"manifest.json", "parameters.json", "cuts.npy", "values.npy", "card.md"}


def test_a_scorer_of_any_table_is_saved_and_loaded(tmp_path):
    scorer = AdditiveScorer(("a", "prior"), "prior", AdditiveModel(()))
    again = load_scorer(save_scorer(scorer, tmp_path / "scorer"))
    table = pd.DataFrame({"prior": [1.0, 2.0]})
    assert again.predict(table).tolist() == [1.0, 2.0]
    with pytest.raises(InputError, match="no column 'prior'"):
        again.predict(pd.DataFrame({"a": [1.0]}))
    with pytest.raises(InputError, match="not 2 columns"):
        again.predict(np.zeros((1, 3)))


def test_one_kind_is_not_taken_for_the_other(folder, tmp_path):
    with pytest.raises(ModelFileError, match="this is a 'learned', not a 'scorer'"):
        load_scorer(folder)
    scorer = AdditiveScorer(("a",), None, AdditiveModel(()))
    assert _codes(save_scorer(scorer, tmp_path / "s")) == ["illegal-setting"]


def test_fifty_damaged_copies_are_refused_and_nothing_runs(folder):
    """Bits flipped, files cut short, in each file of the folder: always a clear error."""
    rng = np.random.default_rng(0)
    ran: list[str] = []
    sys.addaudithook(lambda event, _: ran.append(event) if event in _RUNNING else None)
    names = sorted(path.name for path in folder.iterdir())
    load_ranker(folder)
    for turn in range(50):
        path = folder / names[turn % len(names)]
        whole = path.read_bytes()
        damaged = bytearray(whole)
        if turn % 3 == 0:
            damaged = damaged[: int(rng.integers(0, len(whole)))]
        else:
            damaged[int(rng.integers(0, len(whole)))] ^= 1 << int(rng.integers(0, 7))
        path.write_bytes(damaged)
        ran.clear()
        assert _codes(folder), turn
        assert ran == [], turn
        path.write_bytes(whole)


def test_not_even_a_space_of_the_manifest_may_change(folder):
    path = folder / "manifest.json"
    path.write_text(path.read_text() + "\n")
    assert _codes(folder) == ["changed-model"]


_RUNNING = {
    "exec",
    "compile",
    "os.system",
    "subprocess.Popen",
    "pickle.find_class",
    "marshal.loads",
}


def test_changes_that_carry_a_right_hash_are_checked_too(folder):
    cuts = np.load(folder / "cuts.npy")
    _rewrite(folder, "cuts.npy", array_bytes(cuts[::-1]))
    assert _codes(folder) == ["odd-tables"]
    _rewrite(folder, "cuts.npy", array_bytes(cuts[:-1]))
    assert _codes(folder) == ["not-an-array"]
    _rewrite(folder, "cuts.npy", array_bytes(np.where(cuts == cuts[0], np.inf, cuts)))
    assert _codes(folder) == ["not-an-array"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"names": ["gap_closed"]}, "odd-tables"),
        ({"start": None}, "other-columns"),
        ({"target": "quality"}, "illegal-setting"),
        ({"tables": []}, "not-an-array"),
        ({"more": 1}, "illegal-setting"),
        ({"entry_probability": 0}, "illegal-setting"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(folder, change, code):
    parameters = json.loads((folder / "parameters.json").read_text())
    _rewrite(folder, "parameters.json", json.dumps({**parameters, **change}).encode())
    assert _codes(folder) == [code]


def test_the_card_must_be_text(folder):
    _rewrite(folder, "card.md", b"\xff\xfe")
    assert _codes(folder) == ["odd-tables"]


def test_another_framework_is_refused():
    gaps = small_gaps()
    ranker = hand_made_ranker(framework_version=gaps.levels.framework.version)
    assert len(ranker.rank(gaps)) == len(gaps)
    wider = small_gaps(extra_training=True)
    with pytest.raises(ModelFileError, match="learned on framework") as caught:
        ranker.rank(wider)
    assert caught.value.findings[0].code == "other-framework"
    assert "framework_version=''" in caught.value.findings[0].hint
    assert len(ranker.set_params(framework_version="").rank(wider)) == len(gaps)


def test_beliefs_that_are_no_numbers_are_refused():
    gaps = small_gaps()
    probs = gaps.levels.probs.copy()
    probs[3, 1] = np.nan
    broken = dataclasses.replace(gaps, levels=dataclasses.replace(gaps.levels, probs=frozen(probs)))
    for ranker in (PriorRanker(), hand_made_ranker()):
        with pytest.raises(InputError, match="about 1 officers are not numbers"):
            ranker.rank(broken)


def test_loading_and_ranking_need_no_learning_library(folder):
    """In a new process that refuses to import LightGBM and scikit-learn."""
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.split('.')[0] in ('lightgbm', 'sklearn'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "import competency.ranking as r, competency.testing as t\n"
        f"ranking = r.load_ranker({str(folder)!r}).rank(t.small_gaps())\n"
        "print(ranking.method, ranking.eligible.any())\n"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert told.stdout.split() == ["learned", "True"]
