"""What the level model learns from a cohort: means, spreads, severities, items, units."""
