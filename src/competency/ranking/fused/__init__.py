"""The best trainings of each of many officers, without ever holding a table of all pairs."""
