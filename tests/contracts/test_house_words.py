"""One word per thing, and one that a colleague of the field knows."""

from __future__ import annotations

import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "competency"

PRIVATE = {
    "sight|sights|sighted": "observation",
    "hears|heard|unheard": "updated, or observed",
    "desk|desks": "workspace",
    "shelf|shelves": "lookup",
    "papers": "certificates",
    "secant|secants": "Anderson acceleration",
    "foretell|foretells|foretold": "extrapolate, or predict",
    "eve|eves": "day before the training",
}
"""Words of no field that were used here once, and what is meant."""


def private_words(text: str) -> list[str]:
    """The private words in a text; parts of identifiers count, parts of other words do not."""
    parts = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).replace("_", " ")
    every = "|".join(PRIVATE)
    return re.findall(rf"\b(?:{every})\b", parts, flags=re.IGNORECASE)


def test_the_search_finds_words_in_prose_and_in_names():
    assert private_words("A sight, all_heard and DeskOfPapers.") == [
        "sight", "heard", "Desk", "Papers",
    ]  # fmt: skip
    assert private_words("insight, evening, every desktop") == []


def test_no_private_word_comes_back() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{number}: {', '.join(words)}"
        for path in sorted(SOURCE.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (words := private_words(line))
    ]
    assert found == [], f"say instead: {PRIVATE}"
