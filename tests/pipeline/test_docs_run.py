"""The Python in the documentation runs: the blocks of a page one after another."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))  # README: test_readme.py


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language, with blank lines above to keep line numbers true."""
    text = page.read_text(encoding="utf-8")
    found = re.finditer(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    return ["\n" * text[: match.start(1)].count("\n") + match.group(1) for match in found]


WITH_PYTHON = [page for page in PAGES if blocks(page, "python")]
WITH_TOML = [page for page in PAGES if blocks(page, "toml")]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def test_there_is_python_to_run() -> None:
    assert len(WITH_PYTHON) >= 5


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_python_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Reports and workbooks that a page writes land in an empty folder.
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "page"}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), namespace)  # noqa: S102


@pytest.mark.parametrize("page", WITH_TOML, ids=name_of)
def test_job_files_of_a_page_are_valid(page: Path) -> None:
    from competency.config import JobConfig, validated

    for block in blocks(page, "toml"):
        job = validated(JobConfig, tomllib.loads(block))
        assert job.as_of
