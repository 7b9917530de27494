"""What a run was made from, and how much it noticed: hashes, settings, versions, counts.

No clock and no path of the machine: two runs on equal inputs give equal manifests.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from competency.errors import Severity
from competency.files import content_hash

if TYPE_CHECKING:
    from competency.config import JobConfig
    from competency.errors import Finding
    from competency.framework.model import Framework

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_PATHS = {"framework", "inputs", "output", "effects", "ranker"}
LIBRARIES = ("competency", "numba", "numpy", "pandas", "pyarrow", "pydantic", "scipy")


def manifest(
    job: JobConfig, framework: Framework, folder: Path, *, findings: Sequence[Finding]
) -> str:
    """Return the manifest of a run directory as JSON text."""
    settings = job.model_dump(mode="json", exclude=_PATHS)
    content = {
        "format": 1,
        "as_of": job.as_of.isoformat(),
        "framework": {"id": framework.about.id, "version": framework.version},
        "inputs": _hashes(job.inputs),
        "effects": None if job.effects is None else _hashes(job.effects),
        "ranker": None if job.ranker is None else _hashes(job.ranker),
        "settings": settings,
        "python": ".".join(map(str, sys.version_info[:3])),
        "libraries": {name: version(name) for name in LIBRARIES},
        "outputs": _hashes(folder),
        "findings": {name: sum(f.severity == name for f in findings) for name in SEVERITIES},
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _hashes(source: Path) -> dict[str, str]:
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file())
    home = source.parent if source.is_file() else source
    return {path.relative_to(home).as_posix(): content_hash(path.read_bytes()) for path in files}
