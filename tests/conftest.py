"""What every test may rely on: a quiet backend, repeatable examples, the reference pack."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from competency.evidence import Evidence
    from competency.framework import Framework

os.environ["MPLBACKEND"] = "Agg"

settings.register_profile(
    "default",
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", max_examples=500, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def pack() -> Framework:
    """The framework of the reference pack."""
    import competency as cp

    return cp.load_framework(cp.pack_path())


@pytest.fixture(scope="session")
def cohort(pack: Framework) -> Evidence:
    """The evidence of the synthetic cohort of the reference pack."""
    import competency as cp

    return cp.read_evidence(cp.pack_path() / "cohort", framework=pack)
