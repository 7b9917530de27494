"""The best trainings of each of many officers, without ever holding a table of all pairs."""

from competency.ranking.fused.top import TopTrainings, TopWorkspace, rank_top

__all__ = ["TopTrainings", "TopWorkspace", "rank_top"]
