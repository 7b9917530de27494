"""Whether a training worked, how that is known, and how far it may be believed."""

from competency.evaluation.estimate import Estimate, Sensitivity
from competency.evaluation.evaluate import evaluate_training
from competency.evaluation.outcomes import TrainingOutcomes, training_outcomes
from competency.evaluation.shrinkage import shrink_effects
from competency.evaluation.verdict import TrainingEvaluation, Verdict
from competency.evaluation.worlds import training_world

__all__ = [
    "Estimate",
    "Sensitivity",
    "TrainingEvaluation",
    "TrainingOutcomes",
    "Verdict",
    "evaluate_training",
    "shrink_effects",
    "training_outcomes",
    "training_world",
]
