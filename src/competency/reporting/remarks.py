"""Remarks about the measurements in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from competency.reporting.facts.model import Remark
    from competency.wording import Wording


@dataclass(frozen=True, slots=True)
class Said:
    """A remark in words: what, in a line; what it means here; what to do."""

    title: str
    text: str
    step: str


def said(remark: Remark, w: Wording) -> Said:
    """Return a remark in the reader's language, or as it was found where there are no words.

    Parameters
    ----------
    remark : Remark
    w : Wording

    Returns
    -------
    Said

    Examples
    --------
    >>> from competency.reporting.facts.model import Remark
    >>> from competency.wording import Wording
    >>> stopped = Remark("not-converged", "warning", {"rounds": 1200})
    >>> said(stopped, Wording("id")).text
    'Perhitungan level dihentikan setelah 1.200 putaran sebelum tenang; angkanya masih dapat sedikit bergeser.'
    >>> said(Remark("new", "note", {}, text="something else"), Wording("id")).title
    'something else'
    """  # noqa: E501
    kind = remark.facts.get("kind")
    key = f"remark.{remark.code}.{kind}" if kind else f"remark.{remark.code}"
    if not w.knows(key):
        return Said(remark.text, "", remark.hint)
    facts = {name: _written(name, value, w) for name, value in remark.facts.items()}
    facts["names"] = ", ".join(label.text(w.locale) for label in remark.competencies)
    return Said(w(key), w(f"{key}.text", **facts), w(f"{key}.step"))


def _written(name: str, value: object, w: Wording) -> object:
    if name == "source":
        return w.or_else(f"source.{value}", str(value))
    return w.number(value, 2) if isinstance(value, float) else value
