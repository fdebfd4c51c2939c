# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of the benchmark: ratios, targets, tables, the chart, and the page docs/figures.md."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# The comments in the page between which the tables are written.
MARKS = ("<!-- figures: make bench writes what follows -->", "<!-- end of the figures -->")


class Table(NamedTuple):
    """A table of strings."""

    title: str
    head: list[str]
    rows: list[list[str]]

    def plain(self) -> str:
        """Return the table for a terminal."""
        lines = [self.head, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.head))]
        aligned = [[line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])] for line in lines]
        return "\n".join([f"\n{self.title}\n", *("  ".join(line).rstrip() for line in aligned)])

    def markdown(self) -> str:
        """Return the table for a page."""
        lines = [self.head, ["---", *["---:"] * (len(self.head) - 1)], *self.rows]
        return "\n".join([f"## {self.title}\n", *(f"| {' | '.join(line)} |" for line in lines)])


def add_ratios(figures: dict[str, Any]) -> None:
    """Add ratios and derived figures to the measured ones.

    The time per job of a loop does not include the empty play: it is the cost of one more job. The time of a task
    includes the whole play.
    """
    empty, looped = figures["empty_play_seconds"], figures["looped_jobs"]
    for loop in ("uri", "module"):
        figures[f"{loop}_loop_seconds_per_job"] = (figures[f"{loop}_loop_seconds"] - empty) / looped
    for size in figures["sizes"]:
        size["seconds_per_job"] = size["play_seconds"] / size["jobs"]
        size["floor_seconds"] = size["floor_calls_seconds"] + size["empty_play_seconds"]
        size["times_floor"] = size["play_seconds"] / size["floor_seconds"]
        size["minimal_seconds"] = size["minimal_play_seconds"] + size["floor_calls_seconds"]
        size["times_minimal"] = size["play_seconds"] / size["minimal_seconds"]
        size["memory_times_minimal"] = size["peak_memory_kib"] / size["minimal_peak_memory_kib"]
        size["requests_per_job"] = size["requests"]["all"] / size["jobs"]
        size["requests_allowed"] = (
            size["jobs"] + 2 * math.ceil(size["jobs"] / figures["page"]) + size["requests"]["polls"]
        )
        for loop in ("uri", "module"):
            size[f"faster_than_{loop}_loop"] = figures[f"{loop}_loop_seconds_per_job"] / size["seconds_per_job"]
    startup, times = figures["startup_cpu_seconds"], figures["import_milliseconds"]
    startup["times_uri"] = startup["module"] / startup["uri"]
    startup["minimal_times_uri"] = startup["minimal"] / startup["uri"]
    figures["import_ratios"] = {method: taken / times["import requests"] for method, taken in times.items()}


def add_targets(figures: dict[str, Any]) -> None:
    """Add the targets whose sizes were measured, each with its figure."""
    sizes = {size["jobs"]: size for size in figures["sizes"]}
    excess = max(size["requests"]["all"] - size["requests_allowed"] for size in figures["sizes"])
    page = figures["page"]
    targets: list[tuple[str, str, float, Callable[[], float], tuple[int, ...]]] = [
        ("1000 jobs, times the floor", "<=", 1.25, lambda: sizes[1000]["times_floor"], (1000,)),
        ("20 jobs, faster than the uri loop", ">=", 10, lambda: sizes[20]["faster_than_uri_loop"], (20,)),
        ("1000 jobs, faster than the uri loop", ">=", 300, lambda: sizes[1000]["faster_than_uri_loop"], (1000,)),
        (f"requests above N + 2 * ceil(N / {page}) + polls, for any N", "<=", 0, lambda: excess, ()),
        (
            "time per job, 10000 jobs to 1000",
            *("<=", 1.1, lambda: sizes[10000]["seconds_per_job"] / sizes[1000]["seconds_per_job"], (1000, 10000)),
        ),
        (
            "peak memory, 10000 jobs to 1",
            *("<=", 2, lambda: sizes[10000]["peak_memory_kib"] / sizes[1]["peak_memory_kib"], (1, 10000)),
        ),
        ("startup CPU, module to uri", "<=", 1, lambda: figures["startup_cpu_seconds"]["times_uri"], ()),
    ]
    figures["targets"] = [
        {
            "target": name,
            "limit": f"{sign} {limit:g}",
            "figure": figure(),
            "ok": figure() <= limit if sign == "<=" else figure() >= limit,
        }
        for name, sign, limit, figure, needed in targets
        if sizes.keys() >= {*needed}
    ]


def rounded(figure: float) -> str:
    """Return a figure with three decimal places if it is below 10, and with none otherwise."""
    return f"{figure:.{3 if figure < 10 else 0}f}"


def tables(figures: dict[str, Any]) -> list[Table]:
    """Return all tables."""
    return [
        task_table(figures),
        request_table(figures),
        minimal_table(figures),
        profile_table(figures),
        comparison_table(figures),
        import_table(figures),
        target_table(figures),
    ]


def task_table(figures: dict[str, Any]) -> Table:
    """Return the times and the memory of a task, by the number of jobs."""
    rows = [
        [
            str(size["jobs"]),
            f"{size['play_seconds']:.2f}",
            f"{size['floor_seconds']:.2f}",
            f"{size['times_floor']:.2f}",
            f"{1000 * size['seconds_per_job']:.1f}",
            f"{size['faster_than_uri_loop']:.1f}",
            f"{size['faster_than_module_loop']:.1f}",
            f"{size['peak_memory_kib'] / 1024:.1f}",
        ]
        for size in figures["sizes"]
    ]
    head = ["jobs", "play, s", "floor, s", "x floor", "ms per job", "x uri loop", "x own loop", "peak MiB"]
    return Table("One task with all jobs", head, rows)


def request_table(figures: dict[str, Any]) -> Table:
    """Return the numbers of requests, by the number of jobs."""
    kinds = ("stops", "list_reads", "single_reads", "polls", "all")
    rows = [
        [
            str(size["jobs"]),
            *(str(size["requests"][kind]) for kind in kinds),
            f"{size['requests_per_job']:.3f}",
            str(size["requests_allowed"]),
        ]
        for size in figures["sizes"]
    ]
    return Table("Requests", ["jobs", "stops", "lists", "single", "polls", "all", "per job", "allowed"], rows)


def minimal_table(figures: dict[str, Any]) -> Table:
    """Return the times and the memory of the minimal module."""
    first = figures["sizes"][0]
    rows = [
        [
            str(size["jobs"]),
            f"{size['minimal_play_seconds']:.2f}",
            f"{size['minimal_seconds']:.2f}",
            f"{size['minimal_seconds'] / size['floor_seconds']:.2f}",
            f"{size['times_minimal']:.2f}",
            f"{size['minimal_peak_memory_kib'] / 1024:.1f}",
            f"{size['minimal_peak_memory_kib'] / first['minimal_peak_memory_kib']:.2f}",
            f"{size['memory_times_minimal']:.2f}",
        ]
        for size in figures["sizes"]
    ]
    head = ["jobs", "play, s", "with stops, s", "x floor", "task / minimal", "peak MiB", "x 1 job", "task / minimal"]
    return Table("Minimal module", head, rows)


def profile_table(figures: dict[str, Any]) -> Table:
    """Return the share of each owner of code in the profile."""
    total = sum(figures["profile_seconds"].values())
    rows = [[owner, f"{seconds / total:.0%}"] for owner, seconds in figures["profile_seconds"].items()]
    title = f"Processor time of the module with {figures['profiled_jobs']} jobs, profiled"
    return Table(title, ["owner of the code", "share"], rows)


def comparison_table(figures: dict[str, Any]) -> Table:
    """Return the times with which a task is compared."""
    startup = figures["startup_cpu_seconds"]
    rows = [
        ["empty play", f"{figures['empty_play_seconds']:.2f} s"],
        ["uri loop, per job", f"{figures['uri_loop_seconds_per_job']:.2f} s"],
        ["loop of the module, per job", f"{figures['module_loop_seconds_per_job']:.2f} s"],
        ["startup of the module, CPU", f"{startup['module']:.3f} s"],
        ["startup of uri, CPU", f"{startup['uri']:.3f} s"],
        ["startup of the minimal module, CPU", f"{startup['minimal']:.3f} s"],
    ]
    return Table("Comparison", ["item", "time"], rows)


def import_table(figures: dict[str, Any]) -> Table:
    """Return the import times, by the authentication method."""
    ratios = figures["import_ratios"]
    times = figures["import_milliseconds"].items()
    rows = [[method, f"{taken:.0f}", f"{ratios[method]:.2f}"] for method, taken in times]
    return Table("Imports of a module, by authentication method", ["method", "ms", "x requests"], rows)


def target_table(figures: dict[str, Any]) -> Table:
    """Return the targets."""
    machine = figures["machine"]
    rows = [
        [target["target"], target["limit"], rounded(target["figure"]), "ok" if target["ok"] else "missed"]
        for target in figures["targets"]
    ]
    title = f"Targets, on {machine['cores']} cores, Python {machine['python']}, ansible-core {machine['ansible_core']}"
    return Table(title, ["target", "limit", "figure", ""], rows)


def chart(figures: dict[str, Any], file: Path) -> None:
    """Write the chart: time per job, requests per job and memory, by the number of jobs."""
    jobs = [size["jobs"] for size in figures["sizes"]]
    page = Figure(figsize=(13, 4.2), layout="constrained")
    times, requests, memory = page.subplots(1, 3)
    plot_times(times, figures, jobs)
    plot_requests(requests, figures, jobs)
    plot_memory(memory, figures, jobs)
    for axes in (times, memory):
        axes.set(xscale="log", xticks=jobs, xticklabels=jobs, xlabel="jobs")
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    for axes in (times, requests):
        axes.legend(fontsize="small", loc="upper right")
    page.savefig(file, dpi=100, metadata={"Software": None})


def plot_times(axes: Axes, figures: dict[str, Any], jobs: list[int]) -> None:
    """Plot the time per job."""
    sizes = figures["sizes"]
    axes.plot(jobs, [1000 * size["seconds_per_job"] for size in sizes], "o-", color="C0", label="one task")
    floor = [1000 * size["floor_seconds"] / size["jobs"] for size in sizes]
    axes.plot(jobs, floor, "--", color="black", label="floor: the stop calls and an empty play")
    for loop, color, label in (("uri", "C3", "loop of uri"), ("module", "C1", "loop of the module")):
        axes.axhline(1000 * figures[f"{loop}_loop_seconds_per_job"], color=color, label=label)
    axes.set(title="Time per job, ms", yscale="log")
    axes.set_ylim(top=30000 * figures["uri_loop_seconds_per_job"])  # space for the legend
    axes.yaxis.set_major_formatter("{x:g}")


def plot_requests(axes: Axes, figures: dict[str, Any], jobs: list[int]) -> None:
    """Plot the requests per job."""
    bottoms = [0.0] * len(jobs)
    for kind in ("stops", "list_reads", "single_reads", "polls"):
        heights = [size["requests"][kind] / size["jobs"] for size in figures["sizes"]]
        axes.bar(range(len(jobs)), heights, bottom=bottoms, label=kind.replace("_", " "))
        bottoms = [height + bottom for height, bottom in zip(heights, bottoms)]
    axes.set_ylim(0, 1.4 * max(bottoms))
    axes.set(title="Requests per job", xticks=range(len(jobs)), xticklabels=jobs, xlabel="jobs")


def plot_memory(axes: Axes, figures: dict[str, Any], jobs: list[int]) -> None:
    """Plot the peak memory."""
    peaks = [size["peak_memory_kib"] / 1024 for size in figures["sizes"]]
    axes.plot(jobs, peaks, "o-")
    axes.set(title="Peak memory of the module, MiB")
    axes.set_ylim(0, 1.3 * max(peaks))


def write(figures: dict[str, Any], folder: Path) -> None:
    """Print the tables, and write the figures, the chart, and the tables of the page ``figures.md`` to a folder."""
    add_ratios(figures)
    add_targets(figures)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    chart(figures, folder / "bench.png")
    page = folder / "figures.md"
    if page.exists():
        before, rest = page.read_text(encoding="utf-8").split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        parts = [MARKS[0], *(table.markdown() for table in tables(figures)), MARKS[1]]
        page.write_text(before + "\n\n".join(parts) + after, encoding="utf-8")
    print("\n".join(table.plain() for table in tables(figures)))
    print(f"\nFigures and chart: {folder / 'bench.json'}, {folder / 'bench.png'}")
