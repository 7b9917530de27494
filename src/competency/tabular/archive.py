"""Is a workbook's zip archive safe to open? Asked before any of its XML is parsed."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from competency.errors import Finding, Where

MAX_MEMBERS = 200
"""Parts of one workbook; an honest one has some tens (a guard chosen by the project)."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_CHUNK = 1 << 20
_DOCTYPES = tuple("<!DOCTYPE".encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be"))


def archive_problem(path: Path, max_bytes: int) -> Finding | None:
    """Return why the archive at `path` is refused, or None.

    Refused: what is not a zip file, is encrypted, has more than `MAX_MEMBERS` parts, expands
    beyond `max_bytes` by its own directory, has part names that point outside or collide, or
    holds a document type (where XML entities are declared; no honest workbook has one).
    """
    where = Where(path.name)
    with path.open("rb") as file:
        if file.read(len(_OLE)) == _OLE:
            hint = "save it as .xlsx without a password"
            message = "this is an old .xls workbook, or one with a password"
            return Finding("not-a-workbook", message, where=where, hint=hint)
    try:
        with zipfile.ZipFile(path) as archive:
            return _directory_problem(archive, max_bytes, where) or _content_problem(archive, where)
    except DAMAGE as error:
        hint = "open it in a spreadsheet program and save it as .xlsx"
        message = f"not readable as an .xlsx workbook ({type(error).__name__})"
        return Finding("not-a-workbook", message, where=where, hint=hint)


def _directory_problem(archive: zipfile.ZipFile, max_bytes: int, where: Where) -> Finding | None:
    members = archive.infolist()
    expanded = sum(member.file_size for member in members)
    names = [member.orig_filename.casefold() for member in members]
    if len(members) > MAX_MEMBERS:
        message = f"the workbook has {len(members)} parts, more than {MAX_MEMBERS}"
        return Finding("too-many-parts", message, where=where, hint="save only the data sheets")
    if expanded > max_bytes:
        message = f"the workbook expands to {expanded:,} bytes, more than {max_bytes:,}"
        hint = "split the workbook, or raise max_bytes if you trust it"
        return Finding("file-too-large", message, where=where, hint=hint)
    if any(member.flag_bits & 1 for member in members):
        hint = "save it without a password"
        return Finding("encrypted", "the workbook has a password", where=where, hint=hint)
    if len(set(names)) < len(names) or any(map(_unsafe, members)):
        message = "the workbook has parts whose names collide or point outside it"
        hint = "save it anew in a spreadsheet program; do not trust its sender"
        return Finding("unsafe-part", message, where=where, hint=hint)
    return None


def _unsafe(member: zipfile.ZipInfo) -> bool:
    name = member.orig_filename
    outside = name.startswith("/") or ".." in PurePosixPath(name).parts
    link = stat.S_ISLNK(member.external_attr >> 16)
    return outside or link or any(mark in name for mark in "\\:\0")


def _content_problem(archive: zipfile.ZipFile, where: Where) -> Finding | None:
    for member in archive.infolist():
        if member.filename.endswith((".xml", ".rels", ".vml")) and contains(
            archive, member.filename, _DOCTYPES
        ):
            message = "the workbook declares a document type, as entity attacks do"
            hint = "save it anew in a spreadsheet program; do not trust its sender"
            return Finding("entities", message, where=where, hint=hint)
    return None


def contains(archive: zipfile.ZipFile, name: str, needles: tuple[bytes, ...]) -> bool:
    """Return whether one of the byte strings occurs in a member; read in pieces of 1 MB."""
    overlap = max(map(len, needles)) - 1
    tail = b""
    with archive.open(name) as member:
        while piece := member.read(_CHUNK):
            window = tail + piece
            if any(needle in window for needle in needles):
                return True
            tail = window[-overlap:]
    return False


DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What parsing a damaged workbook raises: the zip, XML and workbook libraries have no root class.

A `SyntaxError` is what the XML parsers raise.
"""
