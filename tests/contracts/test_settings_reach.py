"""Every setting reaches what it should: for each field a changed value, and what changes with it.

A field of a public group of settings without an entry here fails the test: a setting that nothing
reads would be a promise that is not kept.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import competency
from competency import config as settings
from competency.batch import run_job
from competency.batch.tables import run_tables
from competency.case import Case
from competency.config import JobConfig, PipelineConfig, ScaleMap, Settings, validated
from competency.errors import InputError
from competency.evaluation import evaluate_training, training_world
from competency.evidence import evidence_from_tables, read_evidence
from competency.framework import load_framework
from competency.planning import plan_cohort, plan_officers
from competency.ranking.evaluate.protocol import evaluate_history
from competency.ranking.learn import learn_ranker
from competency.reporting import build_summary, page_of
from competency.simulate import SimulationConfig, simulate_cohort

AS_OF = "2026-11-01"
EVERY = 24
"""Each such officer of the pack is one of the small agency, so that all positions are in it."""


# ------------------------------------------------------------------------------- a small agency


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Some officers of the pack, as CSV files."""
    home, cohort = tmp_path_factory.mktemp("agency"), competency.pack_path() / "cohort"
    ids: set[str] = set()
    for name in ("officers", "assessments", "certificates", "history"):
        table = pd.read_csv(cohort / f"{name}.csv", dtype="str", keep_default_na=False)
        ids = ids or set(table["officer"][::EVERY])
        table[table["officer"].isin(ids)].to_csv(home / f"{name}.csv", index=False)
    return home


@pytest.fixture(scope="module")
def base(folder) -> Case:
    """The agency with two families of positions, few seats, and accreditation that ends soon."""
    pack = load_framework(competency.pack_path())
    positions = tuple(
        row.model_copy(update={"family": "petugas"}) if row.id == "PAK" else row
        for row in pack.positions
    )
    providers = tuple(
        row.model_copy(update={"accreditation_valid_until": date(2026, 12, 31)})
        for row in pack.providers
    )
    sessions = tuple(row.model_copy(update={"seats": 3}) for row in pack.sessions)
    framework = pack.model_copy(
        update={"positions": positions, "providers": providers, "sessions": sessions}
    )
    return Case(read_evidence(folder, framework=framework), AS_OF)


@functools.cache
def seen_of(case: Case) -> tuple[dict[str, pd.DataFrame], str]:
    """The tables of a run, and its page down to the foot, where settings are only hashed."""
    page = page_of(build_summary(case))
    return run_tables(case), page[: page.index("<footer")]


def differing(one: Case, other: Case) -> set[str]:
    """Names of the tables of a run, and "page", that are not the same for two cases."""
    (first, page), (second, other_page) = seen_of(one), seen_of(other)
    names = {
        name
        for name in {*first, *second}
        if name not in first or name not in second or not first[name].equals(second[name])
    }
    return names | ({"page"} if page != other_page else set())


def changed(case: Case, group: str, **values: Any) -> Case:
    """The case with settings of a group changed; what is not made from them is kept."""
    own = getattr(case.config, group)
    config = case.config.model_copy(update={group: validated(type(own), own.model_dump() | values)})
    kept = {} if group == "levels" else {"level_model": case.model, "beliefs": case.levels}
    return dataclasses.replace(case, config=config, **kept)


# --------------------------------------------------- settings of a run: tables and page follow

OF_A_CASE: dict[str, dict[str, tuple[Any, set[str]]]] = {
    "levels": {
        "sources": (
            {
                name: row.model_dump() | ({"discrimination": 0.3} if name == "supervisor" else {})
                for name, row in PipelineConfig().levels.sources.items()
            },
            {"levels"},
        ),
        "prior_sd": (2.0, {"levels", "gaps", "page"}),
        "group_sd": (2.0, {"levels"}),
        "family_sd": (0.0, {"levels"}),
        "unit_sd": (0.0, {"levels"}),
        "unit_slope_sd": (0.0, {"levels"}),
        "half_life_years": (
            {"technical": 0.5, "managerial": 0.5, "sociocultural": 0.5},
            {"levels"},
        ),
        "calibrate": (False, {"levels"}),
        "correlation": (0.0, {"levels", "match"}),
        "correlation_weight": (1e6, {"levels"}),
        "prerequisite_strength": (3.0, {"levels"}),
        "slip": (0.4, {"levels"}),
        "guess": (0.4, {"levels"}),
        "grid_step": (0.5, {"levels"}),
        "iterations": (1, {"levels"}),
    },
    "gaps": {
        "aims": (("held",), {"gaps", "match", "ranking", "page"}),
        "purpose": ("mapping", {"match", "page"}),
        "draws": (16, {"match", "page"}),
        "minimum_group": (40, {"gaps_by_region", "page"}),
    },
    "ranking": {
        "aim_weights": ({"held": 1.0, "next": 3.0}, {"ranking", "plan", "page"}),
        "unknown_weight": (0.0, {"ranking", "plan"}),
        "readiness": (0.0, {"ranking"}),
        "mandatory": (9.0, {"ranking"}),
        "hour_offset": (100.0, {"ranking"}),
        "top": (2, {"ranking"}),
    },
    "planning": {
        "hours": (60.0, {"plan", "page"}),
        "cost": (0.0, {"plan", "page"}),
        "max_steps": (1, {"plan", "page"}),
        "horizon_days": (20, {"plan", "coverage", "page"}),
        "entry_probability": (0.95, {"plan", "ranking", "page"}),
        "minimum_gain": (0.6, {"plan", "page"}),
        "floor_hours": (20.0, {"plan"}),
        "region_floor": (1.0, {"plan"}),
        "hours_per_day": (1.0, {"plan"}),
        "objective": ("requirements", {"plan", "page"}),
        "accredited_only": (False, {"plan", "page"}),
        "lottery_tolerance": (5.0, {"lottery", "plan"}),
    },
}
"""By group and field: a changed value, and the tables (and the page) that must change with it."""


@pytest.mark.parametrize(
    ("group", "field"),
    [(group, field) for group, fields in OF_A_CASE.items() for field in fields],
)
def test_a_setting_of_a_run_reaches_tables_and_page(group, field, base):
    value, expected = OF_A_CASE[group][field]
    assert expected <= differing(base, changed(base, group, **{field: value}))


@pytest.mark.parametrize("field", ["discrimination", "severity", "severity_sd", "halo_sd"])
def test_a_setting_of_a_source_reaches_levels(field, base):
    now = base.config.levels.sources
    own = now["supervisor"].model_dump() | {field: 2.5}
    other = changed(base, "levels", sources={**now, "supervisor": own}, calibrate=False)
    fixed = changed(base, "levels", calibrate=False)
    assert not np.array_equal(fixed.levels.probs, other.levels.probs)


@pytest.mark.parametrize(("field", "value"), [("item_discrimination", 3.0), ("item_guess", 0.4)])
def test_a_setting_of_items_reaches_levels(field, value):
    framework = load_framework(competency.pack_path())
    answers = pd.DataFrame(
        {"officer": "1", "competency": "T.01", "item": ["a", "b", "c"], "value": [1, 1, 0],
         "highest": 1, "level": [1, 2, 3], "date": "2026-05-01"}
    )  # fmt: skip
    tables = {
        "officers": pd.DataFrame({"officer": ["1"], "position": ["PAK"]}),
        "responses": answers,
    }
    case = Case(evidence_from_tables(tables, framework=framework), AS_OF)
    other = changed(case, "levels", **{field: value})
    assert not np.array_equal(case.levels.probs, other.levels.probs)


# ----------------------------------------------------- settings of a plan that need their own world


def test_the_seed_of_a_lottery_draws_anew(base):
    drawn = [
        changed(base, "planning", lottery_tolerance=5.0, lottery_seed=seed).plan.lottery
        for seed in (0, 1)
    ]
    assert not drawn[0].equals(drawn[1])


def test_the_switch_of_learned_benefit_reaches_the_plan(base):
    scores = base.ranking.scores
    multiplier = np.broadcast_to(np.linspace(0.2, 2.0, scores.score.shape[1]), scores.score.shape)
    ranking = dataclasses.replace(
        base.ranking, scores=dataclasses.replace(scores, multiplier=multiplier)
    )
    plans = [
        plan_cohort(ranking, config=changed(base, "planning", learned_benefit=on).config.planning)
        for on in (True, False)
    ]
    assert not plans[0].to_frame().equals(plans[1].to_frame())


def test_the_match_at_which_a_position_counts_reaches_the_plan(base):
    positions = changed(base, "planning", objective="positions")
    assert "plan" in differing(positions, changed(positions, "planning", position_match=0.3))


def test_width_and_exactness_of_the_search_reach_its_plan_and_proof(base):
    def plan(**values):
        limits = changed(base, "planning", hours=80.0, **values).config.planning
        return plan_officers(base.ranking, config=limits)

    wide, narrow, exact = plan(), plan(beam_width=1), plan(beam_width=1, exact=True)
    assert narrow.value < wide.value
    assert exact.proof.exact.sum() > narrow.proof.exact.sum()


# ------------------------------------------------------------------- how files of evidence are read

ROWS = "officer,competency,source,assessor,value,scale,date"
NAMED = {"officers": "officer,position,unit\n1,PK.PERTAMA,A\n"}
LINE = "1,T.01,supervisor,x,3,,2026-01-31"
OF_EVIDENCE: dict[str, tuple[str | bytes, Any]] = {
    "delimiter": (f"{ROWS}\n{LINE}\n", ";"),
    "decimal": (f"{ROWS}\n{LINE.replace(',3,', ',2.5,')}\n", ","),
    "encoding": (f"{ROWS}\n{LINE.replace('x', 'é')}\n".encode("cp1252"), "cp1252"),
    "date_format": (f"{ROWS}\n{LINE.replace('2026-01-31', '31/01/2026')}\n", "%d/%m/%Y"),
    "on_duplicate": (f"{ROWS}\n{LINE}\n{LINE.replace(',3,', ',4,')}\n", "latest"),
    "scales": (
        f"{ROWS}\n{LINE.replace(',3,,', ',55,percent,')}\n",
        {"percent": ScaleMap(minimum=0, maximum=100, cuts=(20, 40, 60, 80, 95))},
    ),
    "sources": (f"{ROWS}\n{LINE}\n", ("self",)),
    "columns": (f"{ROWS.replace('value', 'angka')}\n{LINE}\n", {"angka": "value"}),
    "max_bytes": (f"{ROWS}\n{LINE}\n", 20),
}
"""By field: the file of assessments, and a value with which it is read in another way."""


def reading(home: Path, **values: Any) -> object:
    """What was kept and why the rest was not, or why nothing could be read."""
    config = validated(settings.EvidenceConfig, values)
    framework = load_framework(competency.pack_path())
    try:
        found = read_evidence(home, framework=framework, config=config)
    except InputError as error:
        return sorted(finding.code for finding in error.findings)
    return found.assessments.to_csv(), found.rejected["code"].tolist()


@pytest.mark.parametrize("field", OF_EVIDENCE)
def test_a_setting_of_evidence_reaches_what_is_read(field, tmp_path):
    content, value = OF_EVIDENCE[field]
    for name, text in NAMED.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    content = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "assessments.csv").write_bytes(content)
    assert reading(tmp_path) != reading(tmp_path, **{field: value})


def test_the_largest_workbook_is_a_setting(tmp_path):
    cells = [row.split(",") for row in (ROWS, LINE)]
    with pd.ExcelWriter(tmp_path / "book.xlsx") as book:
        pd.DataFrame(cells[1:], columns=cells[0]).to_excel(
            book, sheet_name="assessments", index=False
        )
        pd.DataFrame({"officer": ["1"], "position": ["PAK"]}).to_excel(
            book, sheet_name="officers", index=False
        )
    assert reading(tmp_path / "book.xlsx") != reading(tmp_path / "book.xlsx", max_cells=3)


def test_every_part_of_a_scale_reaches_the_level(tmp_path):
    content, value = OF_EVIDENCE["scales"]
    for name, text in {**NAMED, "assessments": content}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    before = reading(tmp_path, scales=value)
    for field, other in (("minimum", 60), ("maximum", 50), ("cuts", (10, 20, 30, 40, 50))):
        scale = value["percent"].model_copy(update={field: other})
        assert reading(tmp_path, scales={"percent": scale}) != before, field


# ------------------------------------------------------------------------ learning from history

OF_LEARNING = {"target": "uptake", "every": "month", "follow_days": 120}
OF_JUDGING = {
    "cutoffs": (date(2025, 1, 1), date(2025, 7, 1)), "horizon_days": 90, "gap_days": 200,
}  # fmt: skip


@pytest.fixture(scope="module")
def taught() -> Case:
    """An agency whose history is long enough to learn from."""
    framework = load_framework(competency.pack_path())
    made = simulate_cohort(framework, n_officers=500, rng=5)
    names = ("officers", "assessments", "certificates", "history")
    tables = {name: getattr(made, name) for name in names}
    return Case(evidence_from_tables(tables, framework=framework), made.as_of)


@functools.cache
def learned(case: Case) -> tuple[object, ...]:
    pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")
    found = learn_ranker(case.evidence, as_of=case.as_of, config=case.config)
    return found.target, found.n_trees, len(found.examples), float(found.examples.label.sum())


@pytest.mark.parametrize("field", OF_LEARNING)
def test_a_setting_of_learning_reaches_what_is_learned(field, taught):
    assert learned(taught) != learned(
        taught.with_settings("learning", **{field: OF_LEARNING[field]})
    )


def test_the_most_steps_of_learning_reach_the_ranker(taught):
    one, three = (
        learned(taught.with_settings("learning", target="uptake", max_trees=most))
        for most in (1, 3)
    )
    assert one[1] < three[1]


@functools.cache
def judged(case: Case) -> str:
    pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")
    return evaluate_history(case.evidence, as_of=case.as_of, config=case.config).rounds.to_csv()


@pytest.mark.parametrize("field", OF_JUDGING)
def test_a_setting_of_judging_reaches_the_rounds(field, taught):
    first = taught.with_settings(
        "learning", cutoffs=(date(2025, 7, 1),), target="uptake", max_trees=1
    )
    other = first.with_settings("learning", **{field: OF_JUDGING[field]})
    assert judged(first) != judged(other)


# -------------------------------------------------------------------------- did a training work

OF_EVALUATION: dict[str, Any] = {
    "confidence": 0.8, "errors": "HC1", "placebo_level": 0.9999, "minimum_group": 200,
    "negligible": 2.0, "trim": (0.3, 0.7), "folds": 2, "repeats": 8, "seed": 1,
}  # fmt: skip


@pytest.mark.parametrize("field", OF_EVALUATION)
def test_a_setting_of_evaluation_reaches_the_answer(field):
    by_lot = field in ("placebo_level", "negligible")
    way, assignment, effect = ("random", "random", 0.0) if by_lot else ("level", "unknown", 0.3)
    table = training_world(3, way, n=300, effect=effect)

    def answer(**values):
        config = validated(settings.EvaluationConfig, values)
        found = evaluate_training(table, assignment=assignment, config=config)
        estimates = found.to_frame().to_csv(float_format="%.17g")
        return estimates, found.words("en"), found.placebo_state

    assert answer() != answer(**{field: OF_EVALUATION[field]})


# ------------------------------------------------------------------------ a cohort that is made up


def _other(value: Any, field: str) -> Any:
    if field in ("slip", "guess"):
        return 0.45
    if isinstance(value, dict):
        first, *rest = value
        return {**value, first: _other(value[first], field)} if rest else value
    if isinstance(value, settings.SourceConfig):
        return value.model_copy(update={"discrimination": value.discrimination / 3})
    if isinstance(value, tuple):
        return ("technical",)
    return value / 2 if value else 0.5


@pytest.mark.parametrize("field", SimulationConfig.model_fields)
def test_a_setting_of_the_simulation_reaches_the_cohort(field):
    framework = load_framework(competency.pack_path())

    def cohort(config: SimulationConfig) -> list[str]:
        made = simulate_cohort(framework, n_officers=120, rng=1, config=config)
        names = ("officers", "assessments", "certificates", "history")
        return [getattr(made, name).to_csv() for name in names]

    now = SimulationConfig()
    other = validated(SimulationConfig, {field: _other(getattr(now, field), field)})
    assert cohort(now) != cohort(other)


# --------------------------------------------------------------------------------- a job as a whole


def test_every_field_of_a_job_reaches_its_run(folder, tmp_path):
    job = JobConfig(
        framework=competency.pack_path(), inputs=folder, as_of=AS_OF, output=tmp_path / "run"
    )

    def page(**values: Any) -> str:
        result = run_job(job.model_copy(update=values))
        return (result.output / "report.html").read_text("utf-8")

    first = page()
    model = competency.model_path()
    assert page(locale="en") != first
    assert page(as_of=date(2026, 6, 1)) != first
    assert page(effects=model) != first
    assert page(ranker=model) != first
    assert (page(output=tmp_path / "other"), (tmp_path / "other").is_dir()) == (first, True)
    with pytest.raises(InputError):
        page(framework=folder)
    with pytest.raises(InputError):
        page(inputs=tmp_path / "nothing")
    with (folder / "assessments.csv").open("a", encoding="utf-8") as file:
        file.write("nobody,T.99,supervisor,x,3,,2026-01-31\n")
    assert page() != first
    with pytest.raises(InputError):
        page(strict=True)


# ------------------------------------------------------------------------------------ completeness

ELSEWHERE = {
    "PlanningConfig": {
        "lottery_seed", "learned_benefit", "position_match", "beam_width", "exact",
    },
    "SourceConfig": set(settings.SourceConfig.model_fields),
    "ScaleMap": set(ScaleMap.model_fields),
    "EvidenceConfig": {*OF_EVIDENCE, "max_cells"},
    "EvaluationConfig": set(OF_EVALUATION),
    "SimulationConfig": set(SimulationConfig.model_fields),
    "LearningConfig": {*OF_LEARNING, *OF_JUDGING, "max_trees"},
    "JobConfig": {
        "framework", "inputs", "as_of", "output", "effects", "ranker", "locale", "strict",
    },
}  # fmt: skip
"""Fields with a test of their own above, by group."""
OF_ITEMS = {"item_discrimination", "item_guess"}


def groups() -> list[type[Settings]]:
    found = [
        value
        for value in vars(settings).values()
        if inspect.isclass(value) and issubclass(value, Settings) and value is not Settings
    ]
    return [*found, SimulationConfig]


@pytest.mark.parametrize("group", groups(), ids=lambda group: group.__name__)
def test_every_field_has_an_entry(group):
    name = group.__name__
    entries = OF_ITEMS if name == "LevelConfig" else set()
    entries = entries | set(ELSEWHERE.get(name, set())) | set(
        OF_A_CASE.get(name.removesuffix("Config").lower() + "s", {})
    ) | set(OF_A_CASE.get(name.removesuffix("Config").lower(), {}))  # fmt: skip
    fields = {
        field for field in group.model_fields
        if not isinstance(getattr(PipelineConfig(), field, None), Settings)
    }  # fmt: skip
    assert entries == fields
