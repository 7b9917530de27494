"""What an officer can do: beliefs over levels from noisy, ageing evidence."""

from competency.levels.beliefs import LevelBeliefs
from competency.levels.model import LevelModel, load_level_model

__all__ = ["LevelBeliefs", "LevelModel", "load_level_model"]
