"""Parameters given a cohort: means, covariance, severities, sources, items, units, by EM."""
