# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Aligned text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

from .._redaction import printable

Line = Union[str, Sequence[Any]]  # text as it is, or the cells of a row
_CELL_LENGTH = 200  # characters


def format_table(lines: Sequence[Line]) -> list[str]:
    """Return rows with aligned columns, and the text between them."""
    plain = [line if isinstance(line, str) else [one_line(cell) for cell in line] for line in lines]
    rows = [line for line in plain if not isinstance(line, str)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [line if isinstance(line, str) else _align(line, widths) for line in plain]


def one_line(value: Any) -> str:
    """Return a value on one line, empty for None."""
    return "" if value is None else printable(str(value), _CELL_LENGTH).strip()


def count(number: int, noun: str) -> str:
    """Return a number with a noun in the right form, such as ``2 jobs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _align(row: Sequence[str], widths: Sequence[int]) -> str:
    return ("    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths))).rstrip()
