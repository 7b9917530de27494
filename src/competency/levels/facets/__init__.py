"""Calibration of ratings: item response and many-facet models, long or wide table in."""

from competency.levels.facets.facet_fit import FacetRatingFit, fit_facets
from competency.levels.facets.fit import MODELS, RatingFit, fit_ratings

__all__ = ["MODELS", "FacetRatingFit", "RatingFit", "fit_facets", "fit_ratings"]
