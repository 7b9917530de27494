"""Anchors use the benchmarks' own code, which lies beside the package and not in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))


@pytest.fixture
def outside_data():
    """A folder of ../shared/data; the test is skipped, and says so, when it is absent."""

    def folder(name: str) -> Path:
        path = REPOSITORY.parent / "shared" / "data" / name
        if not path.is_dir():
            pytest.skip(f"outside data ../shared/data/{name} is absent; nothing was compared")
        return path

    return folder
