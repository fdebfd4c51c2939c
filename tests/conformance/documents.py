# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls and records that the documents print, with the project ids of the documents (docs/api)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def _load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


# Requests with their responses.
CALLS: list[dict[str, Any]] = _load("documented_calls.json")["calls"]
# Further records.
RECORDS: dict[str, Any] = _load("documented_records.json")
