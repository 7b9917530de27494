"""Calibration of ratings: item response and many-facet models, long or wide table in."""

from competency.ratings.fit import MODELS, fit_ratings, load_rating_fit
from competency.ratings.item_response.fit import RatingFit
from competency.ratings.item_response.fit_statistics import assessor_fit, item_fit, person_fit
from competency.ratings.item_response.information import (
    item_information,
    reliability,
    total_information,
)
from competency.ratings.item_response.plots import plot_item_curves, plot_total_information
from competency.ratings.many_facet.fit import FacetRatingFit, fit_facets

__all__ = [
    "MODELS",
    "FacetRatingFit",
    "RatingFit",
    "assessor_fit",
    "fit_facets",
    "fit_ratings",
    "item_fit",
    "item_information",
    "load_rating_fit",
    "person_fit",
    "plot_item_curves",
    "plot_total_information",
    "reliability",
    "total_information",
]
