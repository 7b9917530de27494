"""The tables of a run: Parquet for machines, and the two registers that people open as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from competency.files import atomic_path
from competency.gaps import coverage, match_positions, roll_up
from competency.planning.outlook import plan_outlook

if TYPE_CHECKING:
    from competency.case import Case
    from competency.errors import Finding

REGISTERS = ("rejected", "findings")


def run_tables(case: Case) -> dict[str, pd.DataFrame]:
    """Return every table of a run by name; roll-ups are toward the first aim."""
    gaps, plan = case.gaps, case.plan
    outlook = plan_outlook(plan)
    tables = {
        "officers": case.evidence.officers.drop(columns="name", errors="ignore"),
        "levels": case.levels.to_frame(),
        "gaps": gaps.to_frame(),
        "match": match_positions(gaps),
        "gaps_by_region": roll_up(gaps, by=("region", "competency")),
        "coverage": coverage(
            case.framework,
            gaps if "held" in gaps.aims else None,
            as_of=case.as_of,
            horizon_days=plan.config.horizon_days,
        ),
        "ranking": case.ranking.to_frame(),
        "plan": outlook.steps,
        "plan_levels": outlook.levels,
        "rejected": case.evidence.rejected,
        "findings": _register((*case.findings, *case.measurement)),
    }
    return tables if plan.lottery is None else tables | {"lottery": plan.lottery}


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write each table as Parquet under ``tables/``; the registers also as CSV beside it."""
    for name, table in tables.items():
        with atomic_path(folder / "tables" / f"{name}.parquet") as path:
            table.to_parquet(path, index=False)
        if name in REGISTERS:
            with atomic_path(folder / f"{name}.csv") as path:
                _inert(table).to_csv(path, index=False, lineterminator="\n", encoding="utf-8-sig")


def _register(findings: Sequence[Finding]) -> pd.DataFrame:
    columns = ("severity", "code", "file", "sheet", "row", "id", "message", "nearest", "hint")
    rows = [
        (
            *(item.severity, item.code),
            *(item.where.file, item.where.sheet, item.where.row, item.where.id),
            *(item.message, ", ".join(item.nearest), item.hint),
        )
        for item in findings
    ]
    return pd.DataFrame(rows, columns=columns).astype({"row": "int64"})


def _inert(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with texts that a spreadsheet would run as a formula quoted."""
    texts = table.select_dtypes(include=["object", "str"]).columns
    return table.assign(**{name: table[name].map(_quoted) for name in texts})


def _quoted(text: object) -> object:
    return f"'{text}" if isinstance(text, str) and text.startswith(tuple("=+-@\t\r")) else text
