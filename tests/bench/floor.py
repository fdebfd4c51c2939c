# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: nothing but the calls that stop the jobs, from threads. Prints the seconds that they took.

Reads its task from standard input, a JSON object: ids, jobs_url, token, width.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests


def stop_all(ids: list[str], jobs_url: str, token: str, width: int, **rest: Any) -> float:
    """Stop the jobs, so many at once; give the seconds."""
    with requests.Session() as session, ThreadPoolExecutor(width) as pool:
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=width))
        session.headers["X-Auth-Token"] = token

        def stop(id: str) -> None:
            session.delete(f"{jobs_url}/{id}", timeout=30).raise_for_status()

        began = time.perf_counter()
        list(pool.map(stop, ids))
        return time.perf_counter() - began


if __name__ == "__main__":
    print(stop_all(**json.load(sys.stdin)))
