# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor of the benchmark: only the calls that stop the jobs, from several threads.

The script reads a JSON object with ``ids``, ``jobs_url``, ``token`` and ``concurrency`` from standard input, and prints
the seconds that the calls took.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests


def stop_all(ids: list[str], jobs_url: str, token: str, concurrency: int, **rest: Any) -> float:
    """Stop the jobs and return the seconds that it took.

    :param concurrency: Number of threads.
    :param rest: Further keys of the task, which are ignored.
    """
    with requests.Session() as session, ThreadPoolExecutor(concurrency) as pool:
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=concurrency))
        session.headers["X-Auth-Token"] = token

        def stop(job_id: str) -> None:
            session.delete(f"{jobs_url}/{job_id}", timeout=30).raise_for_status()

        started = time.perf_counter()
        list(pool.map(stop, ids))
        return time.perf_counter() - started


if __name__ == "__main__":
    print(stop_all(**json.load(sys.stdin)))
