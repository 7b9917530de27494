"""Run the percent scripts in this folder and write the paired notebooks.

``make notebooks`` calls it. A notebook is made from its script alone, so that only the scripts
are edited; outputs are stripped of what differs from run to run.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

from competency.files import write_text

HERE = Path(__file__).resolve().parent
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def executed(script: Path) -> str:
    """Return the executed notebook of a percent script, as JSON text."""
    notebook = jupytext.read(script)
    notebook.metadata["kernelspec"] = {
        "name": "python3", "display_name": "Python 3", "language": "python",
    }  # fmt: skip
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(HERE)}}).execute()
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{script.stem}-{number}"
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            tidy(output)
    notebook.metadata.pop("language_info", None)
    return nbformat.writes(notebook) + "\n"


def tidy(output: nbformat.NotebookNode) -> None:
    """Remove addresses of objects and of this machine from an output, in place."""
    for holder in (output, output.get("data", {})):
        for kind, value in holder.items():
            if isinstance(value, str) and not kind.startswith("image/png"):
                holder[kind] = ADDRESS.sub("", value).replace(str(HERE.parent), "..")


def main(names: list[str]) -> None:
    """Execute the named scripts, or all of them."""
    # NOTE: figures of the notebooks carry no date, so that the same run gives the same file.
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    os.environ.pop("MPLBACKEND", None)
    for script in sorted(HERE.glob("[0-9]*.py")):
        if not names or script.stem in names:
            write_text(script.with_suffix(".ipynb"), executed(script))
            sys.stdout.write(f"{script.with_suffix('.ipynb').name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
