"""A learned score without what learned it: names of columns, tables, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats
from competency.errors import Finding, InputError
from competency.ranking.additive.tables import AdditiveModel

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class AdditiveScorer:
    """Scores candidates by tables, from columns by name.

    Parameters
    ----------
    names : tuple of str
        The columns of the table that was learned from, in order.
    start : str or None
        The column that is a score already and is added as it is.
    model : AdditiveModel
    card : str
        What the model is and what it is not, in Markdown.

    Examples
    --------
    >>> import pandas as pd
    >>> from competency.ranking.additive.tables import FeatureTable
    >>> table = FeatureTable("gap", np.array([1.0]), np.array([-1.0, 1.0, 0.0]))
    >>> scorer = AdditiveScorer(("gap",), None, AdditiveModel((table,)))
    >>> scorer.predict(pd.DataFrame({"gap": [0.5, 3.0]})).tolist()
    [-1.0, 1.0]
    >>> scorer.predict(np.zeros((0, 1))).tolist()
    []
    """

    names: tuple[str, ...]
    start: str | None
    model: AdditiveModel
    card: str = ""

    def predict(self, columns: pd.DataFrame | Floats) -> Floats:
        """Return the score of each candidate; higher is better.

        Parameters
        ----------
        columns : DataFrame, or array of shape (n_rows, n_features)
            A DataFrame is read by name; columns that the model does not use may be absent.

        Returns
        -------
        float64, shape (n_rows,)

        Raises
        ------
        InputError
            A column that is used is absent, or an array has another number of columns.
        """
        total = np.zeros(len(columns))
        for part in self.contributions(columns).values():
            total += part
        return total

    def contributions(self, columns: pd.DataFrame | Floats) -> dict[str, Floats]:
        """Return what the start score, each feature and each pair add to the score.

        Parameters
        ----------
        columns : DataFrame, or array of shape (n_rows, n_features)

        Returns
        -------
        dict of str to float64, shape (n_rows,)
            They sum to `predict`.
        """
        named = self._named(columns)
        start = {} if self.start is None else {self.start: named[self.start]}
        return {**start, **self.model.contributions(named)}

    def _named(self, columns: pd.DataFrame | Floats) -> dict[str, Floats]:
        if isinstance(columns, np.ndarray):
            if columns.ndim != 2 or columns.shape[1] != len(self.names):
                message = f"the array has not {len(self.names)} columns"
                raise InputError("ranking table", [Finding("different-shapes", message)])
            return dict(zip(self.names, columns.astype(np.float64).T, strict=True))
        used = [*self.model.features, *([] if self.start is None else [self.start])]
        absent = [name for name in used if name not in columns]
        if absent:
            messages = [f"there is no column {name!r}" for name in absent]
            raise InputError("ranking table", [Finding("missing-column", m) for m in messages])
        return {name: columns[name].to_numpy(np.float64, na_value=np.nan) for name in used}
