"""The notebooks run, and each is paired with an executed twin that shows the same cells."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
SCRIPTS = sorted(FOLDER.glob("[0-9]*.py"))
LARGEST = 1_000_000
"""Bytes of a committed notebook: a picture or two, no data."""

each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


def test_there_are_six() -> None:
    assert [path.stem[:2] for path in SCRIPTS] == ["01", "02", "03", "04", "05", "06"]


@each_script
def test_script_runs(
    script: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    plt.close("all")
    assert "Traceback" not in capsys.readouterr().err


def cells_of_script(script: Path) -> list[str]:
    text = script.read_text(encoding="utf-8")
    parts = re.split(r"^# %%.*\n", text, flags=re.MULTILINE)[1:]
    return [part.strip() for part in parts]


def cells_of_notebook(path: Path) -> list[dict[str, object]]:
    return list(json.loads(path.read_text(encoding="utf-8"))["cells"])


def source_of(cell: dict[str, object]) -> str:
    text = "".join(cell["source"])  # type: ignore[call-overload]
    if cell["cell_type"] == "markdown":
        text = "\n".join(f"# {line}".rstrip() for line in text.split("\n"))
    return text.strip()


@each_script
def test_paired_notebook_is_up_to_date(script: Path) -> None:
    notebook = cells_of_notebook(script.with_suffix(".ipynb"))
    assert [source_of(cell) for cell in notebook] == cells_of_script(script), (
        f"{script.stem}.ipynb is out of date: run `make notebooks`"
    )


@each_script
def test_paired_notebook_is_executed_and_small(script: Path) -> None:
    path = script.with_suffix(".ipynb")
    code = [cell for cell in cells_of_notebook(path) if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    assert any(cell["outputs"] for cell in code)
    outputs = [output for cell in code for output in cell["outputs"]]  # type: ignore[attr-defined]
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert path.stat().st_size < LARGEST
