"""Rules of the house that a program can see: what the source may hold, and how it is built."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "competency"
MODULES = sorted(SOURCE.rglob("*.py"))
NAMES = [path.relative_to(SOURCE).as_posix() for path in MODULES]

Function = ast.FunctionDef | ast.AsyncFunctionDef

each_module = pytest.mark.parametrize("path", MODULES, ids=NAMES)


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls_in(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call below `node`, with its dotted name as written."""
    for child in ast.walk(node):
        if isinstance(child, ast.Call):
            yield ast.unparse(child.func), child


def functions_of(path: Path) -> list[Function]:
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, Function)]


# ------------------------------------------------------------------ nothing that runs a file

RUNS_A_FILE = re.compile(
    r"\b(c?pickle|cloudpickle|dill|marshal|shelve)\b|joblib\.(load|dump)|yaml\.load\b"
    r"|allow_pickle\s*=\s*True|(?<![\w.])(eval|exec|compile)\(|os\.system|shell\s*=\s*True"
)


def without_text(path: Path) -> str:
    """The module as code only: documentation may name what it refuses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.unparse(tree)


@each_module
def test_no_module_can_run_what_it_reads(path: Path) -> None:
    assert RUNS_A_FILE.findall(without_text(path)) == []


def test_the_search_for_running_code_bites() -> None:
    for line in ("import pickle", "eval(x)", "np.load(f, allow_pickle=True)", "yaml.load(f)"):
        assert RUNS_A_FILE.search(line), line
    for line in ("re.compile(x)", "model.evaluate(x)", "np.load(f, allow_pickle=False)"):
        assert not RUNS_A_FILE.search(line), line


# ---------------------------------------------------------------------- one way to write files

WRITERS = {
    "write_text", "write_bytes", "to_csv", "to_excel", "to_parquet", "to_html", "to_pickle",
    "to_json", "write_table", "save", "savez", "savez_compressed", "savefig", "Workbook",
    "ParquetWriter", "ExcelWriter", "mkstemp", "mkdtemp", "NamedTemporaryFile",
}  # fmt: skip
SAFE = ("atomic_path(", "atomic_folder(")
FOR_WRITING = re.compile(r"[rtb]*[wax+][rwxatb+]*")


def writes_to_disk(name: str, call: ast.Call) -> bool:
    """Whether the call can create a file: a writer by name, or `open` for writing."""
    last = name.rsplit(".", 1)[-1]
    if last == "open":
        modes = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
        literals = [m.value for m in modes if isinstance(m, ast.Constant)]
        return any(isinstance(m, str) and FOR_WRITING.fullmatch(m) for m in literals)
    # NOTE: plain `write_text(...)` and `write_bytes(...)` are the helpers of competency.files.
    if last in {"write_text", "write_bytes"}:
        return "." in name and not name.startswith("files.")
    library = "." in name or last[0].isupper() or last.startswith("mk")
    return library and last in WRITERS and not _returns_text(last, call)


def _returns_text(last: str, call: ast.Call) -> bool:
    """`to_csv()` and the like without a target return a text and write nothing."""
    named = {word.arg for word in call.keywords}
    targets = {"path", "path_or_buf", "buf", "excel_writer"}
    return last.startswith("to_") and not call.args and not (named & targets)


@functools.cache
def loose_writes(path: Path) -> tuple[str, ...]:
    """Writing calls that are in no ``with atomic_path(...)``, no such function, and no buffer."""
    return tuple(_loose(tree_of(path), sheltered=False))


def _loose(node: ast.AST, *, sheltered: bool) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        inside = sheltered or _shelters(child)
        if isinstance(child, ast.Call):
            name = ast.unparse(child.func)
            if not inside and writes_to_disk(name, child):
                yield f"line {child.lineno}: {name}(...)"
        yield from _loose(child, sheltered=inside)


def _shelters(node: ast.AST) -> bool:
    # A function is safe when it opens an atomic path itself, or writes to what it is handed: a
    # parameter or a buffer in memory whose name says so.
    if isinstance(node, ast.With):
        return any(safe in ast.unparse(item) for item in node.items for safe in SAFE)
    if isinstance(node, Function):
        arguments = node.args
        handed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        names = {argument.arg for argument in handed}
        code = ast.unparse(node)
        return bool(names & {"temporary", "staging", "buffer"}) or any(
            opened in code for opened in (*SAFE, "BytesIO(")
        )
    return False


@each_module
def test_only_one_module_writes_files(path: Path) -> None:
    if path.name != "files.py":
        assert loose_writes(path) == ()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("open(p, 'w')", 1),
        ("p.open(mode='ab')", 1),
        ("open(p)", 0),
        ("p.write_text('x')", 1),
        ("write_text(p, 'x')", 0),
        ("frame.to_csv(p)", 1),
        ("text = frame.to_csv(index=False)", 0),
        ("with atomic_path(p) as t:\n    frame.to_parquet(t)", 0),
        ("def f(temporary):\n    np.save(temporary, a)", 0),
        ("def f(target):\n    np.save(target, a)", 1),
    ],
)
def test_the_search_for_loose_writes_bites(code: str, expected: int) -> None:
    assert len(list(_loose(ast.parse(code), sheltered=False))) == expected


# -------------------------------------------------------------------------------- small pieces

LONGEST_MODULE = 500
LONGEST_FUNCTION = 45


def body_lines(function: Function) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno
    document = ast.get_docstring(function, clean=False)
    return lines - (document.count("\n") + 1 if document else 0)


@each_module
def test_modules_and_functions_are_short(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= LONGEST_MODULE
    long = {f.name: body_lines(f) for f in functions_of(path) if body_lines(f) > LONGEST_FUNCTION}
    assert long == {}


LATER = (
    "raise NotImplemented" + "Error",
    r"\bTO" + r"DO\b",
    r"\bFIX" + r"ME\b",
    r"\bfor n" + r"ow\b",
)
UNFINISHED = re.compile("|".join(LATER), re.IGNORECASE)


@each_module
def test_nothing_is_left_for_later(path: Path) -> None:
    assert UNFINISHED.findall(path.read_text(encoding="utf-8")) == []


# ------------------------------------------------------------------------ randomness and clocks

GLOBAL_RANDOMNESS = re.compile(
    r"^(np|numpy)\.random\.(seed|rand|randn|randint|random|normal|uniform|choice|shuffle|"
    r"permutation|RandomState)$|^random\.\w+$"
)
CLOCKS = re.compile(r"(^|\.)(today|now|utcnow)$|^time\.(time|localtime|gmtime)$")


@each_module
def test_global_random_state_is_left_alone(path: Path) -> None:
    used = [name for name, _ in calls_in(tree_of(path)) if GLOBAL_RANDOMNESS.search(name)]
    assert used == []


@each_module
def test_the_core_reads_no_clock(path: Path) -> None:
    if path.relative_to(SOURCE).parts[0].removesuffix(".py") == "cli":
        return
    used = [name for name, _ in calls_in(tree_of(path)) if CLOCKS.search(name)]
    assert used == []


def test_the_searches_for_randomness_and_clocks_bite() -> None:
    assert GLOBAL_RANDOMNESS.search("np.random.seed")
    assert not GLOBAL_RANDOMNESS.search("np.random.default_rng")
    assert CLOCKS.search("date.today")
    assert not CLOCKS.search("time.perf_counter")


@each_module
def test_merges_say_what_they_expect(path: Path) -> None:
    """A merge without `validate` multiplies rows in silence when a key is there twice."""
    for name, call in calls_in(tree_of(path)):
        if name.endswith(".merge"):
            assert "validate" in {word.arg for word in call.keywords}, f"line {call.lineno}"


# ------------------------------------------------------------------------- no outside addresses

# Spelled in halves, so that this file does not hold what it looks for.
ADDRESSES = re.compile(
    "|".join(
        [
            "python" + "hosted", "py" + r"pi\.org", "registry" + r"\.npm", "deb" + r"\.debian",
            "index" + "-url", "find" + "-links", "trusted" + "-host",
            "(?<![\\w.])/wo" + "rk/", "/fa" + "rm/", "/ro" + "ot/", "/ho" + "me/", "/tm" + "p/",
            "/Us" + "ers/",
        ]
    )
)  # fmt: skip
TEXT = {
    "", ".bib", ".cff", ".cfg", ".csv", ".html", ".ini", ".ipynb", ".j2", ".json", ".md", ".py",
    ".sh", ".toml", ".txt", ".yaml", ".yml",
}  # fmt: skip
SEVERAL = 2_000_000
"""Bytes; larger tracked files are data."""


@functools.cache
def files_of_the_project() -> tuple[Path, ...]:
    """What git tracks or would track; every file of the tree where there is no git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode == 0:
        paths = [ROOT / name for name in answer.stdout.split("\0") if name]
    else:
        paths = [p for p in ROOT.rglob("*") if not {".git", ".venv", "runs"} & set(p.parts)]
    return tuple(path for path in sorted(paths) if path.is_file())


def test_no_address_of_a_registry_or_a_machine() -> None:
    found = []
    for path in files_of_the_project():
        if path.suffix not in TEXT or path.stat().st_size > SEVERAL:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.split("\n"), 1):
            if ADDRESSES.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []


def test_there_is_no_lock_file() -> None:
    names = {path.name for path in files_of_the_project()}
    assert not names & {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock"}


def test_no_data_file_can_hold_code() -> None:
    suffixes = {path.suffix for path in files_of_the_project()}
    assert not suffixes & {".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth"}


# ------------------------------------------------------------------------------ the one door

HEAVY = (
    "numpy", "pandas", "scipy.stats", "sklearn", "matplotlib", "jinja2", "networkx", "numba",
    "pyarrow", "openpyxl", "xlsxwriter", "lightgbm", "pydantic",
)  # fmt: skip


def in_a_new_process(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


def test_the_door_is_light() -> None:
    code = f"import sys, competency; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    assert in_a_new_process(code) == ""


def test_the_door_stays_light_until_a_name_is_used() -> None:
    code = "import sys, competency as cp; cp.pack_path; print('numpy' in sys.modules)"
    assert in_a_new_process(code) == "False"


def test_reading_a_framework_loads_no_plotting_or_learning() -> None:
    code = (
        "import sys, competency as cp; cp.load_framework(cp.pack_path());"
        "print(*[m for m in ('sklearn', 'matplotlib', 'scipy.stats', 'lightgbm', 'numba')"
        " if m in sys.modules])"
    )
    assert in_a_new_process(code) == ""


# ----------------------------------------------------------------------------------- the build


def test_the_wheel_carries_the_reference_pack(tmp_path: Path) -> None:
    build = pytest.importorskip("hatchling.build", reason="hatchling is not installed")
    import os
    import zipfile

    before = Path.cwd()
    os.chdir(ROOT)
    try:
        name = build.build_wheel(str(tmp_path))
    finally:
        os.chdir(before)
    members = set(zipfile.ZipFile(tmp_path / name).namelist())
    pack = "competency/_packs/datasets/pengantar-kerja"
    assert {f"{pack}/framework.csv", f"{pack}/requirements.csv"} <= members
    assert any(member.startswith("competency/_packs/models/pengantar-kerja/") for member in members)
    assert "competency/py.typed" in members
    assert not [member for member in members if member.endswith((".pyc", ".tmp", ".ipynb"))]
