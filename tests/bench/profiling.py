# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile of the ``main`` function of a module in this process."""

from __future__ import annotations

import contextlib
import cProfile
import importlib
import io
import os
import pstats
import sys

from tests.demo import COLLECTIONS, clean_environment, install_collection, settings
from tests.simulator.running import Simulator

from .benchmark import CONCURRENCY
from .import_times import PLUGINS

# The owner of a source file, by a part of its path. All other files belong to Python.
OWNERS = {
    "/dataops/huaweicloud/": "this collection",
    "/site-packages/ansible/": "Ansible",
    "/site-packages/requests/": "requests",
    "/site-packages/urllib3/": "urllib3",
}


def seconds_by_owner(jobs: int) -> dict[str, float]:
    """Return the seconds that the code of each owner takes to stop a number of jobs, without the functions it calls."""
    seconds = dict.fromkeys([*OWNERS.values(), "Python"], 0.0)
    for (file, _line, _name), (_calls, _all_calls, own, *_more) in profile(jobs).stats.items():  # type: ignore[attr-defined]  # typeshed lacks it
        seconds[next((owner for part, owner in OWNERS.items() if part in file), "Python")] += own
    return seconds


def profile(jobs: int) -> pstats.Stats:
    """Profile a module that stops a number of jobs in one thread, without latency.

    The call changes the environment, the search path and the threads of the module.
    """
    install_collection()
    sys.path.insert(0, str(COLLECTIONS))
    from ansible.module_utils.testing import patch_module_args

    module = importlib.import_module(f"{PLUGINS}.modules.dli_job")
    workers = importlib.import_module(f"{PLUGINS}.module_utils._workers")
    # the work of a task runs in the calling thread, because cProfile covers only one thread
    workers.WorkerPool.map = lambda _pool, work, items: map(work, items)
    profiler, output = cProfile.Profile(), io.StringIO()
    with Simulator.start() as simulator:
        environment = {**clean_environment(), **settings(simulator.ready)}
        os.environ.clear()
        os.environ.update(environment)
        ids = [job["id"] for job in simulator.seed("dli_sql", count=jobs)]
        arguments = patch_module_args({"job_ids": ids, "concurrency": CONCURRENCY})
        with arguments, contextlib.redirect_stdout(output), profiler, contextlib.suppress(SystemExit):
            module.main()
    return pstats.Stats(profiler)
