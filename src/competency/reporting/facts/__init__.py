"""The facts of a report, one part of the page per module."""
