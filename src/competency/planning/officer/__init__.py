"""One officer: the best sequence of trainings within the limits."""
