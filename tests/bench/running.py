# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run plays and programs against the simulator, see that they did what they should, and measure them."""

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

HERE = Path(__file__).resolve().parent
LATENCY = 0.03  # seconds that each request takes
WIDTH = 16  # requests at once
PAGE = 100  # jobs on a page of the list call, at the most


class Broken(Exception):
    """Something did not do what it should: there is nothing to measure."""


@dataclass
class Ran:
    """What one run took. The usage is that of each module process: processor seconds, and peak memory in KiB."""

    seconds: float
    requests: Counter[str]
    usage: list[tuple[float, int]] = field(default_factory=list)


class Bench:
    """A simulator, and a folder that is the home of all that is run. Each run has fresh jobs."""

    def __init__(self, simulator: Simulator, home: Path) -> None:
        self.simulator = simulator
        self.home = home
        self.usage = home / "usage.txt"
        self.python = home / "measured"
        measured = f'exec {quote(sys.executable)} -IS {quote(str(HERE / "measured.py"))} "$@"'
        self.python.write_text(f"#!/bin/sh\n{measured}\n", encoding="utf-8")
        self.python.chmod(0o755)

    def play(self, name: str, jobs: int, measured: bool = False, **variables: Any) -> Ran:
        """Play one of the plays on so many running jobs.

        :param measured: whether the modules' processes are measured, which takes some milliseconds for each.
        """
        task = {**self._seed(jobs, **variables), "ansible_python_interpreter": sys.executable}
        if measured:
            task["ansible_python_interpreter"] = str(self.python)
        (self.home / "variables.json").write_text(json.dumps(task), encoding="utf-8")
        self.usage.write_text("", encoding="ascii")
        command = [str(BIN / "ansible-playbook"), str(HERE / "plays" / f"{name}.yml"), "-e", "@variables.json"]
        seconds, output = self._run(command)
        if name in ("module", "loop") and not re.search(r" changed=1 ", output):
            raise Broken(f"the recap should show changed=1:\n{output}")
        usage = [line.split() for line in self.usage.read_text(encoding="ascii").splitlines()]
        return Ran(seconds, self._requests(jobs), [(float(cpu), int(memory)) for cpu, memory in usage])

    def keep(self, jobs: int) -> dict[str, Any]:
        """What the play of the least takes: the ids of so many jobs, and a file with the result of stopping them."""
        kept = self.home / "kept.json"
        self.play("keep", jobs, kept=str(kept))
        return {"kept": str(kept), "ids": [job["id"] for job in json.loads(kept.read_text(encoding="utf-8"))["jobs"]]}

    def floor(self, jobs: int) -> Ran:
        """Nothing but the calls that stop so many jobs; only they are timed."""
        task = self._seed(jobs)
        output = self._run([sys.executable, str(HERE / "floor.py")], json.dumps(task))[1]
        return Ran(float(output), self._requests(jobs))

    def _seed(self, jobs: int, state: str = "running", **variables: Any) -> dict[str, Any]:
        """Fresh jobs in a project that has no others, and what it takes to stop them."""
        self.simulator.reset()
        self.ready = ready = self.simulator.ready
        self.project = ready["second_project_id"]
        self.token = self._log_in()
        seeded = self.simulator.seed("dli_sql", count=max(jobs, 1), project_id=self.project, state=state)
        self.simulator.clear_journal()
        jobs_url = f"{ready['dli']}/v1.0/{self.project}/jobs"
        ids = [job["id"] for job in seeded]
        return {"ids": ids, "jobs_url": jobs_url, "token": self.token, "width": WIDTH, **variables}

    def _log_in(self) -> str:
        """A token for the project."""
        user = {"name": self.ready["username"], "password": self.ready["password"]}
        user["domain"] = {"name": self.ready["domain_name"]}
        identity = {"methods": ["password"], "password": {"user": user}}
        body = {"auth": {"identity": identity, "scope": {"project": {"id": self.project}}}}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(f"{self.ready['iam']}/auth/tokens", json=body, timeout=30)
        answer.raise_for_status()
        return answer.headers["X-Subject-Token"]

    def _run(self, command: list[str], task: str = "") -> tuple[float, str]:
        """The seconds that a command takes, and what it prints."""
        own = {"HOME": str(self.home), "HW_PROJECT_ID": self.project, "HW_AUTH_TOKEN": self.token}
        environment = {**clean_environment(), **settings(self.ready), **own, "BENCH_USAGE": str(self.usage)}
        began = time.perf_counter()
        done = subprocess.run(
            command, cwd=self.home, env=environment, input=task, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise Broken(f"{' '.join(command)}: {(done.stdout + done.stderr)[-5000:]}")
        return seconds, done.stdout

    def _requests(self, jobs: int) -> Counter[str]:
        """What was asked, by its meaning, polls apart; raises L{Broken} unless each job was stopped."""
        journal = self.simulator.journal()
        stopped = {entry["path"] for entry in journal if entry["effect"]}
        if len(stopped) != jobs:
            raise Broken(f"{len(stopped)} of {jobs} jobs were stopped")
        counts: Counter[str] = Counter()
        seen: Counter[tuple[str, str]] = Counter()
        for entry in journal:
            asked = (entry["path"], entry["query"])
            seen[asked] += not entry["mutating"]
            # what is read for the third time was read before the stop and after it
            counts[f"{entry['meaning']} (poll)" if seen[asked] > 2 else entry["meaning"]] += 1
        return counts


def typical(runs: list[Ran]) -> Ran:
    """The run of median length."""
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]
