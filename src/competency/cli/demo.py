"""The job of the demo: the reference pack, as any user's job file would name it."""

from __future__ import annotations

from pathlib import Path

from competency.config import JobConfig, Locale, validated
from competency.packs import pack_path
from competency.settings_file import load_job


def demo_job(output: Path, locale: Locale) -> JobConfig:
    """Return the pack's own job file with another output folder and language."""
    job = load_job(pack_path() / "job.toml")
    changes = {"output": output, "locale": locale}
    return validated(JobConfig, job.model_dump() | changes)
