"""The one door: every public name resolves, is documented, and is known to type checkers."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import competency


def stub_names():
    stub = Path(competency.__file__).with_suffix(".pyi")
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {a.name for node in imports if node.module != "typing" for a in node.names}


def test_the_stub_names_what_the_module_names():
    assert stub_names() == set(competency.__all__)


@pytest.mark.parametrize("name", competency.__all__)
def test_every_name_resolves_and_says_what_it_is(name):
    assert getattr(competency, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = competency.nonsense


def test_dir_lists_the_names():
    assert set(competency.__all__) <= set(dir(competency))


def test_every_public_function_has_an_executed_example():
    functions = {
        name for name in competency.__all__ if inspect.isfunction(getattr(competency, name))
    }
    bare = {name for name in functions if ">>>" not in (getattr(competency, name).__doc__ or "")}
    assert bare == set()
