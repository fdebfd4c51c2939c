# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the tables of variables into the README of each role, out of its argument specs.

python tests/tools/role_readmes.py    It needs PyYAML, which ansible-core brings.
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


def described(option: dict[str, Any]) -> str:
    """An option's description in Markdown, on one line."""
    description = option["description"]
    text = description if isinstance(description, str) else " ".join(description)
    if "choices" in option:
        text += f" One of {', '.join(f'`{choice}`' for choice in option['choices'])}."
    # Ansible's marks for options, values, code and plugins; of what stands in another table, the last name will do
    text = re.sub(r"\bO\((?:[\w\[\]]+\.)?(\w+)\)", r"`\1`", text)
    text = re.sub(r"\bP\(([\w.]+)#\w+\)", r"`\1`", text)
    return re.sub(r"\b[VC]\(([^)]*)\)", r"`\1`", text).replace("|", r"\|")


def tables(options: dict[str, Any], title: str = "") -> Iterator[str]:
    """A table of options, and one for each of them that has options of its own."""
    if title:
        yield f"\n### {title}\n"
    yield f"\n| {'option' if title else 'variable'} | type | default | |\n|---|---|---|---|\n"
    for name, option in options.items():
        kind = f"list of {option['elements']}" if "elements" in option else option["type"]
        default = f"`{json.dumps(option['default'])}`" if "default" in option else ""
        if option.get("required"):
            default = "required"
        yield f"| `{name}` | {kind} | {default} | {described(option)} |\n"
    for name, option in options.items():
        if "options" in option:
            yield from tables(option["options"], f"{title} `{name}`".strip().replace("` `", "[]."))


def readme(role: Path) -> str:
    """The README of a role as it should be."""
    spec = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]
    before, rest = (role / "README.md").read_text(encoding="utf-8").split(BEGIN)
    return f"{before}{BEGIN}{''.join(tables(spec['options']))}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    for each in ROLES.iterdir():
        (each / "README.md").write_text(readme(each), encoding="utf-8")
