"""Officers with known truth, for tests, power questions and the synthetic cohort of a pack.

Nothing in the library reads this package: a truth that the pipeline could see would prove
nothing.
"""

from competency.simulate.cohort import Simulation, simulate_cohort
from competency.simulate.config import SimulationConfig
from competency.simulate.regret import other_truth, regret, true_benefit

__all__ = [
    "Simulation",
    "SimulationConfig",
    "other_truth",
    "regret",
    "simulate_cohort",
    "true_benefit",
]
