"""The disk cache of compiled functions: an edit anywhere in the package is compiled anew."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(importlib.util.find_spec("competency").origin).parent  # type: ignore[union-attr, arg-type]

# A package with the decorators of this one and a kernel in three files.
FILES = {
    "__init__.py": "",
    "lower/__init__.py": "",
    "lower/constants.py": "FACTOR = 2.0",
    "helper.py": """
from competency.compiled import compiled
from competency.lower.constants import FACTOR

@compiled
def scaled(x):
    return FACTOR * x
""",
    "entry.py": """
from competency.compiled import entry_point
from competency.helper import scaled

@entry_point
def run(x):
    return scaled(x)
""",
    "reporting/page.py": "",
}

# Importing numba takes most of the time, so one process imports the package again and again.
SCRIPT = """
import importlib, os, pathlib, sys
from numba.core import config

package = pathlib.Path(sys.argv[1])
config.CACHE_DIR = ""

def call(**edits):
    for name, (old, new) in edits.items():
        path = package / name.replace("__", "/")
        path = path.with_suffix(".py")
        path.write_text(path.read_text().replace(old, new))
    for name in [name for name in sys.modules if name.startswith("competency")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    run = importlib.import_module("competency.entry").run
    print(run(1.0), "from disk" if run.stats.cache_hits else "compiled")
"""


def printed(tmp_path: Path, steps: str) -> list[str]:
    package = tmp_path / "competency"
    for name, text in FILES.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    shutil.copy(SOURCE / "compiled.py", package)
    command = [sys.executable, "-B", "-c", SCRIPT + steps, str(package)]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_an_edit_of_any_file_that_a_kernel_may_use_is_compiled_anew(tmp_path: Path) -> None:
    steps = """
call()
call()
call(helper=("* x", "* x + 1.0"))
call(lower__constants=("2.0", "5.0"))
call(reporting__page=("", "TITLE = 'Plans'"))
"""
    assert printed(tmp_path, steps) == [
        "2.0 compiled",
        "2.0 from disk",
        "3.0 compiled",
        "6.0 compiled",
        "6.0 from disk",
    ]


def test_the_cache_lies_where_numba_can_write(tmp_path: Path) -> None:
    steps = """
config.CACHE_DIR = str(package.parent / "chosen")
call()
call()
print(bool(list(package.parent.glob("chosen/**/*.nbc"))))
# A file in the place of `__pycache__` stops everyone, an administrator too.
config.CACHE_DIR = ""
(package / "__pycache__").write_text("")
os.environ["HOME"] = os.environ["XDG_CACHE_HOME"] = str(package.parent / "home")
call()
call()
print(bool(list(package.parent.glob("home/**/*.nbc"))))
(package.parent / "nowhere").write_text("")
os.environ["HOME"] = os.environ["XDG_CACHE_HOME"] = str(package.parent / "nowhere")
call()
"""
    expected = ["2.0 compiled", "2.0 from disk", "True"]
    assert printed(tmp_path, steps) == [*expected, *expected, "2.0 compiled"]


BOTH_WAYS = """
import sys
import numba

if sys.argv[1] == "plain":
    numba.version_info = numba.version_info._replace(short=(0, 1))
import numpy as np
from typing import NamedTuple
from competency import compiled

class Pair(NamedTuple):
    one: np.ndarray
    two: np.ndarray

compiled.pass_by_reference(Pair)

@compiled.compiled
def total(pair):
    return pair.one[0] * pair.two[0] + pair.one[1] * pair.two[1]

def run(pair):
    return total(pair) + pair.one[0]

run = numba.njit(run)
pair = Pair(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
print(run(pair), "pipeline_class" in compiled._INSIDE)
"""


def test_with_another_version_of_numba_kernels_are_compiled_plainly_with_the_same_result():
    answers = {}
    for way in ("tested", "plain"):
        command = [sys.executable, "-c", BOTH_WAYS, way]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stderr
        answers[way] = done.stdout.split()
    assert answers == {"tested": ["12.0", "True"], "plain": ["12.0", "False"]}
