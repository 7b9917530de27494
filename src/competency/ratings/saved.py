"""What a saved fit of ratings says: settings that are checked before they are believed."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from competency.config import NonNegative, Settings
from competency.ratings.entries import LARGEST
from competency.ratings.forms import TWO_CATEGORIES, Model
from competency.ratings.quadrature import MOST
from competency.ratings.ratings import Scale

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Value = Annotated[int, Field(ge=0, le=LARGEST)]
_Matrix = tuple[tuple[_Finite, ...], ...]


class ColumnNames(Settings):
    """Names of the columns of the table of the calibration."""

    person: str | None
    item: str | None
    rating: str | None
    assessor: str | None
    frequency: str | None
    items: tuple[str, ...]


class SavedFit(Settings):
    """What every saved fit says besides its arrays.

    Parameters
    ----------
    columns : ColumnNames
    items : tuple of str
    values : tuple of tuple of int
        Ratings that the categories of each item stand for, ascending.
    log_likelihood : float
    converged : bool
    n_iter : int
    """

    columns: ColumnNames
    items: Annotated[tuple[str, ...], Field(min_length=1)]
    values: tuple[Annotated[tuple[_Value, ...], Field(min_length=2)], ...]
    log_likelihood: _Finite
    converged: bool
    n_iter: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _scale_is_one(self) -> SavedFit:
        _need(len(set(self.items)) == len(self.items), "an item is there twice")
        _need(len(self.values) == len(self.items), "every item has its own values")
        _need(all(list(v) == sorted(set(v)) for v in self.values), "values do not rise")
        return self

    @property
    def scale(self) -> Scale:
        """Items and what their categories stand for."""
        return Scale(self.items, tuple(np.array(value) for value in self.values))


class SavedOneTrait(SavedFit):
    """A saved one-trait model.

    Parameters
    ----------
    model : str
    n_nodes : int
        Of the quadrature.
    remaining : float or None
        Log-likelihood still to be gained; None = infinite.
    """

    model: Model
    n_nodes: Annotated[int, Field(ge=2, le=MOST)]
    remaining: NonNegative | None

    @model_validator(mode="after")
    def _model_fits_scale(self) -> SavedOneTrait:
        two, widths = self.model in TWO_CATEGORIES, {len(value) for value in self.values}
        _need(not two or widths == {2}, "items of this model have two categories")
        _need(self.model != "rsm" or len(widths) == 1, "items of this model share categories")
        return self


class SavedFacets(SavedFit):
    """A saved facet model.

    Parameters
    ----------
    model : {"facets"}
    one_trait : bool
    halo_sd : float
    correlation, severity_covariance : tuple of tuple of float, shape (n_traits, n_traits)
    """

    model: Literal["facets"]
    one_trait: bool
    halo_sd: NonNegative
    correlation: _Matrix
    severity_covariance: _Matrix

    @model_validator(mode="after")
    def _matrices_are_covariances(self) -> SavedFacets:
        for name in ("correlation", "severity_covariance"):
            rows = getattr(self, name)
            square = [len(row) for row in rows] == [self.n_traits] * self.n_traits
            _need(square, f"{name} has another size than there are traits")
            values = np.array(rows)
            _need(np.allclose(values, values.T, atol=1e-9), f"{name} is not symmetric")
            _need(np.linalg.eigvalsh(values).min() > 0, f"{name} is not positive definite")
        _need(
            np.allclose(np.diag(self.correlation), 1, atol=1e-6), "correlation is not 1 with itself"
        )
        return self

    @property
    def n_traits(self) -> int:
        """Number of traits."""
        return 1 if self.one_trait else len(self.items)


class SavedAssessors(Settings):
    """Who the rows of ``severities.npy`` are, and their part of the design."""

    assessor: tuple[str, ...]
    part: tuple[Annotated[int, Field(ge=0)], ...]

    @model_validator(mode="after")
    def _each_once(self) -> SavedAssessors:
        _need(len(set(self.assessor)) == len(self.assessor), "an assessor is there twice")
        _need(len(self.part) == len(self.assessor), "every assessor is in one part")
        return self


def _need(holds: bool, otherwise: str) -> None:  # noqa: FBT001
    if not holds:
        raise ValueError(otherwise)
