"""Names as people write them, to the ids they mean: exactly, or not at all.

Case, spaces, signs and the word for "and" do not count in a name; a name that two ids share is
ambiguous and is refused. Ids of officers never come here: they are compared as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from competency.errors import nearest_names
from competency.evidence.cells import Cells, Fault, Parser
from competency.evidence.contracts import SOURCE_ALIASES, STATUS_ALIASES
from competency.evidence.parse import text_parser, tidy

if TYPE_CHECKING:
    from competency.config import EvidenceConfig
    from competency.framework.model import Framework, Named

SUGGESTED = 50
"""Unknown names of one column that get a suggestion; the comparison is slow."""

_AND = {"dan", "and"}
_VARIANTS = {
    "orientasihasil": "orientasipadahasil",
    "pengelolaanperubahan": "mengelolaperubahan",
}
# Names of the generic competencies that public sheets use beside the official ones.


@dataclass(frozen=True, eq=False)
class NameBook:
    """Ids of one kind, and the names that lead to them.

    Parameters
    ----------
    what : str
        What the ids are, for messages: ``"competency"``.
    home : str
        Where they are defined, for messages: ``"the framework"``.
    ids : frozenset of str
        The ids as they are written.
    folded : dict
        Folded id or name to the ids it may mean, sorted.
    """

    what: str
    home: str
    ids: frozenset[str]
    folded: Mapping[str, tuple[str, ...]]

    def candidates(self, text: str) -> tuple[str, ...]:
        """Return the ids that `text` may mean: one, none, or several that share a name.

        Examples
        --------
        >>> book = name_book("competency", "the framework", [("M.02", "Kerja sama")])
        >>> book.candidates("kerjasama"), book.candidates("m_02"), book.candidates("M02")
        (('M.02',), ('M.02',), ())
        """
        if text in self.ids:
            return (text,)
        return self.folded.get(_fold_id(text)) or self.folded.get(_fold_label(text), ())

    def parser(self, cells: Cells) -> Parser:
        """Return a parser of names for a column; an unknown one gets the nearest valid ids."""
        as_text = text_parser(self.what)
        written = {tidy(cell) for cell in cells.distinct if isinstance(cell, str)}
        unknown = sorted(text for text in written if not self.candidates(text))
        suggested = set(unknown[:SUGGESTED])

        def parse(cell: Any) -> str | Fault:
            text = as_text(cell)
            if isinstance(text, Fault) or not text:
                return text
            found = self.candidates(text)
            if len(found) == 1:
                return found[0]
            return (
                self._ambiguous(found) if found else self._unknown(text, suggest=text in suggested)
            )

        return parse

    def _ambiguous(self, found: tuple[str, ...]) -> Fault:
        reason = f"{self.what} is named in a way that several share"
        return Fault(f"ambiguous-{self.what}", reason, f"write one of the ids {_listed(found)}")

    def _unknown(self, text: str, *, suggest: bool) -> Fault:
        near = self._nearest(text) if suggest else ()
        # NOTE: only what resembles a valid name is repeated. Anything else may be a person's name
        # or number in a column that it does not belong to.
        shown = f" {text!r}" if near and self._resembles(text) else ""
        hint = f"nearest: {_listed(near)}" if near else f"use an id of {self.home}"
        return Fault(f"unknown-{self.what}", f"{self.what}{shown} is not in {self.home}", hint)

    def _resembles(self, text: str) -> bool:
        ids = [name.casefold() for name in self.ids]
        return bool(
            get_close_matches(text.casefold(), ids, n=1)
            or get_close_matches(_fold_label(text), self.folded, n=1)
        )

    def _nearest(self, text: str) -> tuple[str, ...]:
        by_id = nearest_names(text, sorted(self.ids))
        by_name = nearest_names(_fold_label(text), sorted(self.folded))
        ids = [*by_id, *(name for folded in by_name for name in self.folded[folded])]
        return tuple(dict.fromkeys(ids))[:3]


def name_book(what: str, home: str, pairs: Iterable[tuple[str, str]]) -> NameBook:
    """Return a book of (id, name) pairs; an id may come with several names."""
    meant: dict[str, set[str]] = {}
    ids = set()
    for name, label in pairs:
        ids.add(name)
        # NOTE: signs part an id ("M.1.1" is not "M.11"), so an id is never folded like a label.
        labels = () if name == label else (label, f"{name} {label}", f"{label} {name}")
        for key in (_fold_id(name), *map(_fold_label, labels)):
            meant.setdefault(key, set()).add(name)
    meant.pop("", None)
    folded = {key: tuple(sorted(names)) for key, names in sorted(meant.items())}
    return NameBook(what, home, frozenset(ids), folded)


def name_books(framework: Framework, config: EvidenceConfig) -> dict[str, NameBook]:
    """Return the books that evidence for `framework` is read with, by kind of column."""
    scales = {*config.scales, *(row.scale for row in framework.levels)}
    sources = {name: SOURCE_ALIASES.get(name, ()) for name in config.sources}
    return {
        "position": _book_of("position", framework.positions),
        "competency": _book_of("competency", framework.competencies),
        "training": _book_of("training", framework.trainings),
        "source": choice_book("source", "the settings (evidence.sources)", sources),
        "status": choice_book("status", "the list of states", STATUS_ALIASES),
        "scale": name_book(
            "scale", "the framework or the settings (evidence.scales)", ((s, s) for s in scales)
        ),
    }


def _book_of(what: str, rows: Sequence[Named]) -> NameBook:
    pairs = [(row.id, label) for row in rows for label in (row.name, row.name_en) if label]
    return name_book(what, "the framework", [*pairs, *((row.id, row.id) for row in rows)])


def choice_book(what: str, home: str, choices: Mapping[str, Sequence[str]]) -> NameBook:
    """Return a book of a closed list: each name with the labels that it goes by."""
    pairs = [(name, label) for name, labels in choices.items() for label in (name, *labels)]
    return name_book(what, home, pairs)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", tidy(text).casefold())


def _fold_id(text: str) -> str:
    return "_".join(_words(text))


def _fold_label(text: str) -> str:
    joined = "".join(word for word in _words(text) if word not in _AND)
    return _VARIANTS.get(joined, joined)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:5]))
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
