"""Fits of ratings as folders: the same bits come back, and nothing damaged is believed."""

from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import pandas as pd
import pytest
from ratings_world import rated

from competency.errors import ConfigError, ModelFileError
from competency.ratings import fit_facets, fit_ratings, load_rating_fit

TABLE = rated()
ANSWERS = pd.DataFrame(
    {"q1": [0, 1, 1, 1], "q2": [0, 0, 1, 1], "q3": [2, 0, 1, 2], "often": [9, 8, 7, 6]}
)
FITS = {
    "facets": lambda: fit_facets(TABLE),
    "one trait": lambda: fit_facets(TABLE, one_trait=True, halo=False),
    "alone": lambda: fit_facets(TABLE[TABLE["assessor"] == "r0"], max_iter=30),
    "rsm": lambda: fit_ratings(TABLE, "rsm"),
    "grm": lambda: fit_ratings(ANSWERS, "grm", frequency="often"),
    "gpcm": lambda: fit_ratings(ANSWERS, "gpcm", items=("q1", "q2", "q3"), frequency="often"),
}
OTHERS = rated(40).assign(person=lambda table: "n" + table["person"])


@pytest.fixture(scope="module")
def fits():
    return {name: make() for name, make in FITS.items()}


@pytest.fixture
def folder(fits, tmp_path):
    return fits["facets"].save(tmp_path / "ratings")


@pytest.fixture
def exact(fits, tmp_path):
    return fits["rsm"].save(tmp_path / "ratings")


def others(fit):
    return OTHERS if "assessor" in fit.severities and len(fit.severities) else ANSWERS.head(3)


def unknown(fit):
    rows = pd.DataFrame({"person": "nobody", "assessor": "r1"}, index=fit.items.index)
    return rows.assign(**{fit._columns.item or "item": fit.items["item"]})


@pytest.mark.parametrize("name", FITS)
def test_every_bit_comes_back(name, fits, tmp_path):
    fit = fits[name]
    loaded = load_rating_fit(fit.save(tmp_path / "ratings"))
    assert type(loaded) is type(fit)
    table = others(fit)
    if name == "alone":
        table = table[table["assessor"] == "r0"]
    pd.testing.assert_frame_equal(loaded.score(table), fit.score(table), check_exact=True)
    rows = unknown(fit)
    pd.testing.assert_frame_equal(loaded.predict(rows), fit.predict(rows), check_exact=True)
    pd.testing.assert_frame_equal(loaded.items, fit.items, check_exact=True)
    pd.testing.assert_frame_equal(loaded.severities, fit.severities, check_exact=True)
    for word in ("model", "log_likelihood", "converged", "n_iter"):
        assert getattr(loaded, word) == getattr(fit, word)


def test_saving_what_was_loaded_gives_the_same_bytes(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    load_rating_fit(folder.parent).save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", FITS)
def test_a_loaded_fit_holds_no_person(name, fits, tmp_path):
    folder = fits[name].save(tmp_path / "ratings")
    assert not any(b"p01" in path.read_bytes() for path in folder.iterdir())
    loaded = load_rating_fit(folder)
    with pytest.raises(ConfigError, match="holds no persons"):
        loaded.score()
    assert len(loaded.findings) == 0


def test_assessors_are_kept_with_their_severities_only(folder):
    names = json.loads((folder / "assessors.json").read_text())
    assert names == {"assessor": ["r0", "r1", "r2", "r3"], "part": [0, 0, 0, 0]}


# ------------------------------------------------------------------------------------- damage


def codes(folder):
    with pytest.raises(ModelFileError) as caught:
        load_rating_fit(folder)
    assert all(finding.hint or finding.nearest for finding in caught.value.findings)
    return [finding.code for finding in caught.value.findings]


def replace(folder, name, content):
    """Put other content into a file, with its right hash."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def change(folder, **changes):
    content = json.loads((folder / "model.json").read_text())
    replace(folder, "model.json", json.dumps({**content, **changes}).encode())


def put(folder, name, values):
    buffer = io.BytesIO()
    np.save(buffer, values)
    replace(folder, name, buffer.getvalue())


@pytest.mark.parametrize("kind", ["folder", "exact"])
def test_mutated_and_cut_files_are_refused(kind, request):
    folder = request.getfixturevalue(kind)
    rng = np.random.default_rng(11)
    files = sorted(path.name for path in folder.iterdir())
    assert len(files) == 5
    for name in files:
        original = (folder / name).read_bytes()
        for number in range(30):
            content = bytearray(original)
            if number % 2:
                content = content[: rng.integers(0, len(content))]
            else:
                place = rng.integers(0, len(content))
                content[place] ^= rng.integers(1, 256)
            (folder / name).write_bytes(bytes(content))
            if _says_the_same(name, original, bytes(content)):
                continue
            codes(folder)
        (folder / name).write_bytes(original)
    load_rating_fit(folder)


def _says_the_same(name, original, content):
    """Whether only the name of the library in the manifest, or a blank in it, is another."""
    if name != "manifest.json":
        return False
    try:
        before, after = json.loads(original), json.loads(content)
    except ValueError:
        return False
    return {**before, "library": ""} == {**after, "library": ""} and "library" in after


@pytest.mark.parametrize("kind", ["folder", "exact"])
@pytest.mark.parametrize("name", ["model.json", "assessors.json"])
def test_mutated_json_with_its_right_hash_is_refused_or_a_legal_fit(kind, name, request):
    # A forger can write hashes: what gets through must still be a model, and no other error.
    folder = request.getfixturevalue(kind)
    original, rng = (folder / name).read_bytes(), np.random.default_rng(12)
    refused = 0
    for _ in range(60):
        content = bytearray(original)
        content[rng.integers(0, len(content))] ^= rng.integers(1, 256)
        replace(folder, name, bytes(content))
        try:
            loaded = load_rating_fit(folder)
        except ModelFileError:
            refused += 1
            continue
        assert np.isfinite(loaded.predict(unknown(loaded)).to_numpy()).all()
    assert refused >= 15


@pytest.mark.parametrize("kind", ["folder", "exact"])
@pytest.mark.parametrize("name", ["items.npy", "severities.npy"])
def test_arrays_that_are_no_such_model_are_refused(kind, name, request):
    folder = request.getfixturevalue(kind)
    values = np.load(folder / name)
    bad = values.copy()
    bad.flat[1] = np.nan
    shapes = [values[:-1], values[..., None], values.ravel()[:0], values.astype(np.float32), bad]
    for content in shapes:
        put(folder, name, content)
        assert codes(folder) == ["not-an-array"]
    put(folder, name, values)
    load_rating_fit(folder)


def test_thresholds_rise_and_slopes_and_variances_are_positive(folder, tmp_path, fits):
    items, severities = np.load(folder / "items.npy"), np.load(folder / "severities.npy")
    for column, value in ((2, items[0, 1]), (0, 0.0), (0, -1.0), (1, 70.0)):
        bad = items.copy()
        bad[0, column] = value
        put(folder, "items.npy", bad)
        assert codes(folder) == ["illegal-parameter"]
    put(folder, "items.npy", items)
    put(folder, "severities.npy", severities * [1, -1])
    assert codes(folder) == ["illegal-parameter"]
    graded = fits["grm"].save(tmp_path / "graded")
    items = np.load(graded / "items.npy")
    for bad in (items[[0, 1, 2, 3, 4, 6, 5]], items * 0):
        put(graded, "items.npy", bad)
        assert codes(graded) == ["illegal-parameter"]


def test_severities_of_exact_models_sum_to_zero(exact):
    severities = np.load(exact / "severities.npy")
    for bad in (severities + 1, severities * [1, -1]):
        put(exact, "severities.npy", bad)
        assert codes(exact) == ["illegal-parameter"]


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "oracle"},
        {"model": "rasch"},
        {"items": ["A", "A"]},
        {"items": []},
        {"values": [[0, 1]]},
        {"values": [[0, 1, 2, 3], [3, 2, 1, 0]]},
        {"values": [[0, 1, 2, -3], [0, 1, 2, 3]]},
        {"log_likelihood": "none"},
        {"n_iter": -1},
        {"extra": 1},
        {"columns": {}},
    ],
)
def test_settings_that_are_none_are_named(changes, folder, exact):
    for place in {folder, exact}:
        change(place, **changes)
        assert set(codes(place)) == {"illegal-setting"}


@pytest.mark.parametrize(
    "changes",
    [
        {"correlation": [[1.0]]},
        {"correlation": [[1.0, 0.5], [0.4, 1.0]]},
        {"correlation": [[1.0, 1.5], [1.5, 1.0]]},
        {"severity_covariance": [[1.0, 0.0], [0.0, -1.0]]},
        {"severity_covariance": [[1.0, 0.0, 0.0], [0.0, 1.0]]},
        {"halo_sd": -0.1},
        {"one_trait": True},
    ],
)
def test_spreads_of_a_facet_model_are_covariances(changes, folder):
    change(folder, **changes)
    assert set(codes(folder)) == {"illegal-setting"}


def test_numbers_that_are_none_are_not_settings(folder):
    content = (folder / "model.json").read_text()
    replace(
        folder, "model.json", content.replace('"halo_sd": 0', '"halo_sd": NaN, "x": 0').encode()
    )
    assert set(codes(folder)) == {"illegal-setting"}


@pytest.mark.parametrize(
    "names",
    [
        {"assessor": ["r0", "r0", "r2", "r3"], "part": [0, 0, 0, 0]},
        {"assessor": ["r0", "r1", "r2", "r3"], "part": [0]},
        {"assessor": [1, 2, 3, 4], "part": [0, 0, 0, 0]},
    ],
)
def test_every_assessor_is_there_once(names, folder):
    replace(folder, "assessors.json", json.dumps(names).encode())
    assert set(codes(folder)) == {"illegal-setting"}


def test_another_kind_of_model_and_no_model_are_refused(folder, tmp_path):
    from competency.ranking import PriorRanker, save_ranker

    other = save_ranker(PriorRanker(), tmp_path / "ranker")
    assert codes(other) == ["illegal-setting"]
    assert codes(tmp_path / "rating") == ["no-such-model"]
    assert codes(folder / "items.npy") == ["not-a-model"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    fit = fit_ratings(ANSWERS, frequency="often")
    with pytest.raises(ConfigError, match="would be lost"):
        fit.save(tmp_path / "mine")


def test_a_level_model_is_not_a_rating_fit(tmp_path, folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "kind": "levels"}))
    assert codes(folder) == ["illegal-setting"]
