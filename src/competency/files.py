"""The one way this library writes a file: whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from competency.errors import ConfigError, Finding, Where


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target` that replaces it on success and vanishes on failure.

    The temporary file is readable by its owner only, is flushed to disk before the rename, and
    the directory is flushed after it, so that a crash leaves the old file or the new one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _flush(temporary)
        temporary.chmod(0o644)
        temporary.replace(target)
        _flush(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(target: Path, content: bytes) -> Path:
    """Write `content` to `target` atomically and return `target`."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(content)
    return target


def write_text(target: Path, content: str) -> Path:
    """Write `content` as UTF-8 to `target` atomically and return `target`."""
    return write_bytes(target, content.encode("utf-8"))


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a folder beside `target` that takes its place on success and vanishes on failure."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    try:
        yield staging
        staging.chmod(0o755)
        if target.exists():
            retired = staging.with_suffix(".old")
            target.replace(retired)
            staging.replace(target)
            shutil.rmtree(retired)
        else:
            staging.replace(target)
        _flush(target.parent)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def require_own_folder(target: Path, marker: str, *, subject: str) -> None:
    """Refuse to replace anything but an empty folder, or one that holds the file `marker`.

    Parameters
    ----------
    target : Path
        The folder that is about to be written as a whole.
    marker : str
        Name of the file that only such folders hold.
    subject : str
        What is being written, for the message.

    Raises
    ------
    ConfigError
        The target is there and would be lost.
    """
    if not target.exists() or (target / marker).is_file():
        return
    if target.is_dir() and not any(target.iterdir()):
        return
    finding = Finding(
        "output-in-the-way",
        f"the output exists and is not the folder of an earlier {subject}: it would be lost",
        where=Where(str(target)),
        hint="name a new folder",
    )
    raise ConfigError("output", [finding])


def content_hash(*contents: bytes) -> str:
    """Return the SHA-256 of `contents`, each preceded by its length, as hex text.

    Examples
    --------
    >>> content_hash(b"ab", b"c") == content_hash(b"a", b"bc")
    False
    """
    digest = hashlib.sha256()
    for content in contents:
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
