# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run playbooks and scripts against the simulator, check that they stopped the jobs, and measure them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any

import requests

from tests.demo import BIN, clean_environment, settings
from tests.simulator.running import Simulator

FOLDER = Path(__file__).resolve().parent
LATENCY = 0.03  # seconds of each request
CONCURRENCY = 16  # requests at once
PAGE_SIZE = 100  # maximum number of jobs on a page of the list call


class BenchmarkError(Exception):
    """A run did not stop the jobs as expected, so its times are meaningless."""


@dataclass
class Run:
    """The measurements of one run.

    * ``seconds``: duration
    * ``requests``: number of requests, by operation
    * ``usage``: processor seconds and peak memory in KiB of each module process
    """

    seconds: float
    requests: Counter[str]
    usage: list[tuple[float, int]] = field(default_factory=list)


class Benchmark:
    """A simulator and a home folder for the runs. Each run has new jobs.

    :param home: An empty folder.
    """

    def __init__(self, simulator: Simulator, home: Path) -> None:
        self.simulator = simulator
        self.home = home
        self.usage = home / "usage.txt"
        self.recorder = home / "usage_recorder"
        command = f'exec {quote(sys.executable)} -IS {quote(str(FOLDER / "usage_recorder.py"))} "$@"'
        self.recorder.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
        self.recorder.chmod(0o755)

    def run_playbook(self, name: str, jobs: int, record_usage: bool = False, **variables: Any) -> Run:
        """Run one of the playbooks in ``plays``.

        :param jobs: Number of running jobs.
        :param record_usage: Whether to record the usage of the module processes, which takes a few milliseconds each.
        :param variables: Variables of the playbook.
        :raises BenchmarkError: The playbook failed or did not stop the jobs.
        """
        task = {**self._seed(jobs, **variables), "ansible_python_interpreter": sys.executable}
        if record_usage:
            task["ansible_python_interpreter"] = str(self.recorder)
        (self.home / "variables.json").write_text(json.dumps(task), encoding="utf-8")
        self.usage.write_text("", encoding="ascii")
        command = [str(BIN / "ansible-playbook"), str(FOLDER / "plays" / f"{name}.yml"), "-e", "@variables.json"]
        seconds, output = self._execute(command)
        if name in ("module", "module_loop") and not re.search(r" changed=1 ", output):
            raise BenchmarkError(f"Unexpected recap: it must show changed=1.\n{output}")
        usage = [line.split() for line in self.usage.read_text(encoding="ascii").splitlines()]
        return Run(seconds, self._count_requests(jobs), [(float(cpu), int(memory)) for cpu, memory in usage])

    def record_result(self, jobs: int) -> dict[str, Any]:
        """Stop jobs, and return the variables of the playbook ``minimal``: their ids, and a file with the result."""
        file = self.home / "result.json"
        self.run_playbook("record_result", jobs, result_file=str(file))
        result = json.loads(file.read_text(encoding="utf-8"))
        return {"result_file": str(file), "ids": [job["id"] for job in result["jobs"]]}

    def run_stop_calls(self, jobs: int) -> Run:
        """Send only the calls that stop the jobs, and measure only these."""
        task = self._seed(jobs)
        output = self._execute([sys.executable, str(FOLDER / "stop_calls.py")], json.dumps(task))[1]
        return Run(float(output), self._count_requests(jobs))

    def _seed(self, jobs: int, state: str = "running", **variables: Any) -> dict[str, Any]:
        """Add jobs to a project that has no others, and return the variables with which they can be stopped."""
        self.simulator.reset()
        self.ready = ready = self.simulator.ready
        self.project = ready["second_project_id"]
        self.token = self._log_in()
        seeded = self.simulator.seed("dli_sql", count=max(jobs, 1), project_id=self.project, state=state)
        self.simulator.clear_journal()
        jobs_url = f"{ready['dli']}/v1.0/{self.project}/jobs"
        ids = [job["id"] for job in seeded]
        return {"ids": ids, "jobs_url": jobs_url, "token": self.token, "concurrency": CONCURRENCY, **variables}

    def _log_in(self) -> str:
        """Return a token for the project."""
        user = {"name": self.ready["username"], "password": self.ready["password"]}
        user["domain"] = {"name": self.ready["domain_name"]}
        identity = {"methods": ["password"], "password": {"user": user}}
        body = {"auth": {"identity": identity, "scope": {"project": {"id": self.project}}}}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(f"{self.ready['iam']}/auth/tokens", json=body, timeout=30)
        answer.raise_for_status()
        return answer.headers["X-Subject-Token"]

    def _execute(self, command: list[str], task: str = "") -> tuple[float, str]:
        """Run a command and return its duration in seconds and its output.

        :param task: Standard input.
        """
        own = {"HOME": str(self.home), "HW_PROJECT_ID": self.project, "HW_AUTH_TOKEN": self.token}
        environment = {**clean_environment(), **settings(self.ready), **own, "BENCH_USAGE": str(self.usage)}
        started = time.perf_counter()
        done = subprocess.run(
            command, cwd=self.home, env=environment, input=task, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            raise BenchmarkError(f"{' '.join(command)}: {(done.stdout + done.stderr)[-5000:]}")
        return seconds, done.stdout

    def _count_requests(self, jobs: int) -> Counter[str]:
        """Return the number of requests by operation, with polls apart.

        :raises BenchmarkError: Not every job was stopped.
        """
        journal = self.simulator.journal()
        stopped = {entry["path"] for entry in journal if entry["effect"]}
        if len(stopped) != jobs:
            raise BenchmarkError(f"Only {len(stopped)} of {jobs} jobs were stopped.")
        counts: Counter[str] = Counter()
        reads: Counter[tuple[str, str]] = Counter()
        for entry in journal:
            url = (entry["path"], entry["query"])
            reads[url] += not entry["mutating"]
            # The first read of a URL is before the stop, the second is after it, and the others are polls.
            counts[f"{entry['meaning']} (poll)" if reads[url] > 2 else entry["meaning"]] += 1
        return counts


def median_run(runs: list[Run]) -> Run:
    """Return the run of median duration."""
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]
