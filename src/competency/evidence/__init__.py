"""What has been seen: assessments, certificates and trainings taken, read with suspicion."""

from competency.evidence.history import passed_trainings
from competency.evidence.read import evidence_from_tables, read_evidence
from competency.evidence.table import Evidence, Roster
from competency.evidence.template import write_template

__all__ = [
    "Evidence",
    "Roster",
    "evidence_from_tables",
    "passed_trainings",
    "read_evidence",
    "write_template",
]
