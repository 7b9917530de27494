"""CSV files: the encoding in a fixed order, the delimiter from the header, strict records."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path

from competency.errors import Finding, Where, nearest_names
from competency.tabular.table import MAX_BYTES, RawTable, check_size, fold, table_of

DELIMITERS = (",", ";", "\t", "|")
"""The delimiters that are recognised from a header."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# NOTE: the UTF-32 mark begins with the UTF-16 mark, so it is asked first.


def read_csv_rows(
    path: str | Path,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    expected: Collection[str] = (),
    max_bytes: int = MAX_BYTES,
) -> RawTable:
    r"""Return the records of a CSV file as text.

    Parameters
    ----------
    path : str or Path
        The file.
    delimiter : str, optional
        One character. None: the one of ``, ; tab |`` under which the header has most names of
        `expected`; a tie, or no known name at all, is an error finding. A first line ``sep=;``,
        as Excel understands it, is obeyed.
    encoding : str, optional
        Used only for a file without a byte order mark that is not UTF-8.
    expected : collection of str
        Known column names, compared after `fold`.
    max_bytes : int
        Largest file that is opened.

    Returns
    -------
    RawTable
        Problems of the content are in its `findings`.

    Raises
    ------
    FileFormatError
        The path is missing, not a file, or too large.

    Notes
    -----
    Order: byte order mark, strict UTF-8, the declared encoding, an error. Nothing is guessed.
    The whole text is held in memory.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "levels.csv"
    >>> _ = file.write_text('level;name\n1;"Paham\ndasar"\n2;Mampu\n')
    >>> table = read_csv_rows(file, expected=["level", "name"])
    >>> table.delimiter, table.rows, table.numbers
    (';', [('1', 'Paham\ndasar'), ('2', 'Mampu')], [2, 3])
    >>> _ = file.write_text("")
    >>> read_csv_rows(file, expected=["level"]).findings[0].message
    'there is nothing in it'
    """
    path = Path(path)
    check_size(path, max_bytes)
    place = RawTable(path.name)
    text, used = _decoded(path.read_bytes(), encoding, place.where())
    if isinstance(text, Finding):
        return RawTable(path.name, findings=(text,))
    declared, text = _sep_line(text)
    found = delimiter or declared or _delimiter(text, expected, place.where())
    if isinstance(found, Finding):
        return RawTable(path.name, findings=(found,), encoding=used)
    place = RawTable(path.name, delimiter=found, encoding=used)
    damage: list[Finding] = []
    records = _records(text, found, 2 if declared else 1, damage, place.where())
    table = table_of(place, records, strict_width=True)
    if not damage:
        return table
    return RawTable(path.name, "", table.header, table.rows, table.numbers, (*damage,))


def _decoded(content: bytes, declared: str | None, where: Where) -> tuple[str | Finding, str]:
    for mark, name in _BOMS:
        if content.startswith(mark):
            return _decode(content, name, where), name
    text = _decode(content, "utf-8", where)
    if isinstance(text, Finding) and declared:
        return _decode(content, declared, where), declared
    return text, "utf-8"


def _decode(content: bytes, encoding: str, where: Where) -> str | Finding:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        return _undecodable(content, encoding, error.start, where)
    except (LookupError, ValueError):
        hint = "declare one that Python knows, for example 'cp1252'"
        message = f"there is no text encoding {encoding!r}"
        return Finding("unknown-encoding", message, where=where, hint=hint)
    if "\0" in text:
        hint = "save the file as 'CSV UTF-8'; if it is UTF-16, it lacks its byte order mark"
        return Finding("not-text", "the file holds NUL characters", where=where, hint=hint)
    return text


def _undecodable(content: bytes, encoding: str, start: int, where: Where) -> Finding:
    line = content[:start].count(b"\n") + 1
    likely = "probably cp1252 (Windows)" if _reads_as_cp1252(content) else "for example latin-1"
    return Finding(
        "not-utf-8" if encoding.startswith("utf-8") else "undecodable",
        f"the file is not {encoding}: byte 0x{content[start]:02X} on line {line}",
        where=where,
        hint=f"save it as 'CSV UTF-8', or declare its encoding, {likely}",
    )


def _reads_as_cp1252(content: bytes) -> bool:
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def _sep_line(text: str) -> tuple[str, str]:
    first, _, rest = text.partition("\n")
    line = first.rstrip("\r")
    if len(line) == len("sep=;") and line.startswith("sep="):
        return line[-1], rest
    return "", text


def _delimiter(text: str, expected: Collection[str], where: Where) -> str | Finding:
    if not text.strip():
        return DELIMITERS[0]
    known = {fold(name) for name in expected}
    headers = {mark: _first_record(text, mark) for mark in DELIMITERS}
    hits = {mark: sum(fold(name) in known for name in names) for mark, names in headers.items()}
    best = max(hits.values())
    winners = [mark for mark in DELIMITERS if hits[mark] == best]
    if best and (len(winners) == 1 or all(len(names) == 1 for names in headers.values())):
        return winners[0]
    written = max(headers.values(), key=len)
    near = [name for cell in written for name in nearest_names(cell, sorted(expected), count=1)]
    problem = "fits more than one delimiter" if best else "holds no known column name"
    return Finding(
        "unclear-delimiter",
        f"the header line {problem} (tried comma, semicolon, tab and |)",
        where=where,
        nearest=tuple(dict.fromkeys(near)),
        hint="correct the column names, or declare the delimiter",
    )


def _first_record(text: str, delimiter: str) -> list[str]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return next((record for record in reader if any(map(str.strip, record))), [])
    except csv.Error:
        return []


def _records(
    text: str, delimiter: str, first: int, damage: list[Finding], where: Where
) -> Iterator[tuple[int, list[str]]]:
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except TypeError:
        message = f"{delimiter!r} cannot be a delimiter"
        damage.append(Finding("illegal-delimiter", message, where=where))
        return
    number = first - 1
    try:
        for number, record in enumerate(reader, start=first):
            yield number, record
    except csv.Error as error:
        hint = 'write a quote inside a quoted cell twice (""), and cells below 131,072 characters'
        place = Where(where.file, row=number + 1)
        damage.append(Finding("broken-quotes", f"not readable: {error}", where=place, hint=hint))
