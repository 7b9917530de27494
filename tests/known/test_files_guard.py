"""A folder that is written as a whole never takes the place of something else."""

from __future__ import annotations

import pytest

from competency.errors import ConfigError
from competency.files import require_own_folder
from competency.ranking import PriorRanker, save_ranker


def test_what_may_be_replaced(tmp_path):
    require_own_folder(tmp_path / "new", "manifest.json", subject="run")
    require_own_folder(tmp_path, "manifest.json", subject="run")
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    (tmp_path / "more.txt").write_text("of that run", encoding="utf-8")
    require_own_folder(tmp_path, "manifest.json", subject="run")


def test_a_file_and_a_folder_of_other_things_stay(tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("keep me", encoding="utf-8")
    for target in (letter, tmp_path):
        with pytest.raises(ConfigError, match="would be lost"):
            save_ranker(PriorRanker(), target)
    assert letter.read_text(encoding="utf-8") == "keep me"
