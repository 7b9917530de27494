"""Beliefs for a nation: evidence in parts, scored one after the other in bounded memory."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from competency.config import EvidenceConfig, as_date
from competency.errors import EvidenceError, Finding, InputError, Where
from competency.evidence import read_evidence
from competency.files import atomic_path
from competency.framework import load_framework
from competency.levels import load_level_model

if TYPE_CHECKING:
    from competency.arrays import Texts
    from competency.framework.model import Framework
    from competency.levels import LevelBeliefs, LevelModel

LEVELS, REJECTED = "levels", "rejected"
"""Folders of the output: beliefs, and rows that were not used, one file for each part."""


@dataclass(frozen=True)
class _Task:
    framework: Path
    model: Path
    output: Path
    as_of: date
    config: EvidenceConfig


def score_parts(
    parts: Sequence[Path | str],
    *,
    framework: Path | str,
    model: Path | str,
    output: Path | str,
    as_of: date | str,
    config: EvidenceConfig | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    r"""Write beliefs about all officers of many parts of evidence with a saved level model.

    Parameters
    ----------
    parts : sequence of Path or str
        Each as for :func:`competency.read_evidence`: a folder or file with all evidence about
        its officers, such as those of one agency. Their names, without suffix, must differ.
    framework, model : Path or str
        Folders of the framework and of the level model.
    output : Path or str
        Folder for ``levels/NAME.parquet`` and ``rejected/NAME.parquet``. A file that is there
        is replaced, when its part is done.
    as_of : date or str
        Evidence after this day, and certificates expired by then, are not used.
    config : EvidenceConfig or None
        How the files are written.
    workers : int or None
        Processes; None stands for one for each core. The bytes do not depend on it.

    Returns
    -------
    DataFrame
        One row for each part, sorted: part, officers, cells, assessed cells, kept and rejected
        rows.

    Raises
    ------
    InputError
        If two parts have one name, there is none, or an officer is in two of them.
    EvidenceError
        If parts cannot be read, with all problems of all parts. The others are written.

    Notes
    -----
    Memory is that of one part for each worker, and the ids of all officers. New processes read
    the script that started them, so that with several workers it must do its work under
    ``if __name__ == "__main__":``. Beliefs are columns officer, competency, ``p_level_0`` to
    ``p_level_K``, latent_mean, latent_sd (float32), n_observations and last_date; ids are
    dictionary-encoded.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import competency as cp
    >>> with TemporaryDirectory() as folder:
    ...     part = Path(folder, "one")
    ...     part.mkdir()
    ...     _ = (part / "officers.csv").write_text("officer,position\n1,PAK\n")
    ...     done = score_parts([part], framework=cp.pack_path(), model=cp.model_path(),
    ...                        output=f"{folder}/out", as_of="2026-11-01", workers=1)
    >>> done[["part", "officers", "assessed"]].values.tolist()
    [['one', 1, 0]]
    """
    named = _named(parts)
    folder = Path(output)
    task = _Task(Path(framework), Path(model), folder, as_date(as_of), config or EvidenceConfig())
    # NOTE: what is wrong with the framework or the model is said before any work; and a folder
    # may have been replaced since an earlier call of this process.
    _loaded.cache_clear()
    _loaded(task.framework, task.model, task.as_of)
    count = min(workers or os.cpu_count() or 1, len(named))
    if count == 1:
        found = [_score(task, name, part) for name, part in named]
    else:
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(_score, [task] * len(named), *zip(*named, strict=True)))
    told, ids, findings = zip(*found, strict=True)
    if any(findings):
        raise EvidenceError("evidence", [finding for part in findings for finding in part])
    _refuse_shared_officers([name for name, _ in named], ids)
    return pd.DataFrame(told)


@functools.lru_cache(1)
def _loaded(framework: Path, model: Path, as_of: date) -> tuple[Framework, LevelModel]:
    loaded = load_framework(framework, as_of=as_of)
    return loaded, load_level_model(model, loaded)


def _score(task: _Task, name: str, part: Path) -> tuple[dict[str, Any], Texts, tuple[Finding, ...]]:
    """What was scored, who, and what was wrong with the part."""
    framework, model = _loaded(task.framework, task.model, task.as_of)
    try:
        evidence = read_evidence(part, framework=framework, config=task.config)
    except EvidenceError as error:
        return {}, np.empty(0, object), error.findings
    beliefs = model.predict(evidence, as_of=task.as_of)
    for kind, table in ((LEVELS, belief_table(beliefs)), (REJECTED, evidence.rejected)):
        with atomic_path(task.output / kind / f"{name}.parquet") as path:
            table.to_parquet(path, index=False)
    told = {
        "part": name,
        "officers": len(beliefs),
        "cells": int(beliefs.mean.size),
        "assessed": int((beliefs.n_observations > 0).sum()),
        "kept": len(evidence.kept),
        "rejected": len(evidence.rejected),
    }
    return told, beliefs.roster.officer_ids, ()


def belief_table(beliefs: LevelBeliefs) -> pd.DataFrame:
    """Return one row for each officer and competency, ids as categories."""
    n_officers, n_competencies = beliefs.mean.shape
    rows = pd.RangeIndex(n_officers * n_competencies)
    officer, competency = rows.to_numpy() // n_competencies, rows.to_numpy() % n_competencies
    ids, names = beliefs.roster.officer_ids, beliefs.framework.index.competency_ids
    columns: dict[str, object] = {
        "officer": pd.Categorical.from_codes(officer, pd.Index(ids, dtype="str")),
        "competency": pd.Categorical.from_codes(competency, pd.Index(names, dtype="str")),
    }
    for level in range(beliefs.probs.shape[2]):
        columns[f"p_level_{level}"] = beliefs.probs[..., level].ravel()
    columns["latent_mean"], columns["latent_sd"] = beliefs.mean.ravel(), beliefs.sd.ravel()
    columns["n_observations"] = beliefs.n_observations.ravel()
    columns["last_date"] = beliefs.last_date.ravel().astype("datetime64[s]")
    return pd.DataFrame(columns)


def _named(parts: Sequence[Path | str]) -> list[tuple[str, Path]]:
    named = sorted((Path(part).stem, Path(part)) for part in parts)
    names = [name for name, _ in named]
    findings = [
        Finding("same-name", f"two parts are named {name!r}", hint="give them different names")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if not named:
        findings = [Finding("no-parts", "there is no part to score", hint="name folders or files")]
    if findings:
        raise InputError("parts", findings)
    return named


def _refuse_shared_officers(names: Sequence[str], ids: Sequence[Texts]) -> None:
    again = pd.Index(np.concatenate(ids), dtype="str").duplicated()
    ends = np.cumsum([len(part) for part in ids])
    counts = [int(part.sum()) for part in np.split(again, ends[:-1])]
    findings = [
        Finding(
            "officer-in-two-parts",
            f"{count} officers of this part are in an earlier one too",
            where=Where(file=name),
            hint="bring all evidence about an officer into one part, and score again",
        )
        for name, count in zip(names, counts, strict=True)
        if count
    ]
    if findings:
        raise InputError("parts", findings)
