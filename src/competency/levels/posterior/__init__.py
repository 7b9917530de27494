"""Beliefs over levels from ratings, certificates and test items: likelihood, network, scoring."""
