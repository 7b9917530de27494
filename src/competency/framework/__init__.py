"""What a position asks: the framework, its checks, its files, its arrays and its graph."""

from competency.framework.check import check_framework
from competency.framework.coverage import instrument_coverage
from competency.framework.graph import build_graph
from competency.framework.index import FrameworkIndex, build_index
from competency.framework.model import (
    TABLES,
    About,
    Competency,
    Develops,
    EntryRequirement,
    Framework,
    Indicator,
    JpmCutoff,
    JpRule,
    LadderStep,
    MandatoryTraining,
    Position,
    Prerequisite,
    Provider,
    Requirement,
    Row,
    ScaleLevel,
    Session,
    Tier,
    Training,
    TrainingPrerequisite,
)
from competency.framework.tables import (
    framework_version,
    load_framework,
    read_framework,
    save_framework,
)
from competency.framework.validity import in_force

__all__ = [
    "TABLES",
    "About",
    "Competency",
    "Develops",
    "EntryRequirement",
    "Framework",
    "FrameworkIndex",
    "Indicator",
    "JpRule",
    "JpmCutoff",
    "LadderStep",
    "MandatoryTraining",
    "Position",
    "Prerequisite",
    "Provider",
    "Requirement",
    "Row",
    "ScaleLevel",
    "Session",
    "Tier",
    "Training",
    "TrainingPrerequisite",
    "build_graph",
    "build_index",
    "check_framework",
    "framework_version",
    "in_force",
    "instrument_coverage",
    "load_framework",
    "read_framework",
    "save_framework",
]
