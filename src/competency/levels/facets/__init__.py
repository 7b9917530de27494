"""Calibration of ratings: item response and many-facet models, long or wide table in."""

from competency.levels.facets.door import MODELS, fit_ratings
from competency.levels.facets.facet_fit import FacetRatingFit, fit_facets
from competency.levels.facets.fit import RatingFit
from competency.levels.facets.store import load_rating_fit

__all__ = [
    "MODELS",
    "FacetRatingFit",
    "RatingFit",
    "fit_facets",
    "fit_ratings",
    "load_rating_fit",
]
