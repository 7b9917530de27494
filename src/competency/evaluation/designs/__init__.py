"""The estimators, and which of them answers for which way of choosing officers."""
