"""Jobs and settings in TOML files."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from competency.config import JobConfig, PipelineConfig, validated
from competency.errors import ConfigError, Finding, Where, nearest_names


def load_job(path: str | Path) -> JobConfig:
    """Return the job of a TOML file.

    Parameters
    ----------
    path : str or Path
        The job file; relative paths in it are relative to its folder.

    Returns
    -------
    JobConfig

    Raises
    ------
    ConfigError
        The file is missing or not TOML, or settings are unknown or illegal: all at once.

    Examples
    --------
    >>> import competency as cp
    >>> job = cp.load_job(cp.pack_path() / "job.toml")
    >>> job.as_of.isoformat(), job.locale
    ('2026-11-01', 'id')
    """
    path = Path(path)
    job = validated(JobConfig, _toml(path), file=path.name)
    home = path.resolve().parent
    named = ("framework", "inputs", "output", "effects", "ranker")
    moved = {name: home / path for name in named if (path := getattr(job, name)) is not None}
    return job.model_copy(update=moved)


def load_settings(path: str | Path) -> PipelineConfig:
    r"""Return the settings of a TOML file that names no inputs.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    PipelineConfig

    Raises
    ------
    ConfigError
        As in `load_job`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "settings.toml")
    ...     _ = path.write_text("[planning]\nhours = 40\n", encoding="utf-8")
    ...     load_settings(path).planning.hours
    40.0
    """
    path = Path(path)
    return validated(PipelineConfig, _toml(path), file=path.name)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigError("settings", [_no_file(path)]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        finding = Finding("not-toml", f"not readable as TOML: {error}", where=Where(path.name))
        raise ConfigError("settings", [finding]) from None


def _no_file(path: Path) -> Finding:
    near = nearest_names(path.name, (item.name for item in path.parent.glob("*.toml")))
    return Finding(
        "no-such-file",
        "there is no such file of settings",
        where=Where(str(path)),
        nearest=near,
        hint="write one as shown in docs/how-to/run-a-job.md",
    )
