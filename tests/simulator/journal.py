# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of all requests that clients sent."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

LENGTH = 250_000


@dataclass(slots=True)
class JournalEntry:
    """One request.

    * ``path``: the raw path, as it was sent
    * ``meaning``: the name of the operation (:class:`routing.Operation`)
    * ``status``: the HTTP status of the response; None if there was no response
    * ``effect``: whether a mutating call changed the lifecycle of a job; None for other calls
    * ``auth``: ``token``, ``signature`` or ``none``
    * ``headers``: the names of the headers; their values are never kept
    """

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
    """The last ``LENGTH`` requests, oldest first, numbered from 1 without gaps."""

    def __init__(self) -> None:
        self.entries: deque[JournalEntry] = deque(maxlen=LENGTH)
        self._count = 0
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def open(self, headers: list[tuple[bytes, bytes]], **fields: Any) -> JournalEntry:
        """Add an entry for a request that has just arrived.

        :param headers: Names and values; only the names are kept.
        """
        self._count += 1
        names = tuple(name.decode("latin-1") for name, value in headers)
        names = self._names.setdefault(names, names)
        entry = JournalEntry(n=self._count, headers=names, status=None, effect=None, auth="none", **fields)
        self.entries.append(entry)
        return entry

    def read(self, mutating: bool | None) -> list[dict[str, Any]]:
        """Return the entries; only mutating or only other calls if ``mutating`` is not None."""
        return [asdict(entry) for entry in self.entries if mutating is None or entry.mutating == mutating]

    def clear(self) -> None:
        """Remove all entries and restart the numbering."""
        self.entries.clear()
        self._count = 0
