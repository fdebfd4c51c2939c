# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what a module returns with its RETURN documentation."""

from __future__ import annotations

import ast
import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = {"str": str, "bool": bool, "int": int, "list": list, "dict": dict}


def return_documentation(module):
    """Return the parsed RETURN documentation of a module."""
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text())
    assigned = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
    return yaml.safe_load(assigned["RETURN"].value)


def assert_matches_documentation(value, documentation, path):
    """Check that every key is documented, that no key is missing that is always returned, and that the types match.

    :param path: name of the value in the messages of failed assertions.
    """
    assert set(value) <= set(documentation), f"{path} has undocumented keys"
    for key, facts in documentation.items():
        if key not in value:
            assert facts["returned"] != "always", f"{path}.{key} should always be returned"
            continue
        assert value[key] is None or isinstance(value[key], TYPES[facts["type"]]), (
            f"{path}.{key} is not of type {facts['type']}"
        )
        if facts.get("contains"):
            for item in value[key] if facts["type"] == "list" else [value[key]]:
                assert_matches_documentation(item, facts["contains"], f"{path}.{key}")
