# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupted half-way: what a real module process still sends, what it reports, and that it is gone afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest
import yaml
from conftest import BIN
from kinds import KINDS
from promise import assert_promise_kept

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
PATIENCE = 20  # seconds that a condition is awaited


def awaited(condition, what):
    """What a condition gives, once it gives something; looked at again and again."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"in vain: {what}")


def processes(text):
    """The processes whose command line or environment holds a text: id and parent's id."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            seen = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if text.encode() in seen and state != "Z" and int(folder.name) != os.getpid():
                found[int(folder.name)] = int(parent)
    return found


class Module:
    """A module in a process of its own, without Ansible around it."""

    def __init__(self, environment, collections, name, options):
        command = [sys.executable, "-m", f"ansible_collections.dataops.huaweicloud.plugins.modules.{name}"]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment, "PYTHONPATH": str(collections)},
        )
        self.process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
        self.process.stdin.close()
        self.process.stdin = None
        self.told = []
        self.listener = threading.Thread(target=lambda: self.told.extend(self.process.communicate()), daemon=True)
        self.listener.start()

    def end(self):
        """Wait for the end; the result, and what stands in the standard error."""
        self.listener.join(PATIENCE)
        assert self.told, "the module does not end"
        output, errors = self.told
        return json.loads(output), errors


@pytest.fixture
def module(simulator, environment, collections):
    """Start a module that stops jobs of a kind, logged in to the simulator."""
    started = []

    def start(kind, ids, **more):
        ready = simulator.ready
        login = {"endpoint": ready["mrs"], "token": ready["token"], "project_id": ready["project_id"]}
        options = {**login, **kind.options(ready), kind.ids: ids, "wait_sleep": 0.05, "wait_timeout": 60, **more}
        started.append(Module(environment, collections, kind.module, options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


def stopping(simulator, kind, least=10):
    return len(simulator.journal(mutating=True)) >= least


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("kind", "number"),
    [(MRS_V2, signal.SIGINT), (CDM, signal.SIGTERM), (FLINK, signal.SIGTERM)],
    ids=lambda value: getattr(value, "service", None) or value.name,
)
def test_a_signal_ends_the_stopping_and_every_job_is_reported(simulator, module, kind, number):
    count = 100 if kind is FLINK else 300
    ids = [str(job["id"]) for job in simulator.seed(kind.service, count=count)]
    simulator.latency(0.05)
    if kind is FLINK:  # one request would stop them all: it fails, and one is sent for each job
        simulator.fault(meaning=kind.stop, kind="status", status=400, body={"error_code": "X"}, times=1)
    running = module(kind, ids)
    awaited(lambda: stopping(simulator, kind), "stops arrive")
    running.process.send_signal(number)
    result, errors = running.end()
    sent = len(simulator.journal(mutating=True))
    assert errors == ""
    truths = simulator.truths(kind.service)
    assert_promise_kept(result, ids, truths)
    assert result["failed"] and result["changed"]
    stopped = {id for id in ids if truths[id]["stopped_by_us"]}
    assert 0 < len(stopped) < count
    for job in result["jobs"]:
        if job["id"] in stopped:
            assert job["outcome"] in ("stopped", "stop_requested")
        else:
            assert job["outcome"] == "failed"
            assert "the task was interrupted" in job["error"]["message"]
    simulator.latency(0)
    assert len(simulator.journal(mutating=True)) == sent


def test_many_signals_are_as_one(simulator, module):
    """A terminal sends one to the whole process group, and Ansible another."""
    ids = [job["id"] for job in simulator.seed("mrs_v2", count=300)]
    simulator.latency(0.05)
    running = module(MRS_V2, ids)
    awaited(lambda: stopping(simulator, MRS_V2), "stops arrive")
    while running.listener.is_alive():
        running.process.send_signal(signal.SIGINT)
        running.process.send_signal(signal.SIGTERM)
        running.listener.join(0.001)
    result, errors = running.end()
    assert errors == ""
    assert_promise_kept(result, ids, simulator.truths("mrs_v2"))


@pytest.mark.parametrize("kind", [SQL, GES], ids=lambda kind: kind.service)
def test_a_signal_while_the_list_is_read_back_leaves_a_report_of_what_was_stopped(simulator, module, kind):
    ids = [job["id"] for job in simulator.seed(kind.service, count=20)]
    simulator.fault(meaning=kind.list, kind="delay", seconds=1, after=1)
    running = module(kind, ids)
    lists = [kind.list, kind.list]
    awaited(
        lambda: [each["meaning"] for each in simulator.journal() if each["meaning"] == kind.list] == lists, "read back"
    )
    running.process.send_signal(signal.SIGINT)
    result, _errors = running.end()
    assert "jobs" in result, result
    assert_promise_kept(result, ids, simulator.truths(kind.service))
    assert result["changed"]


def test_a_signal_during_a_pause_leaves_a_report_of_what_was_asked(simulator, module):
    ids = [job["id"] for job in simulator.seed("dli_sql", count=3, stop_takes=3600)]
    running = module(SQL, ids, wait_sleep=30)
    meanings = [SQL.list, *[SQL.stop] * 3, SQL.list]
    awaited(lambda: [each["meaning"] for each in simulator.journal()] == meanings, "read back")
    awaited(lambda: simulator.journal()[-1]["status"] == 200, "answered")
    running.process.send_signal(signal.SIGTERM)
    result, _errors = running.end()
    assert {job["outcome"] for job in result["jobs"]} == {"stop_requested"}
    assert "the task was interrupted" in result["msg"]


def test_a_signal_while_jobs_are_looked_for_is_told(simulator, module):
    simulator.fault(meaning=SQL.list, kind="delay", seconds=1, times=9)
    running = module(SQL, ["a", "b"])
    awaited(simulator.journal, "the first request")
    running.process.send_signal(signal.SIGTERM)
    result, errors = running.end()
    assert result["failed"] and "the task was interrupted" in str(result) and errors == ""
    assert simulator.journal(mutating=True) == []


# With Ansible around the module

MARK = "HUAWEICLOUD_TEST_RUN"


def started(environment, login, arguments, mark, folder):
    """Ansible in a session of its own; its processes are known by a mark in their environment."""
    return subprocess.Popen(
        arguments,
        env={**environment, **login, MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        start_new_session=True,
    )


@pytest.fixture
def ansible(environment, login, tmp_path):
    """Start an Ansible; in the end nothing that it started is left."""
    mark = f"{MARK}={tmp_path}"

    def start(*arguments):
        return started(environment, login, [str(BIN / arguments[0]), *arguments[1:]], str(tmp_path), tmp_path)

    start.processes = lambda: processes(mark)
    yield start
    for process in processes(mark):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def slow_stops(simulator):
    ids = [job["id"] for job in simulator.seed("mrs_v2", count=300)]
    simulator.latency(1)
    return ids


def options_for(simulator, ids):
    return {**MRS_V2.options(simulator.ready), MRS_V2.ids: ids, "wait_sleep": 0.05}


def assert_all_is_over(simulator, ansible):
    """No process is left, and nothing more is sent."""
    awaited(lambda: not ansible.processes(), f"the end of all processes; left are {ansible.processes()}")
    sent = len(simulator.journal(mutating=True))
    assert sent < 300, "the module went on until it had stopped them all"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_ad_hoc_command_that_is_interrupted_takes_its_module_along(simulator, ansible, number):
    ids = slow_stops(simulator)
    arguments = json.dumps(options_for(simulator, ids))
    process = ansible("ansible", "localhost", "-m", "dataops.huaweicloud.mrs_job_execution", "-a", arguments)
    awaited(lambda: stopping(simulator, MRS_V2), "stops arrive")
    os.killpg(process.pid, number)  # as a terminal does
    process.communicate(timeout=PATIENCE)
    assert_all_is_over(simulator, ansible)


def test_a_task_that_ansible_times_out_takes_its_module_along(simulator, ansible, tmp_path):
    ids = slow_stops(simulator)
    task = {"name": "Stop", "dataops.huaweicloud.mrs_job_execution": options_for(simulator, ids), "timeout": 3}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task]}
    (tmp_path / "play.yml").write_text(
        yaml.safe_dump([{**play, "vars": {"ansible_python_interpreter": sys.executable}}])
    )
    process = ansible("ansible-playbook", "play.yml")
    output, _errors = process.communicate(timeout=PATIENCE)
    assert "timed out" in output.lower() or "timeout" in output.lower(), output
    assert_all_is_over(simulator, ansible)
