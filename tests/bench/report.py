# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures say: ratios, targets, tables, the chart, and the page docs/figures.md."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure

MARKS = ("<!-- figures: make bench writes what follows -->", "<!-- end of the figures -->")


class Table(NamedTuple):
    """A table of texts."""

    title: str
    head: list[str]
    rows: list[list[str]]

    def plain(self) -> str:
        """For a terminal."""
        lines = [self.head, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.head))]
        aligned = [[line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])] for line in lines]
        return "\n".join([f"\n{self.title}\n", *("  ".join(line).rstrip() for line in aligned)])

    def markdown(self) -> str:
        """For a page."""
        lines = [self.head, ["---", *["---:"] * (len(self.head) - 1)], *self.rows]
        return "\n".join([f"## {self.title}\n", *(f"| {' | '.join(line)} |" for line in lines)])


def add_ratios(figures: dict[str, Any]) -> None:
    """Put what is compared next to what was measured.

    A loop's time per job is without the empty play: it is what one more job costs. A task's time is with all.
    """
    empty, looped = figures["empty_play_seconds"], figures["looped_jobs"]
    for loop in ("uri", "module"):
        figures[f"{loop}_loop_seconds_per_job"] = (figures[f"{loop}_loop_seconds"] - empty) / looped
    for size in figures["sizes"]:
        size["seconds_per_job"] = size["play_seconds"] / size["jobs"]
        size["floor_seconds"] = size["floor_calls_seconds"] + size["empty_play_seconds"]
        size["times_floor"] = size["play_seconds"] / size["floor_seconds"]
        size["least_seconds"] = size["least_play_seconds"] + size["floor_calls_seconds"]
        size["times_least"] = size["play_seconds"] / size["least_seconds"]
        size["memory_times_least"] = size["peak_memory_kib"] / size["least_peak_memory_kib"]
        size["requests_per_job"] = size["requests"]["all"] / size["jobs"]
        size["requests_allowed"] = (
            size["jobs"] + 2 * math.ceil(size["jobs"] / figures["page"]) + size["requests"]["polls"]
        )
        for loop in ("uri", "module"):
            size[f"faster_than_{loop}_loop"] = figures[f"{loop}_loop_seconds_per_job"] / size["seconds_per_job"]
    start, times = figures["start_cpu_seconds"], figures["import_milliseconds"]
    start["times_uri"] = start["module"] / start["uri"]
    start["least_times_uri"] = start["least"] / start["uri"]
    figures["import_ratios"] = {way: taken / times["import requests"] for way, taken in times.items()}


def add_targets(figures: dict[str, Any]) -> None:
    """Each target with its figure, as far as it was measured."""
    sizes = {size["jobs"]: size for size in figures["sizes"]}
    asked = max(size["requests"]["all"] - size["requests_allowed"] for size in figures["sizes"])
    page = figures["page"]
    targets: list[tuple[str, str, float, Callable[[], float], tuple[int, ...]]] = [
        ("1000 jobs, times the floor", "<=", 1.25, lambda: sizes[1000]["times_floor"], (1000,)),
        ("20 jobs, faster than the uri loop", ">=", 10, lambda: sizes[20]["faster_than_uri_loop"], (20,)),
        ("1000 jobs, faster than the uri loop", ">=", 300, lambda: sizes[1000]["faster_than_uri_loop"], (1000,)),
        (f"requests above N + 2 * ceil(N / {page}) + polls, for any N", "<=", 0, lambda: asked, ()),
        (
            "time per job, 10000 jobs to 1000",
            *("<=", 1.1, lambda: sizes[10000]["seconds_per_job"] / sizes[1000]["seconds_per_job"], (1000, 10000)),
        ),
        (
            "peak memory, 10000 jobs to one",
            *("<=", 2, lambda: sizes[10000]["peak_memory_kib"] / sizes[1]["peak_memory_kib"], (1, 10000)),
        ),
        ("start of the module, CPU to that of uri", "<=", 1, lambda: figures["start_cpu_seconds"]["times_uri"], ()),
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
    """A figure, with three places where it is small."""
    return f"{figure:.{3 if figure < 10 else 0}f}"


def tables(figures: dict[str, Any]) -> list[Table]:
    """All that is printed."""
    sizes = [
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
    kinds = ("stops", "readings_by_list", "readings_one_by_one", "polls", "all")
    asked = [
        [
            str(size["jobs"]),
            *(str(size["requests"][kind]) for kind in kinds),
            f"{size['requests_per_job']:.3f}",
            str(size["requests_allowed"]),
        ]
        for size in figures["sizes"]
    ]
    least = [
        [
            str(size["jobs"]),
            f"{size['least_play_seconds']:.2f}",
            f"{size['least_seconds']:.2f}",
            f"{size['least_seconds'] / size['floor_seconds']:.2f}",
            f"{size['times_least']:.2f}",
            f"{size['least_peak_memory_kib'] / 1024:.1f}",
            f"{size['least_peak_memory_kib'] / figures['sizes'][0]['least_peak_memory_kib']:.2f}",
            f"{size['memory_times_least']:.2f}",
        ]
        for size in figures["sizes"]
    ]
    profiled = sum(figures["profile_seconds"].values())
    start, times = figures["start_cpu_seconds"], figures["import_milliseconds"]
    others = [
        ["an empty play", f"{figures['empty_play_seconds']:.2f} s"],
        ["uri loop, for each job", f"{figures['uri_loop_seconds_per_job']:.2f} s"],
        ["loop of the module, for each job", f"{figures['module_loop_seconds_per_job']:.2f} s"],
        ["start of the module, CPU", f"{start['module']:.3f} s"],
        ["start of uri, CPU", f"{start['uri']:.3f} s"],
        ["start of the least module, CPU", f"{start['least']:.3f} s"],
    ]
    machine = figures["machine"]
    return [
        Table(
            "One task with all jobs",
            ["jobs", "play, s", "floor, s", "x floor", "ms a job", "x uri loop", "x own loop", "peak MiB"],
            sizes,
        ),
        Table("Its requests", ["jobs", "stops", "lists", "single", "polls", "all", "a job", "allowed"], asked),
        Table(
            "The least that a module takes",
            ["jobs", "play, s", "and stops, s", "x floor", "ours x that", "peak MiB", "x one job", "ours x that"],
            least,
        ),
        Table(
            f"Processor time of the module with {figures['profiled_jobs']} jobs, profiled",
            ["whose code", "share"],
            [[owner, f"{taken / profiled:.0%}"] for owner, taken in figures["profile_seconds"].items()],
        ),
        Table("What it is compared with", ["what", "takes"], others),
        Table(
            "Imports of a module, by the way to log in",
            ["way", "ms", "x requests"],
            [[way, f"{taken:.0f}", f"{figures['import_ratios'][way]:.2f}"] for way, taken in times.items()],
        ),
        Table(
            f"Targets, on {machine['cores']} cores, Python {machine['python']}, ansible-core {machine['ansible_core']}",
            ["target", "limit", "figure", ""],
            [
                [one["target"], one["limit"], rounded(one["figure"]), "ok" if one["ok"] else "missed"]
                for one in figures["targets"]
            ],
        ),
    ]


def chart(figures: dict[str, Any], file: Path) -> None:
    """Time per job, requests per job and memory, by the number of jobs."""
    sizes = figures["sizes"]
    jobs = [size["jobs"] for size in sizes]
    page = Figure(figsize=(13, 4.2), layout="constrained")
    times, asked, memory = page.subplots(1, 3)

    times.plot(jobs, [1000 * size["seconds_per_job"] for size in sizes], "o-", color="C0", label="one task")
    floor = [1000 * size["floor_seconds"] / size["jobs"] for size in sizes]
    times.plot(jobs, floor, "--", color="black", label="floor: the stop calls and an empty play")
    for loop, color, label in (("uri", "C3", "loop of uri"), ("module", "C1", "loop of the module")):
        times.axhline(1000 * figures[f"{loop}_loop_seconds_per_job"], color=color, label=label)
    times.set(title="Time per job, ms", yscale="log")
    times.set_ylim(top=30000 * figures["uri_loop_seconds_per_job"])  # room for the legend
    times.yaxis.set_major_formatter("{x:g}")

    below = [0.0] * len(sizes)
    for kind in ("stops", "readings_by_list", "readings_one_by_one", "polls"):
        heights = [size["requests"][kind] / size["jobs"] for size in sizes]
        asked.bar(range(len(jobs)), heights, bottom=below, label=kind.replace("_", " "))
        below = [height + base for height, base in zip(heights, below)]
    asked.set_ylim(0, 1.4 * max(below))
    asked.set(title="Requests per job", xticks=range(len(jobs)), xticklabels=jobs, xlabel="jobs")

    memory.plot(jobs, [size["peak_memory_kib"] / 1024 for size in sizes], "o-")
    memory.set(title="Peak memory of the module, MiB")
    memory.set_ylim(0, 1.3 * max(size["peak_memory_kib"] for size in sizes) / 1024)
    for axes in (times, memory):
        axes.set(xscale="log", xticks=jobs, xticklabels=jobs, xlabel="jobs")
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    for axes in (times, asked):
        axes.legend(fontsize="small", loc="upper right")
    page.savefig(file, dpi=100, metadata={"Software": None})


def write(figures: dict[str, Any], folder: Path) -> None:
    """Print the tables; write JSON and chart to a folder, and the tables to its page, if it has one."""
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
    print(f"\nAs JSON and as a chart: {folder / 'bench.json'}, {folder / 'bench.png'}")
