# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a module returns is what its documentation says."""

from __future__ import annotations

import ast
import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = {"str": str, "bool": bool, "int": int, "list": list, "dict": dict}


def documented(module):
    """The RETURN documentation of a module."""
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text())
    assigned = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
    return yaml.safe_load(assigned["RETURN"].value)


def assert_as_documented(value, documentation, where):
    """Every key that comes back is documented, every key that is always returned comes, and the types hold."""
    assert set(value) <= set(documentation), f"{where} returns what is not documented"
    for key, facts in documentation.items():
        if key not in value:
            assert facts["returned"] != "always", f"{where}.{key} should always be returned"
            continue
        assert value[key] is None or isinstance(value[key], TYPES[facts["type"]]), (
            f"{where}.{key} is no {facts['type']}"
        )
        if facts.get("contains"):
            for item in value[key] if facts["type"] == "list" else [value[key]]:
                assert_as_documented(item, facts["contains"], f"{where}.{key}")
