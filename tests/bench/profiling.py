# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile of a module's main(), in this process."""

from __future__ import annotations

import concurrent.futures
import contextlib
import cProfile
import importlib
import io
import os
import pstats
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from tests.demo import COLLECTIONS, clean_environment, install_collection, settings
from tests.simulator.running import Simulator

from .imports import PLUGINS
from .running import WIDTH


class AtOnce(Executor):
    """Does all work in the thread that asks for it: cProfile sees one thread only."""

    def __init__(self, *args: Any, **how: Any) -> None:
        pass

    def submit(self, work: Callable[..., Any], /, *args: Any, **how: Any) -> Future[Any]:
        """Do it now."""
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **how))
        except BaseException as error:
            future.set_exception(error)
        return future


# Whose code a file is, by a part of its path; all other code is Python's own.
OWNERS = {
    "/dataops/huaweicloud/": "this collection",
    "/site-packages/ansible/": "Ansible",
    "/site-packages/requests/": "requests",
    "/site-packages/urllib3/": "urllib3",
}


def shares(jobs: int) -> dict[str, float]:
    """The seconds that the profiled code of each owner takes when so many jobs are stopped, without what it calls."""
    taken = dict.fromkeys([*OWNERS.values(), "Python"], 0.0)
    for (file, _line, _name), (_calls, _all_calls, seconds, *_more) in profile(jobs).stats.items():  # type: ignore[attr-defined]  # typeshed lacks it
        taken[next((owner for part, owner in OWNERS.items() if part in file), "Python")] += seconds
    return taken


def profile(jobs: int) -> pstats.Stats:
    """What it cost to stop so many jobs without latency, all in one thread. Changes this process for good."""
    install_collection()
    sys.path.insert(0, str(COLLECTIONS))
    concurrent.futures.ThreadPoolExecutor = AtOnce  # type: ignore[assignment,misc]  # before the module imports it
    from ansible.module_utils.testing import patch_module_args

    module = importlib.import_module(f"{PLUGINS}.modules.dli_job")
    profiler, printed = cProfile.Profile(), io.StringIO()
    with Simulator.start() as simulator:
        environment = {**clean_environment(), **settings(simulator.ready)}
        os.environ.clear()
        os.environ.update(environment)
        ids = [job["id"] for job in simulator.seed("dli_sql", count=jobs)]
        told, quiet = patch_module_args({"job_ids": ids, "concurrency": WIDTH}), contextlib.redirect_stdout(printed)
        with told, quiet, profiler, contextlib.suppress(SystemExit):
            module.main()
    return pstats.Stats(profiler)
