"""Documentation that says what the code does: numpydoc's checks on every public name.

numpydoc is asked about the living objects, so that the fields of a dataclass or of a group of
settings count as its parameters. How much must be there depends on how public a name is:

- a function that :mod:`competency` itself exports has full sections;
- a function or method that a package exports names each parameter, in a section or in the text;
- everywhere else there is a docstring, and a section that is there is complete and true.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from numpydoc.validate import validate

import competency

ROOT = Path(__file__).resolve().parents[2]
SECTION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "numpydoc_validation"
]
CHECKS = set(SECTION["checks"]) - {"PR01", "PR02", "RT01", "YD01"}
"""Checks taken as they are; the four left out are asked below, by how public a name is."""
EXCLUDED = re.compile("|".join(SECTION["exclude"]))


def modules() -> list[str]:
    found = pkgutil.walk_packages(competency.__path__, "competency.")
    return sorted(m.name for m in found if "._" not in m.name)


def public_names() -> Iterator[tuple[str, Any]]:
    """Every public class, function, method and property, where it is defined."""
    for module_name in modules():
        for name, value in vars(importlib.import_module(module_name)).items():
            if name.startswith("_") or getattr(value, "__module__", None) != module_name:
                continue
            if inspect.isclass(value) or inspect.isfunction(value):
                yield f"{module_name}.{name}", value
            if inspect.isclass(value):
                yield from methods_of(f"{module_name}.{name}", value)


def methods_of(prefix: str, owner: type) -> Iterator[tuple[str, Any]]:
    for name, member in vars(owner).items():
        plain = getattr(member, "__func__", None) or getattr(member, "func", None) or member
        plain = getattr(plain, "fget", None) or plain
        if not name.startswith("_") and inspect.isfunction(plain):
            yield f"{prefix}.{name}", plain


NAMES = [pair for pair in public_names() if not EXCLUDED.search(pair[0])]
EXPORTED = {
    f"{value.__module__}.{value.__qualname__}"
    for value in (getattr(competency, name) for name in competency.__all__)
    if inspect.isfunction(value)
}


def package_exports() -> set[str]:
    """Dotted names, where they are defined, of what the packages export."""
    names = set()
    for module_name in modules():
        module = importlib.import_module(module_name)
        for value in (getattr(module, name) for name in getattr(module, "__all__", ())):
            if inspect.isclass(value) or inspect.isfunction(value):
                names.add(f"{value.__module__}.{value.__qualname__}")
    return names | EXPORTED


OF_A_PACKAGE = package_exports()


def parameters_of(value: Any) -> set[str]:
    if hasattr(value, "model_fields"):
        return set(value.model_fields)
    try:
        return set(inspect.signature(value).parameters) - {"self", "cls"}
    except ValueError:  # a class that is made as its built-in base is
        return set()


def test_there_are_names_to_check() -> None:
    assert len(NAMES) > 50
    assert len(EXPORTED) > 10
    assert len(OF_A_PACKAGE) > len(EXPORTED)


@pytest.mark.parametrize(("name", "value"), NAMES, ids=[name for name, _ in NAMES])
def test_documentation_is_true(name: str, value: Any) -> None:
    document = validate(name)
    problems = [f"{code} {text}" for code, text in document["errors"] if code in CHECKS]
    written = sections_of(document["docstring"])
    documented = written.get("Parameters", set())
    known = parameters_of(value)
    if unknown := documented - known - {"..."}:
        problems.append(f"PR02 no such parameters: {sorted(unknown)}")
    public = name in OF_A_PACKAGE or name.rpartition(".")[0] in OF_A_PACKAGE
    if not inspect.isclass(value) and "..." not in documented and (public or documented):
        named = documented or set(re.findall(r"`(\w+)`", document["docstring"]))
        if missing := known - named:
            problems.append(f"PR01 parameters not named: {sorted(missing)}")
    if name in EXPORTED:
        problems += missing_sections(value, written)
    assert problems == []


def sections_of(docstring: str) -> dict[str, set[str]]:
    """Names documented under each heading of a docstring."""
    lines = inspect.cleandoc(docstring).split("\n")
    starts = [i for i, line in enumerate(lines) if i and re.fullmatch(r"-{3,}", line)]
    ends = [start - 1 for start in starts[1:]] + [len(lines)]
    found = {}
    for start, end in zip(starts, ends, strict=False):
        rows = [line.split(" : ")[0] for line in lines[start + 1 : end] if re.match(r"\S", line)]
        names = {part.strip().lstrip("*") for row in rows for part in row.split(",")}
        found[lines[start - 1]] = names
    return found


def missing_sections(value: Any, written: dict[str, set[str]]) -> list[str]:
    problems = []
    if parameters_of(value) and "Parameters" not in written:
        problems.append("PR01 no section Parameters")
    returns = inspect.signature(value).return_annotation not in {None, "None"}
    if returns and not {"Returns", "Yields"} & set(written):
        problems.append("RT01 no section Returns")
    return problems


def test_sections_are_read_as_written() -> None:
    text = """What you get.

    Parameters
    ----------
    one, two : int
        Both.
    *rest : str

    Returns
    -------
    int
    """
    assert sections_of("What you get.") == {}
    assert sections_of(text) == {"Parameters": {"one", "two", "rest"}, "Returns": {"int"}}
