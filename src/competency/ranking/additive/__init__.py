"""Scores that add up exactly: tables, and how they are learned with LightGBM."""
