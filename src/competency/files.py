"""The one way this library writes a file: whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from competency.errors import ConfigError, Finding, Where


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path whose content becomes that of `target` on success, or vanishes.

    A new or a regular file is replaced in one step: the temporary file lies beside it, is readable
    by its owner only and is flushed to disk before the rename, and the folder is flushed after it,
    so that a crash leaves the old file or the new one. A file that is replaced keeps its
    permissions. A symbolic link stays, and the file that it names is replaced. Pipes, terminals and
    other character devices get the whole content written to them.

    Raises
    ------
    ConfigError
        The target is a folder, or something else that no file can be written to.
    """
    mode = _mode_of(target)
    if mode is None or (stat.S_ISREG(mode) and _own_stream(target) is None):
        place = Path(os.path.realpath(target))
        place.parent.mkdir(parents=True, exist_ok=True)
        with _temporary_file(place.parent) as temporary:
            yield temporary
            _flush(temporary)
            temporary.chmod(0o644 if mode is None else stat.S_IMODE(mode))
            temporary.replace(place)
            _flush(place.parent)
    elif stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        with _temporary_file(None) as temporary:
            yield temporary
            with temporary.open("rb") as content, _stream_to(target) as stream:
                shutil.copyfileobj(content, stream)
    else:
        raise _refusal(target, "a folder" if stat.S_ISDIR(mode) else "no file, pipe or terminal")


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
    """Yield a folder beside `target` that takes its place on success and vanishes on failure.

    A symbolic link stays, and the folder that it names is replaced.

    Raises
    ------
    ConfigError
        The target is there and is not a folder.
    """
    mode = _mode_of(target)
    if mode is not None and not stat.S_ISDIR(mode):
        raise _refusal(target, "not a folder")
    place = Path(os.path.realpath(target))
    place.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".tmp", dir=place.parent))
    try:
        yield staging
        staging.chmod(0o755)
        if place.exists():
            retired = staging.with_suffix(".old")
            place.replace(retired)
            staging.replace(place)
            shutil.rmtree(retired)
        else:
            staging.replace(place)
        _flush(place.parent)
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


def _mode_of(target: Path) -> int | None:
    """Type and permissions of what `target` leads to; None where nothing is there yet."""
    try:
        return target.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:  # a circle of links, or a file in the place of a folder
        raise _refusal(target, "not there and cannot be made") from error


def _own_stream(target: Path) -> int | None:
    """Number of the stream of this process that `target` is, such as ``/dev/stdout``, or None.

    To replace the file that standard output is redirected to would lose what is printed.
    """
    there = target.stat()
    for number in (1, 2):
        with contextlib.suppress(OSError):  # closed
            if os.path.samestat(there, os.fstat(number)):
                return number
    return None


def _stream_to(target: Path) -> BinaryIO:
    number = _own_stream(target)
    if number is None:
        return target.open("wb")
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return os.fdopen(os.dup(number), "wb")


@contextmanager
def _temporary_file(folder: Path | None) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _refusal(target: Path, what: str) -> ConfigError:
    finding = Finding(
        "output-in-the-way",
        f"the output is {what}: nothing was written",
        where=Where(str(target)),
        hint="name a new file or folder",
    )
    return ConfigError("output", [finding])


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
