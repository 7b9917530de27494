"""The door of evidence: read it, check it, keep what can be used and say why the rest cannot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from competency.config import EvidenceConfig
from competency.errors import EvidenceError
from competency.evidence.assemble import Assembly
from competency.evidence.check import Checks
from competency.evidence.layout import Layouts
from competency.evidence.names import name_books
from competency.evidence.scales import check_settings, scales_of
from competency.evidence.sources import SheetReader, Source

if TYPE_CHECKING:
    from competency.evidence.table import Evidence
    from competency.framework.model import Framework


def read_evidence(
    source: Source,
    *,
    framework: Framework,
    config: EvidenceConfig | None = None,
    strict: bool = False,
) -> Evidence:
    r"""Return the evidence in a folder, a workbook, a file or several files.

    Parameters
    ----------
    source : str, Path or sequence of them
        A folder with files named after their tables (``officers.csv``,
        ``assessments-2025.xlsx``, ``history.parquet``; Indonesian names too), a workbook with one
        sheet for each table, a single file, or a list of those. A single file or a sheet with
        another name is recognised by its columns.
    framework : Framework
        Gives the ids and names of positions, competencies and trainings, and the levels.
    config : EvidenceConfig, optional
        What the files do not say themselves: decimal mark, date format, encoding, scales.
    strict : bool
        Whether a rejected row is an error.

    Returns
    -------
    Evidence
        Rows read = rows kept + rows rejected. Every order of rows gives the same evidence.

    Raises
    ------
    EvidenceError
        A file cannot be read, is empty, is no table of evidence, or lacks an obligatory column
        (all of it at once); or `strict` and a row was rejected.
    ConfigError
        A declared scale is no monotone map, or the date format says no day.

    Notes
    -----
    Officer ids are text from end to end and are never repaired. A spreadsheet number of more than
    15 digits has lost digits already, so such an officer id is rejected. Only an empty cell is
    missing: ``NA`` and ``None`` are texts. Values are read with either decimal mark where that is
    the only way to read them. A blank next position becomes the usual next step of the ladder.
    A CSV table of 60,000 rows takes well under a second; every distinct cell is parsed once.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from competency.framework.model import About, Competency, Framework, ScaleLevel
    >>> framework = Framework(
    ...     framework=(About(id="f", name="F"),),
    ...     levels=tuple(ScaleLevel(level=k, name=str(k)) for k in (1, 2, 3)),
    ...     competencies=(Competency(id="M.02", name="Kerja sama", kind="managerial"),),
    ... )
    >>> file = Path(tempfile.mkdtemp()) / "penilaian.csv"
    >>> head = "nip;tanggal_asesmen;kerjasama"
    >>> _ = file.write_text(f"{head}\n007;2025-03-04;2,5\n008;2025-03-04;9\n")
    >>> evidence = read_evidence(file, framework=framework)
    >>> evidence.assessments[["officer", "competency", "level"]].values.tolist()
    [['007', 'M.02', 2.5]]
    >>> evidence.rejected[["row", "code"]].values.tolist()
    [[3, 'value-out-of-range']]
    """
    reader, assembly = _workers(framework, config or EvidenceConfig())
    reader.read(source)
    return _assembled(reader, assembly, strict=strict)


def evidence_from_tables(
    tables: Mapping[str, pd.DataFrame],
    *,
    framework: Framework,
    config: EvidenceConfig | None = None,
    strict: bool = False,
) -> Evidence:
    """Return the evidence in frames that are in memory, under the same contracts as files.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By table name: officers, assessments (long or wide), responses, certificates, history.
        The index of a frame is not read. Rows are numbered from 2, as if a header stood above.
    framework, config, strict
        As in :func:`read_evidence`.

    Returns
    -------
    Evidence
        See :func:`read_evidence`.

    Raises
    ------
    EvidenceError
        A frame has an unknown name or lacks an obligatory column; or `strict` and a row was
        rejected.

    Examples
    --------
    >>> from competency.framework.model import About, Framework, ScaleLevel
    >>> framework = Framework(framework=(About(id="f", name="F"),),
    ...                       levels=(ScaleLevel(level=1, name="1"),), competencies=())
    >>> officers = pd.DataFrame({"officer": ["007", 198001012005011001.0]})
    >>> evidence = evidence_from_tables({"officers": officers}, framework=framework)
    >>> evidence.officers["officer"].tolist(), evidence.rejected["code"].tolist()
    (['007'], ['digits-lost'])
    """
    reader, assembly = _workers(framework, config or EvidenceConfig())
    reader.read_frames(tables)
    return _assembled(reader, assembly, strict=strict)


def _workers(framework: Framework, config: EvidenceConfig) -> tuple[SheetReader, Assembly]:
    check_settings(config)
    books = name_books(framework, config)
    checks = Checks(books, scales_of(framework, config), config)
    layouts = Layouts(framework, books["competency"], config)
    return SheetReader(layouts, config), Assembly(framework, checks)


def _assembled(reader: SheetReader, assembly: Assembly, *, strict: bool) -> Evidence:
    errors = [finding for finding in reader.findings if finding.severity == "error"]
    if errors:
        raise EvidenceError("evidence", errors)
    assembly.findings += reader.findings
    return assembly.evidence(reader.sheets, strict=strict)
