"""Rankers as files: a folder of JSON, checked by hash before anything in it is believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError

from competency.config import RankingConfig, Settings
from competency.errors import Finding, ModelFileError, Where, nearest_names
from competency.files import atomic_folder, write_bytes
from competency.ranking.prior import PriorRanker

if TYPE_CHECKING:
    from competency.ranking.ranker import Ranker

FORMAT = 1
"""Version of the folder's layout."""

_MANIFEST = "manifest.json"
_PARAMETERS = "parameters.json"
_LARGEST = 1_000_000
"""Bytes of a file that is read; the files of a closed-form ranker have a few hundred."""
_REFUSED = {".pkl", ".pickle", ".joblib", ".dill"}
_SAFE_WAY = (
    "files that run code when opened are never read; save the ranker with "
    "competency.ranking.save_ranker and load that folder"
)
_GIVE = "give the folder that save_ranker wrote, or the one above its folder 'ranker'"
_AGAIN = "take a fresh copy, or write the ranker again with save_ranker"

_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_Kind = TypeVar("_Kind", bound=Settings)


class Manifest(Settings):
    """What a model folder says of itself.

    Parameters
    ----------
    format : int
        Version of the layout.
    kind : {"prior"}
        The ranker.
    library : str
        Name and version of what wrote it.
    files : dict
        SHA-256 of each other file of the folder, by name.
    """

    format: Annotated[int, Field(ge=1)]
    kind: Literal["prior"]
    library: str
    files: dict[str, _Hash]


class PriorParameters(Settings):
    """The parameters of a `PriorRanker` that has the catalogue's transitions."""

    config: RankingConfig
    entry_probability: Annotated[float, Field(gt=0, le=1)]


def save_ranker(ranker: Ranker, path: str | Path) -> Path:
    """Write a ranker to a folder, whole or not at all, and return the folder.

    Parameters
    ----------
    ranker : Ranker
        A `PriorRanker` that uses the catalogue's transitions.
    path : str or Path
        The folder; one that is there is replaced.

    Returns
    -------
    Path

    Raises
    ------
    ModelFileError
        This kind of ranker has no file format.
    """
    target = Path(path)
    if not isinstance(ranker, PriorRanker):
        raise _cannot_save(f"a {type(ranker).__name__} has no file format")
    if ranker.transitions is not None and ranker.transitions.origin != "catalogue":
        raise _cannot_save("transitions other than the catalogue's are not part of a ranker's file")
    parameters = PriorParameters(
        config=ranker.config or RankingConfig(), entry_probability=ranker.entry_probability
    )
    content = _as_bytes(parameters.model_dump(mode="json"))
    manifest = Manifest(
        format=FORMAT, kind="prior", library=_library(), files={_PARAMETERS: _sha256(content)}
    )
    with atomic_folder(target) as folder:
        write_bytes(folder / _PARAMETERS, content)
        write_bytes(folder / _MANIFEST, _as_bytes(manifest.model_dump(mode="json")))
    return target


def load_ranker(path: str | Path) -> Ranker:
    """Return the ranker of a model folder, or of the folder ``ranker`` inside it.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Ranker

    Raises
    ------
    ModelFileError
        The folder or a file of it is missing, damaged, changed since it was written, too new,
        or of a kind that is never opened. Every problem found is in ``findings``.

    Examples
    --------
    >>> import competency as cp
    >>> cp.load_ranker(cp.model_path()).method
    'prior'
    """
    folder = _folder(Path(path))
    manifest = _read_manifest(folder)
    contents = _read_files(folder, manifest)
    content = _parsed(contents[_PARAMETERS], _PARAMETERS)
    parameters = _validated(PriorParameters, content, _PARAMETERS)
    return PriorRanker(parameters.config, entry_probability=parameters.entry_probability)


def _folder(path: Path) -> Path:
    if path.suffix.lower() in _REFUSED:
        raise _problem("unsafe-model", "this kind of file is never opened", path.name, _SAFE_WAY)
    for folder in (path, path / "ranker"):
        if (folder / _MANIFEST).is_file():
            return folder
    if path.is_file():
        message = "a ranker is a folder with a manifest.json, not a file"
        raise _problem("not-a-model", message, path.name, _SAFE_WAY)
    if not path.is_dir():
        near = nearest_names(path.name, _neighbours(path))
        raise _problem("no-such-model", "there is no such folder", str(path), _GIVE, near)
    unsafe = sorted(item.name for item in path.iterdir() if item.suffix.lower() in _REFUSED)
    if unsafe:
        raise _problem("unsafe-model", "this kind of file is never opened", unsafe[0], _SAFE_WAY)
    raise _problem("no-manifest", "the folder has no manifest.json", str(path), _GIVE)


def _read_manifest(folder: Path) -> Manifest:
    content = _parsed(_bytes(folder / _MANIFEST), _MANIFEST)
    written = content.get("format")
    if isinstance(written, int) and written > FORMAT:
        message = f"layout {written} is newer than this library reads ({FORMAT})"
        raise _problem("newer-model", message, _MANIFEST, "install a newer version of competency")
    manifest = _validated(Manifest, content, _MANIFEST)
    findings = [_unsafe_name(name) for name in manifest.files if _is_unsafe(name)]
    if not findings and set(manifest.files) != {_PARAMETERS}:
        findings = [
            Finding(
                "wrong-files",
                f"a prior ranker has exactly the file {_PARAMETERS}",
                where=Where(_MANIFEST),
                hint="write the ranker again with save_ranker",
            )
        ]
    if findings:
        raise ModelFileError("ranker", findings)
    return manifest


def _read_files(folder: Path, manifest: Manifest) -> Mapping[str, bytes]:
    contents = {name: _bytes(folder / name) for name in sorted(manifest.files)}
    findings = [
        Finding(
            "changed-model",
            "the content is not what was written: its SHA-256 is another",
            where=Where(name),
            hint=_AGAIN,
        )
        for name, content in contents.items()
        if _sha256(content) != manifest.files[name]
    ]
    if findings:
        raise ModelFileError("ranker", findings)
    return contents


def _bytes(path: Path) -> bytes:
    if not path.is_file() or path.is_symlink():
        raise _problem("no-such-file", "the file is missing or is a link", path.name, _AGAIN)
    if path.stat().st_size > _LARGEST:
        message = f"the file is larger than {_LARGEST} bytes"
        raise _problem("too-large", message, path.name, _GIVE)
    return path.read_bytes()


def _parsed(content: bytes, name: str) -> dict[str, Any]:
    try:
        parsed = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _problem("not-json", "not readable as JSON", name, _AGAIN) from None
    if not isinstance(parsed, dict):
        raise _problem("not-json", "not a JSON object", name, _AGAIN)
    return parsed


def _validated(kind: type[_Kind], content: dict[str, Any], name: str) -> _Kind:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        findings = [
            Finding(
                "illegal-setting",
                f"{'.'.join(map(str, item['loc']))}: {item['msg']}",
                where=Where(name),
                hint="see competency.config.RankingConfig for names and legal ranges",
            )
            for item in error.errors(include_url=False)
        ]
        raise ModelFileError("ranker", findings) from None


def _is_unsafe(name: str) -> bool:
    return Path(name).suffix.lower() in _REFUSED or name != Path(name).name or "\\" in name


def _unsafe_name(name: str) -> Finding:
    return Finding(
        "unsafe-model",
        f"the manifest names {name!r}, which is never opened",
        where=Where(_MANIFEST),
        hint=_SAFE_WAY,
    )


def _neighbours(path: Path) -> list[str]:
    return [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []


def _problem(
    code: str, message: str, file: str, hint: str, nearest: tuple[str, ...] = ()
) -> ModelFileError:
    finding = Finding(code, message, where=Where(file), nearest=nearest, hint=hint)
    return ModelFileError("ranker", [finding])


def _cannot_save(message: str) -> ModelFileError:
    hint = "save a PriorRanker with the catalogue's transitions"
    return ModelFileError("ranker", [Finding("no-format", message, hint=hint)])


def _as_bytes(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _library() -> str:
    from competency import __version__

    return f"competency {__version__}"
