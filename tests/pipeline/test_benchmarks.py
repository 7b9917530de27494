"""Every benchmark runs at its smallest size and writes rows that any JSON reader takes."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py"))


@pytest.fixture(autouse=True)
def repository(monkeypatch):
    """The benchmarks lie beside the package and not in it."""
    monkeypatch.syspath_prepend(str(ROOT))


def write(folder: Path, tables: dict[str, object]) -> None:
    folder.mkdir(parents=True)
    for name, table in tables.items():
        (folder / f"{name}.json").write_text(json.dumps(table), encoding="utf-8")


def made_up_jcrec(folder: Path) -> None:
    """Learners, roles and courses with skills of six groups, drawn."""
    rng = np.random.default_rng(0)

    def skills(count: int, top: int) -> list[list[object]]:
        drawn = rng.choice(6, count, replace=False)
        return [[int(k), f"L{rng.integers(1, top + 1)}"] for k in drawn]

    tables = {
        "mastery_levels": {f"L{k}": k for k in (1, 2, 3)},
        "resumes": {f"R{i}": skills(4, 2) for i in range(12)},
        "roles": {f"J{i}": skills(4, 3) for i in range(8)},
        "courses": {f"K{i}": {"to_acquire": skills(2, 3)} for i in range(20)},
        "rolefit_targets": {f"R{i}": "J0" for i in range(12)},
    }
    write(folder, tables)
    lines = [f"group {k},{k}" for k in range(6)]
    (folder / "taxonomy.csv").write_text("\n".join(["Type Level 3,unique_id", *lines]))


def made_up_direct(folder: Path) -> None:
    """One domain with two skills, of which one has a learning resource."""
    skill = {"competency": "group", "description": "", "learning_resources": ""}
    resource = {"slug": "course", "name": "Course", "provider": "school"}
    level = {"name": "Level", "short_description": "A level"}
    tables = {
        "competency_domain": [{"slug": "domain", "name": "Domain"}],
        "competency": [{"slug": "group", "name": "Group", "competency_domain": "domain"}],
        "skill": [
            skill | {"slug": "a", "name": "A", "learning_resources": "course"},
            skill | {"slug": "b", "name": "B"},
        ],
        "skill_level": [level | {"level": str(k)} for k in range(5)],
        "provider": [{"slug": "school", "name": "School"}],
        "learning_resource": [resource],
    }
    write(folder, tables)


@pytest.fixture(scope="module")
def outside_data(tmp_path_factory):
    """Small tables in the form of the outside data that two tasks and a framework need."""
    folder = tmp_path_factory.mktemp("data")
    made_up_jcrec(folder / "jcrec")
    made_up_direct(folder / "frameworks" / "direct")
    return folder


ARGUMENTS = {"jcrec": ["--courses", "all", "--roles", "all"]}


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize("name", NAMES)
def test_it_writes_its_rows(name, outside_data, tmp_path, monkeypatch):
    if name in {"ranking", "regret", "distil"}:
        pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")
    benchmark = importlib.import_module(f"benchmarks.{name}")
    monkeypatch.setattr("benchmarks._rows.SHARED_DATA", outside_data)
    file = tmp_path / "rows.json"
    arguments = ["--smallest", "--json", str(file), *ARGUMENTS.get(name, [])]
    assert benchmark.main(arguments) == 0
    rows = json.loads(file.read_text(encoding="utf-8"), parse_constant=refuse)
    assert len(rows) > 1
    for row in rows:
        assert list(row) == ["name", "ours", "peer", "ratio", "goal", "met"]
        assert row["met"] in (True, False, None)
        assert (row["met"] is None) == (row["goal"] is None)


def test_a_row_of_any_numbers_is_plain_in_json():
    from benchmarks._rows import Row

    row = Row("share", np.float32(0.5), peer=np.int64(2), goal=np.float64(0.25))
    written = json.loads(json.dumps(row.as_json(), allow_nan=False))
    assert written == {
        "name": "share", "ours": 0.5, "peer": 2.0, "ratio": 0.25, "goal": 0.25, "met": True,
    }  # fmt: skip
    assert Row("unproven", float("nan"), peer=1.0).as_json()["ours"] is None
