# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: every request of a client, with what it meant and what it did."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

LENGTH = 250_000


@dataclass(slots=True)
class Entry:
    """One request. `path` is raw, `status` is None when nothing was answered, `effect` is None for reads."""

    n: int
    at: float
    plane: str
    method: str
    path: str
    query: str
    status: int | None
    meaning: str
    mutating: bool
    effect: bool | None
    auth: str
    headers: tuple[str, ...]


class Journal:
    """The last LENGTH requests, oldest first; `n` counts on, so a gap would show."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=LENGTH)
        self._count = 0
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def open(self, headers: list[tuple[bytes, bytes]], **fields: Any) -> Entry:
        """Start an entry when the request arrives. Header names are kept, values never."""
        self._count += 1
        names = tuple(name.decode("latin-1") for name, value in headers)
        names = self._names.setdefault(names, names)
        entry = Entry(n=self._count, headers=names, status=None, effect=None, auth="none", **fields)
        self.entries.append(entry)
        return entry

    def read(self, mutating: bool | None) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self.entries if mutating is None or entry.mutating == mutating]

    def clear(self) -> None:
        self.entries.clear()
        self._count = 0
