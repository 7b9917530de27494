"""A cohort: officers who share the seats of sessions, coupled by prices on seats."""
