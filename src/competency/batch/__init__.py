"""Whole runs: a job file in, a run directory out; and beliefs for a nation, in parts."""

from competency.batch.job import STEPS, RunResult, run_job
from competency.batch.scoring import score_parts

__all__ = ["STEPS", "RunResult", "run_job", "score_parts"]
