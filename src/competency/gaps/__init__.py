"""What is missing: gaps, the job-person match, and both for groups and catalogues."""

from competency.gaps.cohort import roll_up
from competency.gaps.coverage import coverage
from competency.gaps.match import (
    capped_job_person_match,
    count_unknown,
    job_person_match,
    jpm_category,
)
from competency.gaps.positions import match_positions
from competency.gaps.score import chance_to_meet, expected_gap, gap_variance, score_gaps
from competency.gaps.table import GapTable

__all__ = [
    "GapTable",
    "capped_job_person_match",
    "chance_to_meet",
    "count_unknown",
    "coverage",
    "expected_gap",
    "gap_variance",
    "job_person_match",
    "jpm_category",
    "match_positions",
    "roll_up",
    "score_gaps",
]
