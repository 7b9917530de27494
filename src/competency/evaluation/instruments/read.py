"""Filled-in forms: read, every row kept or rejected with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from competency.config import EvidenceConfig
from competency.errors import EvidenceError, Finding, Where
from competency.evaluation.instruments.forms import FORMS, GROUPS, KIRKPATRICK, OCCASIONS, RULES
from competency.evaluation.instruments.responses import RATED_FORMS, InstrumentResponses
from competency.evaluation.outcomes import APART
from competency.evidence.cells import Fault
from competency.evidence.check import PLACE, Checks
from competency.evidence.duplicates import refuse_duplicates
from competency.evidence.layout import Layouts
from competency.evidence.names import choice_book, name_books
from competency.evidence.rejects import (
    KEPT_COLUMNS,
    as_findings,
    canonical_order,
    kept_rows,
    register,
)
from competency.evidence.scales import check_settings, scales_of
from competency.evidence.sources import SheetReader
from competency.evidence.table import REJECTED_COLUMNS
from competency.tabular import no_such_file

if TYPE_CHECKING:
    from competency.evidence.contracts import Contract
    from competency.framework.model import Framework

_TWICE = Fault("given-twice", "the form was given twice", "keep the row that counts")


def read_instruments(
    source: str | Path | Mapping[str, pd.DataFrame],
    *,
    framework: Framework,
    config: EvidenceConfig | None = None,
    strict: bool = False,
) -> InstrumentResponses:
    """Return the filled-in forms of a folder, a workbook, a file, or frames in memory.

    Parameters
    ----------
    source : str, Path or mapping of str to DataFrame
        A folder with files named after their form (``learning.csv``, ``perilaku-2026.xlsx``), a
        workbook with a sheet for each form, a single file, or frames by the name of their form.
    framework : Framework
        Gives competencies, trainings and levels.
    config : EvidenceConfig, optional
        Decimal mark, date format, encoding, scales, as for evidence.
    strict : bool
        Whether a rejected row is an error.

    Returns
    -------
    InstrumentResponses
        Rows read = rows kept + rows rejected. The order of rows does not matter.

    Raises
    ------
    FileFormatError
        If there is no such file or folder.
    EvidenceError
        If nothing is a form, or one lacks an obligatory column (all of it at once); or `strict`
        and a row was rejected.
    ConfigError
        If a declared scale is no monotone map.

    Notes
    -----
    Officer ids are text and never repaired. A form given twice by one assessor for one officer,
    competency, occasion and day is rejected both times.

    Examples
    --------
    >>> import competency as cp
    >>> framework = cp.load_framework(cp.pack_path())
    >>> rows = {"nip": ["7", "7"], "pelatihan": "F.DASAR", "kompetensi": "T.01",
    ...         "waktu": ["sebelum", "sesudah"], "sumber": "test", "nilai": [1, 9],
    ...         "tanggal": ["2026-02-02", "2026-02-06"]}
    >>> made = read_instruments({"learning": pd.DataFrame(rows)}, framework=framework)
    >>> made.learning[["occasion", "level"]].values.tolist(), made.rejected["code"].tolist()
    ([['before', 1.0]], ['value-out-of-range'])
    """
    settings = config or EvidenceConfig()
    check_settings(settings)
    books = name_books(framework, settings)
    books["occasion"] = choice_book("occasion", "the list of occasions", OCCASIONS)
    books["group"] = choice_book("group", "the list of groups", GROUPS)
    reader = SheetReader(Layouts(framework, books["competency"], settings, FORMS), settings)
    if isinstance(source, Mapping):
        reader.read_frames(source)
    elif not Path(source).exists():
        raise no_such_file(Path(source))
    else:
        reader.read(source)
    errors = [finding for finding in reader.findings if finding.severity == "error"]
    if not reader.sheets and not errors:
        reader.note_nothing(Where())
        errors = reader.findings[-1:]
    if errors:
        raise EvidenceError("instruments", errors)
    scales = scales_of(framework, settings)
    checks = Checks(books, scales, settings, contracts=FORMS, rules=RULES)
    return _responses(framework, checks, reader, strict=strict)


def _responses(
    framework: Framework, checks: Checks, reader: SheetReader, *, strict: bool
) -> InstrumentResponses:
    tables: dict[str, pd.DataFrame] = {}
    kept, rejects = [], []
    for name, form in FORMS.tables.items():
        rows, rejected = checks.rows(name, reader.sheets)
        single = refuse_duplicates(rows, form, _TWICE)
        rejects += [*rejected, single.rejected]
        kept.append(kept_rows(single.rows, name))
        tables[name] = _finished(single.rows, form)
    lines = register(rejects, REJECTED_COLUMNS)
    if strict and len(lines):
        raise EvidenceError("instruments", as_findings(lines))
    findings = list(reader.findings)
    if len(lines):
        message = f"{len(lines)} rows were rejected"
        hint = "see .rejected: each row with its reasons"
        findings.append(Finding("rejected-rows", message, "warning", hint=hint))
    rated = [tables[name].assign(kirkpatrick=KIRKPATRICK[name]) for name in RATED_FORMS]
    both = pd.concat(rated, ignore_index=True)
    for name in RATED_FORMS:
        rows = tables[name]
        tables[name] = rows[rows["source"] != APART].reset_index(drop=True)
    return InstrumentResponses(
        framework, **tables, self_ratings=both[both["source"] == APART].reset_index(drop=True),
        kept=register(kept, KEPT_COLUMNS), rejected=lines, findings=tuple(findings),
    )  # fmt: skip


def _finished(rows: pd.DataFrame, form: Contract) -> pd.DataFrame:
    """Return rows without their places, in an order that depends on their content only."""
    ordered = rows.iloc[canonical_order(rows, list(rows.columns))].drop(columns=list(PLACE))
    texts = [column.name for column in form.columns if column.kind not in {"number", "date"}]
    return ordered.astype(dict.fromkeys(texts, "str")).reset_index(drop=True)
