"""Sentences, numbers, dates and money in the language of the reader: Indonesian or English."""

from competency.wording.wording import LOCALES, NOTHING, Wording, catalog

__all__ = ["LOCALES", "NOTHING", "Wording", "catalog"]
