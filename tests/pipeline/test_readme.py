"""The README's examples run as printed, one after the other, and print what the README shows."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_examples_print_what_the_readme_shows(tmp_path, monkeypatch):
    text = README.read_text(encoding="utf-8")
    codes = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    shown = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    assert len(codes) == len(shown) == 2
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "readme"}
    for code, expected in zip(codes, shown, strict=True):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), names)  # noqa: S102
        assert printed.getvalue() == expected
    assert (tmp_path / "report.html").stat().st_size > 100_000
