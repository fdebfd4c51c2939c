# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the collection with a loop of the uri module, the bare stop calls, and a minimal module (``make bench``).

All runs use a simulator whose requests take 30 ms. The results are printed and written to docs. With ``--quick``, the
benchmark has fewer jobs and runs, only to check that it works, and writes to tests/output/bench. It fails only if a run
did not stop the jobs, never because of a time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from tests.demo import install_collection
from tests.simulator.running import ROOT, Simulator

from .benchmark import CONCURRENCY, LATENCY, PAGE_SIZE, Benchmark, BenchmarkError, Run, median_run
from .import_times import measure_imports
from .profiling import profile, seconds_by_owner
from .report import write

SIZES = (1, 20, 100, 1000, 10000)  # jobs in a task
QUICK_SIZES = SIZES[:3]
LOOPED_JOBS = 10  # jobs in a loop
LARGE = 10000  # jobs from which on there is only one run, without a warm-up


def run_in_rounds(rounds: int, *functions: Callable[[], Run]) -> list[Run]:
    """Return the median run of each function.

    The functions take turns in each round. If there is more than one round, a warm-up round comes first.
    """
    runs = [[function() for function in functions] for _round in range(1 + rounds if rounds > 1 else 1)]
    return [median_run(list(runs_of_function)) for runs_of_function in zip(*runs[-rounds:])]


def measure_size(benchmark: Benchmark, jobs: int, rounds: int) -> dict[str, Any]:
    """Return the figures of one task with a number of jobs."""
    once = rounds == 1
    recorded = benchmark.record_result(jobs)
    module, floor, empty, minimal = run_in_rounds(
        rounds,
        lambda: benchmark.run_playbook("module", jobs, record_usage=once),
        lambda: benchmark.run_stop_calls(jobs),
        lambda: benchmark.run_playbook("empty", 0),
        lambda: benchmark.run_playbook("minimal", 0, record_usage=once, **recorded),
    )
    if not once:  # a run that records its usage takes longer, so its time does not count
        module.usage = benchmark.run_playbook("module", jobs, record_usage=True).usage
        minimal.usage = benchmark.run_playbook("minimal", 0, record_usage=True, **recorded).usage
    requests = module.requests
    stops, lists, singles = (requests[f"dli.sql.{call}"] for call in ("cancel", "list", "status"))
    return {
        "jobs": jobs,
        "play_seconds": module.seconds,
        "floor_calls_seconds": floor.seconds,
        "empty_play_seconds": empty.seconds,
        "minimal_play_seconds": minimal.seconds,
        "requests": {
            "all": requests.total(),
            "stops": stops,
            "list_reads": lists,
            "single_reads": singles,
            "polls": sum(count for operation, count in requests.items() if operation.endswith("(poll)")),
        },
        "peak_memory_kib": module.usage[0][1],
        "minimal_peak_memory_kib": minimal.usage[0][1],
    }


def measure_startup(benchmark: Benchmark, rounds: int) -> dict[str, float]:
    """Return the processor seconds of one process of each module.

    The module of the collection and ``uri`` send one request each, the minimal module none.
    """
    file = benchmark.record_result(1)["result_file"]
    runs = [
        benchmark.run_playbook("startup", 0, record_usage=True, state="finished", result_file=file).usage
        for _round in range(rounds)
    ]
    names = ("module", "uri", "minimal")
    if any(len(usage) != len(names) for usage in runs):
        raise BenchmarkError("The playbook startup must run each module once.")
    return {name: median(usage[index][0] for usage in runs) for index, name in enumerate(names)}


def measure(benchmark: Benchmark, quick: bool) -> dict[str, Any]:
    """Return all figures."""
    rounds = 1 if quick else 3
    show_progress("loops")
    empty, uri, loop = run_in_rounds(
        rounds,
        lambda: benchmark.run_playbook("empty", 0),
        lambda: benchmark.run_playbook("uri_loop", LOOPED_JOBS),
        lambda: benchmark.run_playbook("module_loop", LOOPED_JOBS),
    )
    figures: dict[str, Any] = {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "ansible_core": version("ansible-core"),
        },
        "latency_seconds": LATENCY,
        "concurrency": CONCURRENCY,
        "page": PAGE_SIZE,
        "looped_jobs": LOOPED_JOBS,
        "empty_play_seconds": empty.seconds,
        "uri_loop_seconds": uri.seconds,
        "module_loop_seconds": loop.seconds,
        "sizes": [],
    }
    for jobs in QUICK_SIZES if quick else SIZES:
        show_progress("one task with 1 job" if jobs == 1 else f"one task with {jobs} jobs")
        figures["sizes"].append(measure_size(benchmark, jobs, 1 if jobs >= LARGE else rounds))
    show_progress("startup of the modules")
    figures["startup_cpu_seconds"] = measure_startup(benchmark, 3 if quick else 9)
    show_progress("profile")
    figures["profiled_jobs"] = profiled = figures["sizes"][-1 if quick else -2]["jobs"]
    with multiprocessing.get_context("spawn").Pool(1) as process:  # profiling changes its process
        figures["profile_seconds"] = process.apply(seconds_by_owner, (profiled,))
    show_progress("imports")
    figures["import_milliseconds"] = measure_imports(3 if quick else 7)
    return figures


def show_progress(part: str) -> None:
    """Print which part is measured."""
    print(f"Measuring: {part}", file=sys.stderr, flush=True)


def main() -> int:
    """Run the benchmark, or print a profile. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only check that the benchmark works")
    parser.add_argument("--profile", type=int, metavar="JOBS", help="print a profile of the module with so many jobs")
    chosen = parser.parse_args()
    if chosen.profile:
        profiled = profile(chosen.profile).strip_dirs()
        for order in ("cumulative", "tottime"):
            profiled.sort_stats(order).print_stats(25)
        return 0
    install_collection()
    with Simulator.start("--latency", str(LATENCY)) as simulator, tempfile.TemporaryDirectory() as home:
        try:
            figures = measure(Benchmark(simulator, Path(home)), chosen.quick)
        except BenchmarkError as error:
            print(error, file=sys.stderr)
            return 1
    write(figures, ROOT / "tests" / "output" / "bench" if chosen.quick else ROOT / "docs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
