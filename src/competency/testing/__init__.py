"""For the tests of those who build on this library: small inputs, and contracts to inherit.

A contract is a class of tests; subclass it in a test module, say how to make the thing, and
pytest runs the tests on it::

    class TestMyRanker(RankerContract):
        def make_ranker(self):
            return MyRanker()

Nothing here imports pytest, so that this module loads without it.
"""

from competency.testing.inputs import (
    AS_OF,
    TOP,
    beliefs_of,
    gaps_of,
    small_framework,
    small_gaps,
    small_history,
    small_model,
)
from competency.testing.rankers import RankerContract

__all__ = [
    "AS_OF",
    "TOP",
    "RankerContract",
    "beliefs_of",
    "gaps_of",
    "small_framework",
    "small_gaps",
    "small_history",
    "small_model",
]
