# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""What the texts of the roles have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Union

# Line ends, what a terminal obeys, and what changes the direction of a text.
_ODD = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")
Line = Union[str, Sequence[Any]]  # a text as it is, or the cells of a row


def plain(value: Any) -> str:
    """Return a value on one line, empty if there is none."""
    return _ODD.sub(" ", str(value)).strip() if value else ""


def count(number: int, thing: str) -> str:
    """Return a number of things in words."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def table(lines: Sequence[Line]) -> list[str]:
    """Rows below each other, for a terminal, with the texts between them."""
    plains = [line if isinstance(line, str) else [plain(cell) for cell in line] for line in lines]
    rows = [line for line in plains if not isinstance(line, str)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [line if isinstance(line, str) else _laid_out(line, widths) for line in plains]


def _laid_out(row: list[str], widths: list[int]) -> str:
    return ("    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths))).rstrip()
