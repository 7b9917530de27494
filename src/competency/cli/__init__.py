"""The command line: each command is a few lines over the library.

Exit codes: 2 when an input stops the work, 1 when there are findings, 0 otherwise.
"""

from competency.cli.app import main

__all__ = ["main"]
