"""The best trainings of each of many officers, without ever holding a table of all pairs."""

from competency.ranking.fused.top import TopDesk, TopTrainings, rank_top

__all__ = ["TopDesk", "TopTrainings", "rank_top"]
