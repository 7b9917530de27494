"""Officers with known truth, for tests, power questions and the synthetic cohort of a pack.

Nothing in the library reads this package: a truth that the pipeline could see would prove
nothing.
"""

from competency.simulate.cohort import Simulation, simulate_cohort
from competency.simulate.config import SimulationConfig

__all__ = ["Simulation", "SimulationConfig", "simulate_cohort"]
