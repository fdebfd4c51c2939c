# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the tables of variables into the README of each role, from its argument specs.

Run ``python tests/tools/role_readmes.py``. It needs PyYAML, which is a dependency of ansible-core.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
BEGIN, END = "<!-- the tables: make them with tests/tools/role_readmes.py -->\n", "<!-- end of the tables -->\n"


def describe(option: dict[str, Any]) -> str:
    """Return the description of an option as one line of Markdown."""
    description = option["description"]
    text = description if isinstance(description, str) else " ".join(description)
    if "choices" in option:
        text += f" One of {', '.join(f'`{choice}`' for choice in option['choices'])}."
    # Replace Ansible's markup for options, values, code and plugins. Keep only the last part of an option's path.
    text = re.sub(r"\bO\((?:[\w.]+#module:)?(?:[\w\[\]]+\.)?(\w+)\)", r"`\1`", text)
    text = re.sub(r"\bM\(([\w.]+)\)", r"`\1`", text)
    return re.sub(r"\b[VC]\(([^)]*)\)", r"`\1`", text).replace("|", r"\|")


def tables(options: dict[str, Any], title: str = "") -> Iterator[str]:
    """Yield a table of the options, then a table for each option that has suboptions.

    :param title: Path of the option to which the options belong; empty for the variables of the role.
    """
    if title:
        yield f"\n### {title}\n"
    yield f"\n| {'option' if title else 'variable'} | type | default | |\n|---|---|---|---|\n"
    for name, option in options.items():
        kind = f"list of {option['elements']}" if "elements" in option else option["type"]
        default = f"`{json.dumps(option['default'])}`" if "default" in option else ""
        if option.get("required"):
            default = "required"
        yield f"| `{name}` | {kind} | {default} | {describe(option)} |\n"
    for name, option in options.items():
        if "options" in option:
            yield from tables(option["options"], f"{title} `{name}`".strip().replace("` `", "[]."))


def readme(role: Path) -> str:
    """Return the README of a role with current tables."""
    spec = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]
    before, rest = (role / "README.md").read_text(encoding="utf-8").split(BEGIN)
    return f"{before}{BEGIN}{''.join(tables(spec['options']))}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    for folder in ROLES.iterdir():
        (folder / "README.md").write_text(readme(folder), encoding="utf-8")
