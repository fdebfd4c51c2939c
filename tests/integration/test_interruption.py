# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupted tasks: the module stops sending requests, reports every job, and leaves no process behind."""

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
from job_kinds import KINDS, request_meanings
from result_checks import assert_result_is_accurate

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
TIMEOUT = 20  # seconds


def wait_for(condition, description):
    """Poll a condition until it returns a true value, and return that value.

    :param description: name of the condition in the message of the failed assertion.
    """
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {TIMEOUT} s: {description}")


def find_processes(text):
    """Return the processes whose command line or environment contains a text, as parent ids by id."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            seen = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if text.encode() in seen and state != "Z" and int(folder.name) != os.getpid():
                found[int(folder.name)] = int(parent)
    return found


class ModuleProcess:
    """A module in its own process, without Ansible around it."""

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
        self.output = []
        self.listener = threading.Thread(target=lambda: self.output.extend(self.process.communicate()), daemon=True)
        self.listener.start()

    def end(self):
        """Wait for the end and return the result and the standard error."""
        self.listener.join(TIMEOUT)
        assert self.output, "the module does not end"
        output, errors = self.output
        return json.loads(output), errors


@pytest.fixture
def start_module(simulator, environment, collections):
    """Start a module that stops jobs of a kind, with options that authenticate at the simulator."""
    started = []

    def start(kind, ids, **more):
        ready = simulator.ready
        login = {"endpoint": ready["mrs"], "token": ready["token"], "project_id": ready["project_id"]}
        options = {**login, **kind.options(ready), kind.ids_option: ids, "wait_sleep": 0.05, "wait_timeout": 60, **more}
        started.append(ModuleProcess(environment, collections, kind.module, options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


def stops_have_arrived(simulator, least=10):
    """Return whether the simulator has received stop requests."""
    return len(simulator.journal(mutating=True)) >= least


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("kind", "number"),
    [(MRS_V2, signal.SIGINT), (CDM, signal.SIGTERM), (FLINK, signal.SIGTERM)],
    ids=lambda value: getattr(value, "service", None) or value.name,
)
def test_signal_reports_every_job(simulator, start_module, kind, number):
    count = 100 if kind is FLINK else 300
    ids = [str(job["id"]) for job in simulator.seed(kind.service, count=count)]
    simulator.latency(0.05)
    if kind is FLINK:  # the request that stops all jobs fails, so that the module sends one for each job
        simulator.fault(meaning=kind.stop, kind="status", status=400, body={"error_code": "X"}, times=1)
    running = start_module(kind, ids)
    wait_for(lambda: stops_have_arrived(simulator), "stop requests")
    running.process.send_signal(number)
    result, errors = running.end()
    sent = len(simulator.journal(mutating=True))
    assert errors == ""
    truths = simulator.truths(kind.service)
    assert_result_is_accurate(result, ids, truths)
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


def test_repeated_signals_are_harmless(simulator, start_module):
    """Ignore further signals: a terminal sends one to the process group, and Ansible another."""
    ids = [job["id"] for job in simulator.seed("mrs_v2", count=300)]
    simulator.latency(0.05)
    running = start_module(MRS_V2, ids)
    wait_for(lambda: stops_have_arrived(simulator), "stop requests")
    while running.listener.is_alive():
        running.process.send_signal(signal.SIGINT)
        running.process.send_signal(signal.SIGTERM)
        running.listener.join(0.001)
    result, errors = running.end()
    assert errors == ""
    assert_result_is_accurate(result, ids, simulator.truths("mrs_v2"))


@pytest.mark.parametrize("kind", [SQL, GES], ids=str)
def test_signal_in_read_back_keeps_result(simulator, start_module, kind):
    ids = [job["id"] for job in simulator.seed(kind.service, count=20)]
    simulator.fault(meaning=kind.list, kind="delay", seconds=1, after=1)
    running = start_module(kind, ids)
    wait_for(lambda: request_meanings(simulator).count(kind.list) == 2, "the second reading")
    running.process.send_signal(signal.SIGINT)
    result, _errors = running.end()
    assert "jobs" in result, result
    assert_result_is_accurate(result, ids, simulator.truths(kind.service))
    assert result["changed"]


def test_signal_in_pause_keeps_result(simulator, start_module):
    ids = [job["id"] for job in simulator.seed("dli_sql", count=3, stop_takes=3600)]
    running = start_module(SQL, ids, wait_sleep=30)
    meanings = [SQL.list, *[SQL.stop] * 3, SQL.list]
    wait_for(lambda: request_meanings(simulator) == meanings, "the second reading")
    wait_for(lambda: simulator.journal()[-1]["status"] == 200, "the response to the last request")
    running.process.send_signal(signal.SIGTERM)
    result, _errors = running.end()
    assert {job["outcome"] for job in result["jobs"]} == {"stop_requested"}
    assert "the task was interrupted" in result["msg"]


def test_signal_in_first_read_is_reported(simulator, start_module):
    simulator.fault(meaning=SQL.list, kind="delay", seconds=1, times=9)
    running = start_module(SQL, ["a", "b"])
    wait_for(simulator.journal, "the first request")
    running.process.send_signal(signal.SIGTERM)
    result, errors = running.end()
    assert result["failed"] and "the task was interrupted" in str(result) and errors == ""
    assert simulator.journal(mutating=True) == []


# Modules under Ansible

MARK = "HUAWEICLOUD_TEST_RUN"


def start_process(environment, login, arguments, mark, folder):
    """Start Ansible in its own session, with a mark in the environment that identifies its processes."""
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
def start_ansible(environment, login, tmp_path):
    """Start a command of Ansible, and kill its remaining processes after the test."""
    mark = f"{MARK}={tmp_path}"

    def start(*arguments):
        return start_process(environment, login, [str(BIN / arguments[0]), *arguments[1:]], str(tmp_path), tmp_path)

    start.processes = lambda: find_processes(mark)
    yield start
    for process in find_processes(mark):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def seed_slow_stops(simulator):
    """Create 300 jobs and delay every response by a second."""
    ids = [job["id"] for job in simulator.seed("mrs_v2", count=300)]
    simulator.latency(1)
    return ids


def options_for(simulator, ids):
    """Return the options that stop these jobs."""
    return {**MRS_V2.options(simulator.ready), MRS_V2.ids_option: ids, "wait_sleep": 0.05}


def assert_all_processes_ended(simulator, start_ansible):
    """Check that no process is left and that not every stop was sent."""
    wait_for(lambda: not start_ansible.processes(), f"the end of all processes; left are {start_ansible.processes()}")
    sent = len(simulator.journal(mutating=True))
    assert sent < 300, "the module continued until it had stopped every job"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_interrupted_command_ends_module(simulator, start_ansible, number):
    ids = seed_slow_stops(simulator)
    arguments = json.dumps(options_for(simulator, ids))
    process = start_ansible("ansible", "localhost", "-m", "dataops.huaweicloud.mrs_job_execution", "-a", arguments)
    wait_for(lambda: stops_have_arrived(simulator), "stop requests")
    os.killpg(process.pid, number)  # as a terminal does
    process.communicate(timeout=TIMEOUT)
    assert_all_processes_ended(simulator, start_ansible)


def test_timed_out_task_ends_module(simulator, start_ansible, tmp_path):
    ids = seed_slow_stops(simulator)
    task = {"name": "Stop", "dataops.huaweicloud.mrs_job_execution": options_for(simulator, ids), "timeout": 3}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task]}
    (tmp_path / "play.yml").write_text(
        yaml.safe_dump([{**play, "vars": {"ansible_python_interpreter": sys.executable}}])
    )
    process = start_ansible("ansible-playbook", "play.yml")
    output, _errors = process.communicate(timeout=TIMEOUT)
    assert "timed out" in output.lower() or "timeout" in output.lower(), output
    assert_all_processes_ended(simulator, start_ansible)
