"""Model folders: written whole, checked before they are believed, and never executed."""

from __future__ import annotations

import hashlib
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from competency.config import RankingConfig
from competency.effects import Transitions, catalogue_transitions
from competency.errors import ModelFileError
from competency.ranking import CatalogueRanker, PriorRanker, load_ranker, save_ranker
from competency.testing import small_framework, small_gaps


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ranker = PriorRanker(RankingConfig(mandatory=0.4, top=3), entry_probability=0.6)
    return save_ranker(ranker, tmp_path / "ranker")


def _codes(path: Path) -> list[str]:
    with pytest.raises(ModelFileError) as caught:
        load_ranker(path)
    assert all(finding.hint or finding.nearest for finding in caught.value.findings)
    return [finding.code for finding in caught.value.findings]


def _rewrite(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _replace_parameters(folder: Path, content: str) -> None:
    (folder / "parameters.json").write_text(content)
    sha = hashlib.sha256(content.encode()).hexdigest()
    _rewrite(folder / "manifest.json", files={"parameters.json": sha})


def test_what_is_saved_is_what_is_loaded(folder):
    ranker = load_ranker(folder)
    assert isinstance(ranker, PriorRanker)
    assert ranker.config == RankingConfig(mandatory=0.4, top=3)
    assert ranker.entry_probability == 0.6
    gaps = small_gaps()
    expected = PriorRanker(RankingConfig(mandatory=0.4), entry_probability=0.6).rank(gaps)
    assert np.array_equal(ranker.rank(gaps).score, expected.score)


def test_the_folder_above_will_do(folder):
    assert load_ranker(folder.parent).get_params() == load_ranker(folder).get_params()
    assert load_ranker(str(folder)).get_params() == load_ranker(folder).get_params()


def test_saving_twice_gives_the_same_bytes_and_replaces(folder, tmp_path):
    (folder / "stray.txt").write_text("left over")
    before = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    save_ranker(load_ranker(folder), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["ranker"]


def test_only_what_has_a_format_is_saved(tmp_path):
    framework = small_framework()
    estimate = Transitions(framework, catalogue_transitions(framework).matrix, "estimate")
    for ranker in (CatalogueRanker(), PriorRanker(transitions=estimate)):
        with pytest.raises(ModelFileError, match="Hint: save a LearnedRanker"):
            save_ranker(ranker, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    save_ranker(PriorRanker(transitions=catalogue_transitions(framework)), tmp_path / "out")
    assert load_ranker(tmp_path / "out").transitions is None


def test_a_missing_folder_names_its_neighbours(folder):
    with pytest.raises(ModelFileError, match=r"no such folder\. Nearest: 'ranker'"):
        load_ranker(folder.parent / "rankr")
    assert _codes(folder.parent / "a" / "b") == ["no-such-model"]


def test_a_folder_without_a_manifest(tmp_path):
    assert _codes(tmp_path) == ["no-manifest"]


def test_a_file_is_not_a_model(folder):
    assert _codes(folder / "parameters.json") == ["not-a-model"]


def test_a_missing_parameter_file(folder):
    (folder / "parameters.json").unlink()
    assert _codes(folder) == ["no-such-file"]


def test_a_link_is_not_followed(folder, tmp_path):
    outside = tmp_path / "outside.json"
    (folder / "parameters.json").rename(outside)
    (folder / "parameters.json").symlink_to(outside)
    assert _codes(folder) == ["no-such-file"]


def test_a_changed_file_is_noticed(folder):
    path = folder / "parameters.json"
    path.write_text(path.read_text().replace("0.4", "0.5"))
    assert _codes(folder) == ["changed-model"]


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00", '{"a": NaN', "[" * 100_000])
def test_a_damaged_manifest(folder, content):
    (folder / "manifest.json").write_text(content)
    assert _codes(folder) == ["not-json"]


def test_a_manifest_that_is_not_utf8(folder):
    (folder / "manifest.json").write_bytes(b'{"kind": "\xff"}')
    assert _codes(folder) == ["not-json"]


def test_a_huge_file_is_not_read(folder):
    (folder / "manifest.json").write_text(" " * 1_000_001)
    assert _codes(folder) == ["too-large"]


def test_a_newer_layout_is_named(folder):
    _rewrite(folder / "manifest.json", format=2, kind="oracle")
    assert _codes(folder) == ["newer-model"]


def test_every_wrong_line_of_a_manifest_is_told(folder):
    _rewrite(folder / "manifest.json", kind="oracle", files={"parameters.json": "abc"}, extra=1)
    assert _codes(folder) == ["illegal-setting"] * 3


def test_every_wrong_setting_is_told(folder):
    config = {"hour_offset": 0, "unknown_weight": 2.0, "magic": 1.0}
    _replace_parameters(folder, json.dumps({"config": config, "entry_probability": 0.5}))
    assert _codes(folder) == ["illegal-setting"] * 3


def test_not_a_number_is_not_a_setting(folder):
    text = '{"config": {"mandatory": NaN}, "entry_probability": Infinity}'
    _replace_parameters(folder, text)
    assert _codes(folder) == ["illegal-setting"] * 2


@pytest.mark.parametrize("files", [{}, {"parameters.json": "0" * 64, "more.json": "0" * 64}])
def test_a_prior_has_exactly_its_file(folder, files):
    _rewrite(folder / "manifest.json", files=files)
    assert _codes(folder) == ["wrong-files"]


@pytest.mark.parametrize(
    "name", ["weights.pkl", "../parameters.json", "/etc/passwd", "a\\b.json", "x.JOBLIB"]
)
def test_a_manifest_cannot_point_elsewhere(folder, name):
    _rewrite(folder / "manifest.json", files={name: "0" * 64})
    assert _codes(folder) == ["unsafe-model"]


class _Bomb:
    def __reduce__(self):
        return (sys.exit, ("a pickle was opened",))


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.PICKLE"])
def test_a_pickle_is_refused_with_the_safe_way(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(pickle.dumps(_Bomb()))
    for place in (path, tmp_path):
        with pytest.raises(ModelFileError, match="save_ranker and load that folder"):
            load_ranker(place)


def test_fifty_mutated_folders_are_refused_and_run_nothing(folder):
    rng = np.random.default_rng(5)
    original = {path: path.read_bytes() for path in folder.iterdir()}
    opened: list[str] = []
    watching = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "exec":
            opened.append(event)
        if watching and event == "open" and not str(arguments[0]).startswith(str(folder)):
            opened.append(str(arguments[0]))

    load_ranker(folder)  # NOTE: imports happen before the watch
    sys.addaudithook(hook)
    refused = 0
    for round_number in range(50):
        path = sorted(original)[round_number % 2]
        content = bytearray(original[path])
        for place in rng.integers(0, len(content), 3):
            content[place] = rng.integers(0, 256)
        path.write_bytes(bytes(content[: rng.integers(1, len(content) + 1)]))
        opened.clear()
        try:
            load_ranker(folder)
        except ModelFileError:
            refused += 1
        assert opened == []
        path.write_bytes(original[path])
    watching = False
    # A changed byte inside the text that names the library is the only harmless one.
    assert refused >= 45
