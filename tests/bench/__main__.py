# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the collection against what it replaces, and against the least that it could take: this is C{make bench}.

All runs are made side by side, on a simulator whose requests take 30 ms. What comes out is printed and written to docs.
With C{--quick} there are fewer jobs and runs, to see that the bench works, and the files go to tests/output/bench.
It reports times and judges none: it fails only where jobs were not stopped as they should have been.
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

from .imports import import_times
from .profiling import profile, shares
from .report import write
from .running import LATENCY, PAGE, WIDTH, Bench, Broken, Ran, typical

SIZES = (1, 20, 100, 1000, 10000)  # jobs in a task
QUICK_SIZES = SIZES[:3]
LOOPED = 10  # jobs in a loop
LARGE = 10000  # so many jobs are run once, without a run to warm up


def in_turns(runs: int, *works: Callable[[], Ran]) -> list[Ran]:
    """The typical run of each of these works. They are done in turns, where more than once, then once before."""
    rounds = [[work() for work in works] for turn in range(1 + runs if runs > 1 else 1)]
    return [typical(list(column)) for column in zip(*rounds[-runs:])]


def measure_size(bench: Bench, jobs: int, runs: int) -> dict[str, Any]:
    """One task with so many jobs, and its floor."""
    once = runs == 1
    kept = bench.keep(jobs)
    module, floor, empty, least = in_turns(
        runs,
        lambda: bench.play("module", jobs, measured=once),
        lambda: bench.floor(jobs),
        lambda: bench.play("empty", 0),
        lambda: bench.play("least", 0, measured=once, **kept),
    )
    if not once:  # what is measured takes longer
        module.usage = bench.play("module", jobs, measured=True).usage
        least.usage = bench.play("least", 0, measured=True, **kept).usage
    asked = module.requests
    stops, lists, singles = (asked[f"dli.sql.{call}"] for call in ("cancel", "list", "status"))
    return {
        "jobs": jobs,
        "play_seconds": module.seconds,
        "floor_calls_seconds": floor.seconds,
        "empty_play_seconds": empty.seconds,
        "least_play_seconds": least.seconds,
        "requests": {
            "all": asked.total(),
            "stops": stops,
            "readings_by_list": lists,
            "readings_one_by_one": singles,
            "polls": sum(count for meaning, count in asked.items() if meaning.endswith("(poll)")),
        },
        "peak_memory_kib": module.usage[0][1],
        "least_peak_memory_kib": least.usage[0][1],
    }


def measure_start(bench: Bench, rounds: int) -> dict[str, float]:
    """Processor seconds of one process of each module: ours and uri's with a single request, the least with none."""
    kept = bench.keep(1)["kept"]
    runs = [bench.play("start", 0, measured=True, state="finished", kept=kept).usage for turn in range(rounds)]
    names = ("module", "uri", "least")
    if any(len(usage) != len(names) for usage in runs):
        raise Broken("a play did not run each module once")
    return {name: median(usage[place][0] for usage in runs) for place, name in enumerate(names)}


def measure(bench: Bench, quick: bool) -> dict[str, Any]:
    """All figures."""
    runs = 1 if quick else 3
    say("the loops")
    empty, uri, loop = in_turns(
        runs,
        lambda: bench.play("empty", 0),
        lambda: bench.play("uri", LOOPED),
        lambda: bench.play("loop", LOOPED),
    )
    figures: dict[str, Any] = {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "ansible_core": version("ansible-core"),
        },
        "latency_seconds": LATENCY,
        "concurrency": WIDTH,
        "page": PAGE,
        "looped_jobs": LOOPED,
        "empty_play_seconds": empty.seconds,
        "uri_loop_seconds": uri.seconds,
        "module_loop_seconds": loop.seconds,
        "sizes": [],
    }
    for jobs in QUICK_SIZES if quick else SIZES:
        say("one job" if jobs == 1 else f"{jobs} jobs in one task")
        figures["sizes"].append(measure_size(bench, jobs, 1 if jobs >= LARGE else runs))
    say("the start of the modules")
    figures["start_cpu_seconds"] = measure_start(bench, 3 if quick else 9)
    say("whose code it is that takes the time")
    figures["profiled_jobs"] = profiled = figures["sizes"][-1 if quick else -2]["jobs"]
    with multiprocessing.get_context("spawn").Pool(1) as other:  # which it leaves changed
        figures["profile_seconds"] = other.apply(shares, (profiled,))
    say("the imports")
    figures["import_milliseconds"] = import_times(3 if quick else 7)
    return figures


def say(what: str) -> None:
    print(f"Measuring {what}", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only see that it works")
    parser.add_argument("--profile", type=int, metavar="JOBS", help="profile the module instead, with so many jobs")
    chosen = parser.parse_args()
    if chosen.profile:
        profiled = profile(chosen.profile).strip_dirs()
        for order in ("cumulative", "tottime"):
            profiled.sort_stats(order).print_stats(25)
        return 0
    install_collection()
    with Simulator.start("--latency", str(LATENCY)) as simulator, tempfile.TemporaryDirectory() as home:
        try:
            figures = measure(Bench(simulator, Path(home)), chosen.quick)
        except Broken as error:
            print(error, file=sys.stderr)
            return 1
    write(figures, ROOT / "tests" / "output" / "bench" if chosen.quick else ROOT / "docs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
