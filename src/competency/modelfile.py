"""Models as folders: a manifest with the hash of every file, checked before anything is used.

A folder holds ``manifest.json`` and the files that it names, JSON or plain ``.npy`` arrays.
Nothing in it is ever executed.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from pydantic import Field, ValidationError

from competency.config import Settings
from competency.errors import Finding, ModelFileError, Where, nearest_names
from competency.files import atomic_folder, require_own_folder, write_bytes

FORMAT = 1
"""Version of the folder's layout."""

MANIFEST = "manifest.json"

Kind = Literal["effects", "learned", "levels", "prior", "ratings", "scorer"]
"""Kinds of models that have a folder."""

_REFUSED = {".pkl", ".pickle", ".joblib", ".dill"}

_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_Kind = TypeVar("_Kind", bound=Settings)


class Manifest(Settings):
    """What a model folder says of itself.

    Parameters
    ----------
    format : int
        Version of the layout.
    kind : {"effects", "learned", "levels", "prior", "ratings", "scorer"}
        What kind of model it is.
    library : str
        Name and version of what wrote it.
    files : dict
        SHA-256 of each other file of the folder, by name.
    seal : str or None
        SHA-256 of this manifest without its seal; None where the kind asks for none.
    """

    format: Annotated[int, Field(ge=1)]
    kind: Kind
    library: str
    files: dict[str, _Hash]
    seal: _Hash | None = None

    def sealed(self) -> Manifest:
        """Return the manifest with the seal that belongs to what it says."""
        return self.model_copy(update={"seal": _sha256(self.as_bytes(without={"seal"}))})

    def as_bytes(self, without: set[str] | None = None) -> bytes:
        """Return the manifest as it is written, fields in `without` left out."""
        return json_bytes(self.model_dump(mode="json", exclude=without))


@dataclass(frozen=True)
class ModelFolder:
    """The words and limits of one kind of model folder.

    Parameters
    ----------
    subject : str
        What an error is about: ``"ranker"`` or ``"level model"``.
    kind : {"effects", "learned", "levels", "prior", "ratings", "scorer"}
        `kind` of the manifest.
    inside : str
        Name of the folder inside a pack's models that holds it.
    save : str
        The public name that writes it.
    settings : str
        Where names and legal ranges are described.
    files : frozenset of str
        Exactly these files beside the manifest.
    largest : int
        Bytes of a file that is read.
    sealed : bool
        The manifest seals itself, so that no byte of the folder can change unnoticed.
    """

    subject: str
    kind: Kind
    inside: str
    save: str
    settings: str
    files: frozenset[str]
    largest: int
    sealed: bool = False

    def write(self, target: Path, contents: Mapping[str, bytes]) -> Path:
        """Write the files and their manifest to a folder, whole or not at all.

        Raises `ConfigError` where the folder holds anything but an earlier model.
        """
        require_own_folder(target, MANIFEST, subject=self.subject)
        manifest = Manifest(
            format=FORMAT,
            kind=self.kind,
            library=_library(),
            files={name: _sha256(content) for name, content in contents.items()},
        )
        with atomic_folder(target) as folder:
            for name, content in contents.items():
                write_bytes(folder / name, content)
            if self.sealed:
                write_bytes(folder / MANIFEST, manifest.sealed().as_bytes())
            else:
                write_bytes(folder / MANIFEST, manifest.as_bytes(without={"seal"}))
        return target

    def read(self, path: Path) -> dict[str, bytes]:
        """Return the files of a folder, or of the folder `inside` it, after every check.

        Raises `ModelFileError` where the folder or a file of it is missing, damaged, changed since
        it was written, too new, or of a kind that is never opened.
        """
        folder = self._folder(path)
        manifest = self._manifest(folder)
        contents = {name: self._bytes(folder / name) for name in sorted(manifest.files)}
        findings = [
            Finding(
                "changed-model",
                "the content is not what was written: its SHA-256 is another",
                where=Where(name),
                hint=self._again,
            )
            for name, content in contents.items()
            if _sha256(content) != manifest.files[name]
        ]
        if findings:
            raise ModelFileError(self.subject, findings)
        return contents

    def holds(self, path: Path) -> bool:
        """Return whether the manifest of a folder, or of the folder `inside` it, names this kind.

        False too where there is no manifest that can be read; `read` says why.
        """
        try:
            return self._named_kind(path) == self.kind
        except ModelFileError:
            return False

    def _named_kind(self, path: Path) -> object:
        return self.parsed(self._bytes(self._folder(path) / MANIFEST), MANIFEST).get("kind")

    def parsed(self, content: bytes, name: str) -> dict[str, Any]:
        """Return a JSON object, or raise `ModelFileError`."""
        try:
            parsed = json.loads(content.decode("utf-8"))
        except (ValueError, RecursionError):
            raise self.problem("not-json", "not readable as JSON", name, self._again) from None
        if not isinstance(parsed, dict):
            raise self.problem("not-json", "not a JSON object", name, self._again)
        return parsed

    def validated(self, kind: type[_Kind], content: dict[str, Any], name: str) -> _Kind:
        """Return `content` as settings of `kind`, or raise `ModelFileError` naming all wrong."""
        try:
            return kind.model_validate(content)
        except ValidationError as error:
            findings = [
                Finding(
                    "illegal-setting",
                    f"{'.'.join(map(str, item['loc']))}: {item['msg']}",
                    where=Where(name),
                    hint=f"see {self.settings} for names and legal ranges",
                )
                for item in error.errors(include_url=False)
            ]
            raise ModelFileError(self.subject, findings) from None

    def array(self, content: bytes, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """Return a float64 array of `shape`, or raise `ModelFileError`."""
        try:
            values = np.load(io.BytesIO(content), allow_pickle=False)
        except (ValueError, EOFError, OSError):
            raise self.problem("not-an-array", "not an npy file", name, self._again) from None
        legal = isinstance(values, np.ndarray) and values.dtype == np.dtype("<f8")
        if not legal or values.shape != shape or not np.isfinite(values).all():
            message = f"not finite float64 numbers of shape {shape}"
            raise self.problem("not-an-array", message, name, self._again)
        return np.asarray(values)

    def problem(
        self, code: str, message: str, file: str, hint: str, nearest: tuple[str, ...] = ()
    ) -> ModelFileError:
        """Return the error of one finding."""
        finding = Finding(code, message, where=Where(file), nearest=nearest, hint=hint)
        return ModelFileError(self.subject, [finding])

    @property
    def _safe_way(self) -> str:
        return (
            f"files that run code when opened are never read; save the {self.subject} with "
            f"{self.save} and load that folder"
        )

    @property
    def _give(self) -> str:
        short = self.save.rpartition(".")[2]
        return f"give the folder that {short} wrote, or the one above its folder {self.inside!r}"

    @property
    def _again(self) -> str:
        short = self.save.rpartition(".")[2]
        return f"take a fresh copy, or write the {self.subject} again with {short}"

    def _folder(self, path: Path) -> Path:
        if path.suffix.lower() in _REFUSED:
            message = "this kind of file is never opened"
            raise self.problem("unsafe-model", message, path.name, self._safe_way)
        for folder in (path, path / self.inside):
            if (folder / MANIFEST).is_file():
                return folder
        if path.is_file():
            message = f"a {self.subject} is a folder with a manifest.json, not a file"
            raise self.problem("not-a-model", message, path.name, self._safe_way)
        if not path.is_dir():
            near = nearest_names(path.name, _neighbours(path))
            raise self.problem(
                "no-such-model", "there is no such folder", str(path), self._give, near
            )
        unsafe = sorted(item.name for item in path.iterdir() if item.suffix.lower() in _REFUSED)
        if unsafe:
            message = "this kind of file is never opened"
            raise self.problem("unsafe-model", message, unsafe[0], self._safe_way)
        raise self.problem("no-manifest", "the folder has no manifest.json", str(path), self._give)

    def _manifest(self, folder: Path) -> Manifest:
        raw = self._bytes(folder / MANIFEST)
        content = self.parsed(raw, MANIFEST)
        written = content.get("format")
        if isinstance(written, int) and written > FORMAT:
            message = f"layout {written} is newer than this library reads ({FORMAT})"
            hint = "install a newer version of competency"
            raise self.problem("newer-model", message, MANIFEST, hint)
        manifest = self.validated(Manifest, content, MANIFEST)
        findings = [self._unsafe(name) for name in manifest.files if _is_unsafe(name)]
        if not findings and manifest.kind != self.kind:
            message = f"kind: this is a {manifest.kind!r}, not a {self.kind!r}"
            findings = [Finding("illegal-setting", message, where=Where(MANIFEST), hint=self._give)]
        if not findings and set(manifest.files) != self.files:
            message = f"a {self.subject} has exactly the files {', '.join(sorted(self.files))}"
            findings = [Finding("wrong-files", message, where=Where(MANIFEST), hint=self._again)]
        if findings:
            raise ModelFileError(self.subject, findings)
        if self.sealed and manifest.sealed().as_bytes() != raw:
            message = "the manifest is not what was written: its seal is another"
            raise self.problem("changed-model", message, MANIFEST, self._again)
        return manifest

    def _bytes(self, path: Path) -> bytes:
        if not path.is_file() or path.is_symlink():
            message = "the file is missing or is a link"
            raise self.problem("no-such-file", message, path.name, self._again)
        if path.stat().st_size > self.largest:
            message = f"the file is larger than {self.largest} bytes"
            raise self.problem("too-large", message, path.name, self._give)
        return path.read_bytes()

    def _unsafe(self, name: str) -> Finding:
        return Finding(
            "unsafe-model",
            f"the manifest names {name!r}, which is never opened",
            where=Where(MANIFEST),
            hint=self._safe_way,
        )


def json_bytes(content: dict[str, Any]) -> bytes:
    """Return `content` as JSON, the same bytes for the same content."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def array_bytes(values: np.ndarray) -> bytes:
    """Return float64 numbers as an npy file, the same bytes for the same numbers."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values, "<f8"), allow_pickle=False)
    return buffer.getvalue()


def _is_unsafe(name: str) -> bool:
    return Path(name).suffix.lower() in _REFUSED or name != Path(name).name or "\\" in name


def _neighbours(path: Path) -> list[str]:
    return [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _library() -> str:
    from competency import __version__

    return f"competency {__version__}"
