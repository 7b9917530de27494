"""Calibration of ratings: item response and many-facet models, long or wide table in."""

from competency.levels.facets.fit import MODELS, RatingFit, fit_ratings

__all__ = ["MODELS", "RatingFit", "fit_ratings"]
