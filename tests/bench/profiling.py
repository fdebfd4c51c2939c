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


def profile(jobs: int) -> None:
    """Stop so many jobs without latency, all in one thread, and print what that cost."""
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
    print(f"The module's result has {len(printed.getvalue())} characters.")
    for order in ("cumulative", "tottime"):
        pstats.Stats(profiler).strip_dirs().sort_stats(order).print_stats(25)
