# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layout of the code: imports without cycles, private files marked as such, and short functions."""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Union

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.dataops.huaweicloud."
NOTE = "# Private to this collection: do not import this file from other code."
# Sanity tests require that these files are empty.
PACKAGE = "__init__.py"
MAX_LINES = 40
Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def python_files(folder: str) -> list[pathlib.Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def relative(file: pathlib.Path) -> str:
    return file.relative_to(ROOT).as_posix()


def module_name(file: pathlib.Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if file.name == PACKAGE else parts)


def imported_names(file: pathlib.Path) -> Iterator[str]:
    """Yield the names that a file imports at any level, relative to the root of the collection."""
    parents = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix(COLLECTION) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = [node.module] if node.module else []
            if node.level:
                origin = [*parents[: len(parents) + 1 - node.level], *origin]
            yield from (".".join([*origin, alias.name]).removeprefix(COLLECTION) for alias in node.names)


def imports(files: list[pathlib.Path]) -> dict[str, set[str]]:
    """Return the modules that each module imports. Of ``module.attribute``, keep the module."""
    modules = {module_name(file): file for file in files}
    graph = {}
    for module, file in modules.items():
        graph[module] = set()
        for name in imported_names(file):
            while name and name not in modules:
                name = name.rpartition(".")[0]
            if name and name != module:
                graph[module].add(name)
    return graph


def functions(file: pathlib.Path) -> Iterator[tuple[Function, str]]:
    """Yield the functions of a file, each with its source from ``def`` up to the body."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node, "\n".join(lines[node.lineno - 1 : node.body[0].lineno - 1])


def length(function: Function) -> int:
    """Return the number of lines from ``def`` to the end, without the docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - (docstring.end_lineno - docstring.lineno + 1)


def test_imports_form_no_cycle():
    graph = imports(python_files("plugins"))
    assert any(graph.values()), "no import was found"
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib lists each module before one that imports it.
        pytest.fail(f"Import cycle: {' imports '.join(reversed(error.args[1]))}")


@pytest.mark.parametrize("folder", ["plugins/module_utils", "plugins/plugin_utils"])
def test_private_files_carry_the_note(folder):
    files = [file for file in python_files(folder) if file.name != PACKAGE]
    assert files
    unmarked = [relative(file) for file in files if NOTE not in file.read_text(encoding="utf-8").splitlines()[:8]]
    assert not unmarked, "\n".join([f"These files lack the line '{NOTE}' at the top:", *unmarked])


@pytest.mark.parametrize("folder", ["plugins", "tests"])
def test_functions_are_short(folder):
    long = [
        f"{relative(file)}:{function.lineno} {function.name} has {length(function)} lines"
        for file in python_files(folder)
        for function, head in functions(file)
        if length(function) > MAX_LINES and "# long: " not in head
    ]
    assert not long, "\n".join([f"Split what is longer than {MAX_LINES} lines, or add '# long: reason' to def:", *long])
