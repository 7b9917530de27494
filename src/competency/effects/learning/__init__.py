"""How history becomes transitions: chains of trainings, beliefs before, evidence after."""
