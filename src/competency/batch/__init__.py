"""Whole runs: a job file in, a run directory out."""

from competency.batch.job import STEPS, RunResult, run_job

__all__ = ["STEPS", "RunResult", "run_job"]
