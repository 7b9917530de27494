"""What is wrong with the trainings of a service, and what to do about it."""

from competency.effects.diagnosis.diagnose import diagnose
from competency.effects.diagnosis.problem import Diagnosis, Problem

__all__ = ["Diagnosis", "Problem", "diagnose"]
