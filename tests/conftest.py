"""What every test may rely on: a quiet backend, repeatable examples, the reference pack."""

from __future__ import annotations

import os
import subprocess
import sys
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


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before workers of pytest-xdist start: share the cores, and compile the planner once."""
    if not getattr(session.config.option, "numprocesses", None):
        return
    # Threads of linear algebra and of LightGBM wait for each other when every worker has them.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    plan = "from competency.cli.doctor import time_to_plan; time_to_plan()"
    subprocess.run([sys.executable, "-c", plan], check=True)  # noqa: S603


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
