"""Write the reference pages that are made from the code: tables, settings, Python names.

Run by ``make pages``; a test fails when a page no longer says what the code says.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from typer.main import get_command

import competency
from competency.config import (
    EvaluationConfig,
    EvidenceConfig,
    GapConfig,
    JobConfig,
    LearningConfig,
    LevelConfig,
    PlanningConfig,
    RankingConfig,
    ScaleMap,
    SourceConfig,
)  # fmt: skip
from competency.files import write_text
from competency.framework.model import TABLES, Row

HERE = Path(__file__).resolve().parent
MADE = "<!-- made by docs/_generate.py: change the code, then run `make pages` -->\n\n"


def pages() -> dict[str, str]:
    """Return the text of every generated page, by path below `docs/`."""
    return {
        "reference/tables.md": tables_page(),
        "reference/settings.md": settings_page(),
        "reference/python.md": names_page(),
        "reference/errors.md": errors_page(),
        "reference/command-line.md": commands_page(),
    }


# -------------------------------------------------------------------------------- the tables

REFERENCES = {
    "competency": "competencies", "requires_competency": "competencies", "parent": "competencies",
    "position": "positions", "next_position": "positions", "tier": "tiers", "scale": "levels",
    "training": "trainings", "requires_training": "trainings", "provider": "providers",
}  # fmt: skip
"""Column name to the table whose ids it holds."""


def tables_page() -> str:
    """Return the page of framework tables."""
    head = """# Framework tables

A framework is a folder of CSV files (UTF-8, comma, one header line), or one workbook with a
sheet for each table. The file stem, the sheet name and the field of `Framework` are the same
word. A table that a framework does not need may be left out, except for `framework`, `levels`
and `competencies`. A blank cell takes the default; a column without a default must be
filled. Every table also takes `source` (where the row comes from, free text) and `status`
(`regulation`, `practice` or `illustrative`).
"""
    return MADE + head + "".join(table_section(name, kind) for name, kind in TABLES.items())


def table_section(name: str, kind: type[Row]) -> str:
    """Return the section of one table."""
    rows = [
        (column, reference(name, column) or accepted, default, text)
        for column, accepted, default, text in field_rows(kind, skip=set(Row.model_fields))
    ]
    key = ", ".join(f"`{column}`" for column in kind.key)
    lead = f"{first_paragraph(kind)} Key: {key}."
    return section(name, lead, "column", rows)


def reference(table: str, column: str) -> str:
    """Return the words for a column that holds ids of another table, else nothing."""
    other = REFERENCES.get(column, "")
    if not other or (other == table and column != "parent"):
        return ""
    return f"id of [{other}](#{other})"


def section(title: str, lead: str, noun: str, rows: list[tuple[str, str, str, str]]) -> str:
    """Return a heading, a sentence and a table of fields."""
    told = any(text for *_, text in rows)
    head = ["", f"## {title}", "", lead, "", f"| {noun} | takes | default |", "|---|---|---|"]
    if told:
        head[-2:] = [f"| {noun} | takes | default | meaning |", "|---|---|---|---|"]
    for name, accepted, default, text in rows:
        head.append(f"| `{name}` | {accepted} | {default} |" + (f" {text} |" if told else ""))
    return "\n".join(head) + "\n"


# ------------------------------------------------------------------------------ the settings

STEPS: dict[str, type[BaseModel]] = {
    "evidence": EvidenceConfig,
    "evidence.scales.NAME": ScaleMap,
    "levels": LevelConfig,
    "levels.sources.NAME": SourceConfig,
    "gaps": GapConfig,
    "ranking": RankingConfig,
    "planning": PlanningConfig,
    "learning": LearningConfig,
}

IN_PYTHON: dict[str, type[BaseModel]] = {"evaluate_training": EvaluationConfig}
"""Settings that no job file holds, by the function that takes them as `config=`."""


def settings_page() -> str:
    """Return the page of settings."""
    head = """# Settings

A job file is TOML. Its top holds the inputs and the output; each step has a table of its own,
and what is left out has the default shown here. An unknown name is an error that shows the
nearest valid one. In Python the same groups are `competency.EvidenceConfig` and its siblings:
frozen, and checked when made.
"""
    own = {name for name in JobConfig.model_fields if name not in STEPS}
    parts = [settings_section("The top of the file", JobConfig, own)]
    for name, kind in STEPS.items():
        parts.append(settings_section(f"[{name}]", kind, set(kind.model_fields)))
    for name, kind in IN_PYTHON.items():
        title = f"`{name}(config=...)`"
        parts.append(settings_section(title, kind, set(kind.model_fields)))
    return MADE + head + "".join(parts)


def settings_section(title: str, kind: type[BaseModel], own: set[str]) -> str:
    """Return the section of one group of settings."""
    rows = list(field_rows(kind, skip=set(kind.model_fields) - own))
    heading = f"`{title}`" if title.startswith("[") else title
    return section(heading, first_paragraph(kind), "setting", rows)


# -------------------------------------------------------------------------- the Python names


def names_page() -> str:
    """Return the page of public names."""
    head = """# Python names

Everything below is a name of `competency` itself (`import competency as cp`, then `cp.NAME`)
and loads on first use. `help(cp.NAME)` shows the whole documentation.
"""
    homes: dict[str, list[str]] = {}
    for name in competency.__all__:
        homes.setdefault(competency._HOME[name], []).append(name)  # noqa: SLF001
    parts = []
    for home in dict.fromkeys(competency._HOMES):  # noqa: SLF001
        rows = [f"| `{name}` | {summary(getattr(competency, name))} |" for name in homes[home]]
        parts.append("\n".join([f"\n## {home}\n", "| name | what it is |", "|---|---|", *rows]))
    return MADE + head + "\n".join(parts) + "\n"


def summary(value: Any) -> str:
    """Return the first paragraph of a docstring in one line."""
    return first_paragraph(value).replace("|", "\\|")


# -------------------------------------------------------------------------- the command line

COMMANDS = """# Command line

`competency COMMAND --help` shows the same. Every command ends with 0 when all is well, 1 when
something should be mended, and 2 when an input stops the work
([why](../decisions/0010-exit-codes.md)). `demo` shows its findings and ends with 0.

```sh
competency demo                                            # see it work
competency check my-framework --evidence inputs            # what is wrong with the inputs
competency gaps my-framework inputs --as-of 2026-11-01 -o gaps.xlsx
competency run job.toml                                    # everything, into a run folder
```

Without `--output` a command prints a summary; with it, the whole table goes to a file, by its
ending: `.csv`, `.xlsx` or `.parquet`.
"""


def commands_page() -> str:
    """Return the page of commands."""
    from competency.cli.app import app

    group = get_command(app)
    commands = getattr(group, "commands", {})
    return MADE + COMMANDS + "".join(command_section(commands[name]) for name in commands)


def command_section(command: Any) -> str:
    """Return the section of one command."""
    shown = [parameter for parameter in command.params if parameter.name != "help"]
    asked = [parameter for parameter in shown if parameter.param_type_name == "argument"]
    usage = " ".join(usage_of(parameter) for parameter in asked)
    lines = ["", f"## {command.name}", "", f"{' '.join((command.help or '').split())}", ""]
    lines += ["```sh", f"competency {command.name} {usage}".rstrip(), "```"]
    if shown:
        lines += ["", "| option | default | meaning |", "|---|---|---|"]
    for parameter in shown:
        option = parameter.param_type_name == "option"
        name = ", ".join(parameter.opts) if option else usage_of(parameter)
        default = "must be given" if parameter.required else command_default(parameter.default)
        lines.append(f"| `{name}` | {default} | {getattr(parameter, 'help', None) or ''} |")
    return "\n".join(lines) + "\n"


def usage_of(parameter: Any) -> str:
    """Return how an argument is shown in a line of usage."""
    return str(parameter.name).upper()


def command_default(value: Any) -> str:
    """Return the default of an option as it would be typed."""
    return "none" if value in (None, "", ()) else f"`{value}`"


# ------------------------------------------------------------------------------- the errors

ERRORS = """# Errors and findings

Everything noticed in an input is a **finding**: a stable code, a sentence, the place (file, sheet,
row, id), the nearest valid names, and the next step. Its severity says what follows:

| severity | what follows | exit code of a command |
|---|---|---|
| error | the work stops, and all errors of the input are reported at once | 2 |
| warning | the work is done, and something should be mended; rejected rows count as warnings | 1 |
| note | worth knowing | 0 |

Findings that stop the work arrive as one exception with all of them in its `findings`. Every
exception that is raised on purpose is a `competency.CompetencyError`; anything else is a bug.

```python
import competency as cp

try:
    cp.load_framework("no-such-folder")
except cp.CompetencyError as error:
    print(error)
    assert isinstance(error, cp.InputError)
    assert error.findings[0].hint
```

Messages name rows, columns and ids of the framework. They never contain an officer's name, id or
score, because messages reach logs.
"""


def errors_page() -> str:
    """Return the page of exceptions and finding codes."""
    rows = [
        f"| `{value.__name__}` | `{value.__mro__[1].__name__}` | {summary(value)} |"
        for value in (getattr(competency, name) for name in competency.__all__)
        if inspect.isclass(value) and issubclass(value, Exception)
    ]
    tree = ["\n## Exceptions\n", "| name | is a | raised when |", "|---|---|---|", *rows]
    lead = "\nCodes of findings and of rejected rows, by the part of the library that says them.\n"
    codes = ["\n\n## Codes\n", lead, "| code | part | message |", "|---|---|---|"]
    codes += [f"| `{code}` | {part} | {text} |" for code, part, text in sorted(finding_codes())]
    return MADE + ERRORS + "\n".join(tree) + "\n".join(codes) + "\n"


def finding_codes() -> set[tuple[str, str, str]]:
    """Return code, part of the library and message of every finding in the source."""
    found: dict[tuple[str, str], str] = {}
    source = Path(competency.__file__).parent
    for path in sorted(source.rglob("*.py")):
        part = path.relative_to(source).parts[0].removesuffix(".py")
        for block in blocks_of(path):
            for call in ast.walk(block):
                if isinstance(call, ast.Call) and is_finding(call):
                    texts = assigned_texts(block, call.lineno)
                    code, message = (words_of(node, texts) for node in call.args[:2])
                    if set(code) - set(".-"):
                        found.setdefault((code, part), message)
    return {(code, part, text) for (code, part), text in found.items()}


def blocks_of(path: Path) -> list[ast.AST]:
    """Return the functions of a module, and then the module itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [*(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)), tree]


def is_finding(call: ast.Call) -> bool:
    """Return whether a call makes a finding or the fault of a cell."""
    named = isinstance(call.func, ast.Name) and call.func.id in {"Finding", "Fault"}
    return named and len(call.args) > 1


def assigned_texts(block: ast.AST, line: int) -> dict[str, ast.expr]:
    """Return the expressions that names stand for in a line of a function."""
    assigned = [
        (node.lineno, node.targets[0].id, node.value)
        for node in ast.walk(block)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    assigned.sort(key=lambda item: item[0])
    return {name: value for number, name, value in assigned if number < line}


def words_of(node: ast.expr, texts: Mapping[str, ast.expr]) -> str:
    """Return a text in the source, with dots where a value is put in."""
    if isinstance(node, ast.Constant):
        return str(node.value).replace("|", "\\|")
    if isinstance(node, ast.JoinedStr):
        return re.sub(r"\.{4,}", "...", "".join(words_of(part, {}) for part in node.values))
    if isinstance(node, ast.Name) and node.id in texts:
        return words_of(texts[node.id], {})
    return "..."


# ------------------------------------------------------------------------------ their fields


def field_rows(kind: type[Any], *, skip: set[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, accepted values, default and meaning of each field."""
    schema = kind.model_json_schema()
    texts = {**parameter_texts(kind), **attribute_texts(kind)}
    required = set(schema.get("required", ()))
    for name, field in schema["properties"].items():
        if name in skip:
            continue
        default = "must be filled" if name in required else shown(kind, name)
        yield name, takes(field, schema.get("$defs", {})), default, texts.get(name, "")


def shown(kind: type[Any], name: str) -> str:
    """Return the default of a field as it would be written."""
    value = kind.model_fields[name].get_default(call_default_factory=True)
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    if isinstance(value, Mapping):
        nested = any(isinstance(item, BaseModel) for item in value.values())
        return ", ".join(f"`{key}`" if nested else f"`{key} = {v}`" for key, v in value.items())
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def takes(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Return in words what a field of a JSON schema accepts."""
    if "$ref" in field:
        return takes(definitions[field["$ref"].rsplit("/", 1)[-1]], definitions)
    if "anyOf" in field:
        words = [takes(part, definitions) for part in field["anyOf"] if part != {"type": "null"}]
        return " or ".join(dict.fromkeys(words))
    if "enum" in field or "const" in field:
        options = field.get("enum", [field.get("const")])
        words = [
            "tab" if option == "\t" else str(option).replace("|", "\\|")
            for option in options
            if option
        ]
        return ", ".join(f"`{word}`" for word in words)
    return simple(field, definitions)


def simple(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Return in words what a field of one plain type accepts."""
    kind = field.get("type")
    if kind in ("integer", "number"):
        return f"{'whole number' if kind == 'integer' else 'number'}{limits(field)}"
    if kind == "string":
        return {"date": "date, `2026-11-01`", "path": "path"}.get(field.get("format", ""), "text")
    if kind == "array":
        return f"list of {takes(field.get('items', {'type': 'string'}), definitions)}"
    if kind == "object":
        inner = field.get("additionalProperties")
        return f"table of {takes(inner, definitions)}" if inner else "table"
    return "`true` or `false`" if kind == "boolean" else "text"


def limits(field: dict[str, Any]) -> str:
    """Return the legal range of a number."""
    signs = {
        "minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<",
    }  # fmt: skip
    words = [f"{sign} {field[name]:g}" for name, sign in signs.items() if name in field]
    return f" {' and '.join(words)}" if words else ""


def first_paragraph(value: Any) -> str:
    """Return the first paragraph of the documentation of `value`, in one line."""
    return " ".join((inspect.getdoc(value) or "").split("\n\n")[0].split())


def parameter_texts(kind: type[Any]) -> dict[str, str]:
    """Return the meaning of each parameter from the docstring of a class."""
    parts = re.split(r"Parameters\n-+\n", inspect.getdoc(kind) or "")
    body = re.split(r"\n\n", parts[1])[0] if len(parts) > 1 else ""
    texts: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", body):
        names, _, rest = entry.partition(" : ")
        text = " ".join(rest.split("\n", 1)[1].split()) if "\n" in rest else ""
        texts |= {name.strip(): text for name in names.split(",")}
    return texts


def attribute_texts(kind: type[Any]) -> dict[str, str]:
    """Return the text that stands under a field in the source of a class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    texts: dict[str, str] = {}
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for field, after in itertools.pairwise(statements):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            texts[field.target.id] = " ".join(str(after.value.value).split())
    return texts


if __name__ == "__main__":
    for path, text in pages().items():
        write_text(HERE / path, text)
