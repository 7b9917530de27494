"""Whether a training worked, how that is known, and how far it may be believed."""

from competency.effects.evaluation.estimate import Estimate
from competency.effects.evaluation.evaluate import evaluate_training
from competency.effects.evaluation.evaluation import TrainingEvaluation
from competency.effects.evaluation.outcomes import TrainingOutcomes, training_outcomes
from competency.effects.evaluation.sensitivity import Sensitivity
from competency.effects.evaluation.shrinkage import shrink_effects
from competency.effects.evaluation.verdict import Verdict
from competency.effects.evaluation.worlds import training_world

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
