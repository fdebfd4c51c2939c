# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress lines during the wait: at a terminal, in a pipeline, and under ansible-runner, which AWX uses."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys

import ansible_runner
import pytest
import yaml
from conftest import BIN, ROOT
from job_kinds import KINDS
from test_interruption import TIMEOUT, find_processes, wait_for

pytestmark = pytest.mark.operations

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
# A progress line, as in docs/progress.md.
LINE = re.compile(
    r"^(?P<module>\w+): \[(?P<host>[^\]\n]+)\] => (?:\(item=(?P<item>[^\n]*?)\) => )?"
    r"(?P<running>\d+) of (?P<all>\d+) jobs? still running after \d+ s, \d+ s of wait_timeout left: "
    r"(?P<jobs>[^\r\n]+)\r?$",
    re.MULTILINE,
)
STOP_TAKES = 3600  # seconds on the simulator's clock, which a test advances


def progress_lines(text):
    """Return the progress lines in a text, each as a dict of its parts."""
    return [match.groupdict() for match in LINE.finditer(text)]


def task(kind, ready, ids, **more):
    """Return a task that stops jobs."""
    options = {**kind.options(ready), kind.ids_option: [str(id) for id in ids], "wait_sleep": 0.05}
    return {"name": f"Stop {kind.service}", f"dataops.huaweicloud.{kind.module}": options, **more}


def play_of(*tasks, **more):
    """Return a play with a short report interval."""
    variables = {"ansible_python_interpreter": sys.executable, "huaweicloud_progress": 0.05}
    return [{"name": "Test", "hosts": "all", "gather_facts": False, "vars": variables, **more, "tasks": list(tasks)}]


class Terminal:
    """Ansible at its own terminal.

    :ivar shown: the output so far.
    """

    def __init__(self, command, environment, folder):
        self._screen, keyboard = pty.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            [str(BIN / command[0]), *command[1:]],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=keyboard,
            stderr=keyboard,
            start_new_session=True,
        )
        os.close(keyboard)

    def read(self, condition=lambda shown: False):
        """Read until a condition holds for the output, by default until the end, and return the output."""
        while not condition(self.shown):
            assert select.select([self._screen], [], [], TIMEOUT)[0], f"no further output after {self.shown}"
            try:
                shown = os.read(self._screen, 65536)
            except OSError:  # the other side of the terminal is closed
                shown = b""
            if not shown:
                break
            self.shown += shown.decode()
        return self.shown

    def close(self):
        """Close the terminal and wait for the process."""
        os.close(self._screen)
        self.process.wait()


@pytest.fixture
def terminal(environment, login, tmp_path):
    """Start commands of Ansible at terminals, and end their processes after the test."""
    opened = []

    def start(*command, playbook=None):
        if playbook:
            (tmp_path / "play.yml").write_text(yaml.safe_dump(playbook))
        opened.append(Terminal(command, {**environment, **login}, tmp_path))
        return opened[-1]

    yield start
    for process in find_processes(str(tmp_path / "local")):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for one in opened:
        one.close()


@pytest.fixture
def run_runner(environment, login, tmp_path, monkeypatch):
    """Run a playbook through ansible-runner, and call a function at each event with a progress line."""

    def run(playbook, inventory, on_progress=lambda: None):
        monkeypatch.setattr(os, "environ", {**environment, **login})
        (tmp_path / "project").mkdir()
        (tmp_path / "project" / "play.yml").write_text(yaml.safe_dump(playbook))
        (tmp_path / "inventory").mkdir()
        (tmp_path / "inventory" / "hosts.yml").write_text(yaml.safe_dump(inventory))

        def handle(event):
            if progress_lines(event["stdout"]):
                on_progress()
            return True  # keep the event

        with contextlib.chdir(tmp_path):
            return ansible_runner.run(
                private_data_dir=str(tmp_path), playbook="play.yml", quiet=True, event_handler=handle
            )

    return run


@pytest.mark.smoke
def test_progress_precedes_task_result(simulator, terminal):
    ids = [job["id"] for job in simulator.seed("dli_sql", count=5, stop_takes=STOP_TAKES)]
    screen = terminal(
        "ansible-playbook",
        "-i",
        "localhost,",
        "-c",
        "local",
        "play.yml",
        playbook=play_of(task(SQL, simulator.ready, ids)),
    )
    screen.read(lambda shown: len(progress_lines(shown)) == 3)
    first_lines = progress_lines(screen.shown)
    assert screen.process.poll() is None
    simulator.advance(2 * STOP_TAKES)
    shown = screen.read()

    assert screen.process.wait(TIMEOUT) == 0, shown
    for line in first_lines:
        assert (line["module"], line["host"], line["item"]) == ("dli_job", "localhost", None)
        assert (line["running"], line["all"]) == ("5", "5")
        named = line["jobs"].split(", ")
        assert named.pop() == "and 2 more"
        for id, job in zip(ids, named):
            started = simulator.truth("dli_sql", id)["history"][0]["at"]
            since = datetime.datetime.fromtimestamp(int(started), datetime.timezone.utc)
            assert job == f"{id} RUNNING since {since:%Y-%m-%dT%H:%M:%SZ}"
    first, last = (list(LINE.finditer(shown))[which] for which in (0, -1))
    assert shown.index("TASK [Stop dli_sql]") < first.start()
    assert last.end() < shown.index("changed: [localhost]")


@pytest.mark.smoke
def test_closed_stderr_does_not_stop_task(simulator, environment, login):
    id = simulator.seed("cdm", stop_takes=STOP_TAKES)[0]["id"]
    options = json.dumps({**CDM.options(simulator.ready), CDM.ids_option: id, "wait_sleep": 0.05, "wait_timeout": 60})
    process = subprocess.Popen(
        [str(BIN / "ansible"), "localhost", "-m", "dataops.huaweicloud.cdm_job", "-a", options]
        + ["-e", "huaweicloud_progress=0.05", "--one-line"],
        env={**environment, **login},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Progress lines go to standard error without buffering, although it is not a terminal.
    (line,) = next(found for found in map(progress_lines, process.stderr) if found)
    process.stderr.close()
    assert (line["module"], line["host"]) == ("cdm_job", "localhost")
    asked = len(simulator.journal())
    wait_for(lambda: len(simulator.journal()) > asked + 5, "several readings")
    simulator.advance(2 * STOP_TAKES)
    head, result = process.stdout.read().split(" => ")
    assert process.wait(TIMEOUT) == 0
    assert head == "localhost | CHANGED"
    assert json.loads(result)["jobs"][0]["outcome"] == "stopped"


def assert_event(event, kind, id):
    """Check an event with a progress line of a task that stops one job."""
    (line,) = progress_lines(event["stdout"])
    assert event["event"] == "verbose"
    # statistics and module defaults use the name of the module
    assert event["event_data"]["resolved_action"] == f"dataops.huaweicloud.{kind.module}"
    assert (line["module"], line["host"], line["running"]) == (kind.module, "localhost", "1")
    assert line["jobs"].startswith(f"{id} ")


@pytest.mark.smoke
def test_runner_emits_event_per_line(simulator, run_runner):
    jobs = {
        kind: simulator.seed(kind.service, stop_takes=60)[0]["id"] for kind in (MRS, MRS_V2, CDM, SPARK, FLINK, GES)
    }
    playbook = play_of(*(task(kind, simulator.ready, [id]) for kind, id in jobs.items()))
    inventory = {"all": {"hosts": {"localhost": {"ansible_connection": "local"}}}}
    run = run_runner(playbook, inventory, on_progress=lambda: simulator.advance(120))

    events = [event for event in run.events if progress_lines(event.get("stdout", ""))]
    assert run.status == "successful", run.stdout.read()
    tasks = {
        event["uuid"]: event["event_data"]["task"] for event in run.events if event["event"] == "playbook_on_task_start"
    }
    for kind, id in jobs.items():
        own = [event for event in events if tasks[event["parent_uuid"]] == f"Stop {kind.service}"]
        assert own, run.stdout.read()
        for event in own:
            assert_event(event, kind, id)
    assert len(progress_lines(run.stdout.read())) == len(events)


def test_slow_stop_requests_are_reported(simulator, terminal):
    ids = [job["id"] for job in simulator.seed("mrs_v2", count=100)]
    simulator.latency(0.5)
    playbook = play_of(task(MRS_V2, simulator.ready, ids, vars={"huaweicloud_progress": 0.5}))
    screen = terminal("ansible-playbook", "-i", "localhost,", "-c", "local", "play.yml", playbook=playbook)
    line = re.compile(r"mrs_job_execution: \[localhost\] => (\d+) of (\d+) jobs asked to stop after \d+ s, ")
    screen.read(line.search)
    simulator.latency(0)
    shown = screen.read()
    asked, active = map(int, line.search(shown).groups())
    assert 0 <= asked < active <= len(ids)
    assert "changed: [localhost]" in shown


def looped_tasks(ready):
    """Return tasks that loop over jobs: with a label, with another loop variable, and delegated."""
    return [
        task(
            FLINK,
            ready,
            ["{{ item.id }}"],
            loop="{{ items[inventory_hostname] }}",
            loop_control={"label": "{{ item.name }}"},
        ),
        task(
            FLINK,
            ready,
            ["{{ job }}"],
            loop="{{ [plain[inventory_hostname]] }}",
            loop_control={"loop_var": "job"},
        ),
        # the label depends on the result, which does not exist yet
        task(
            FLINK,
            ready,
            ["{{ delegated[inventory_hostname] }}"],
            delegate_to="localhost",
            loop=[1],
            loop_control={"label": "{{ ended.jobs[0].status }}"},
            register="ended",
        ),
    ]


def test_progress_names_host_and_item(simulator, run_runner):
    hosts = ("east", "west")
    labelled, plain, delegated = (
        {host: str(simulator.seed("dli_flink", stop_takes=1)[0]["id"]) for host in hosts} for _each in range(3)
    )
    # control characters in a name must not reach the terminal
    items = {host: [{"id": id, "name": "nightly\x1b[31m", "password": "Hush1234"}] for host, id in labelled.items()}
    variables = {**play_of()[0]["vars"], "items": items, "plain": plain, "delegated": delegated}
    inventory = {"all": {"hosts": {host: {"ansible_connection": "local"} for host in hosts}}}
    run = run_runner(play_of(*looped_tasks(simulator.ready), vars=variables), inventory)

    shown = run.stdout.read()
    assert run.status == "successful", shown
    heads = {(line["host"], line["item"], line["jobs"].split()[0]) for line in progress_lines(shown)}
    assert heads == {
        *((host, "nightly[31m", id) for host, id in labelled.items()),
        *((host, id, id) for host, id in plain.items()),
        *((f"{host} -> localhost", "…", id) for host, id in delegated.items()),
    }


REMOTE = """
from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = '''
name: elsewhere
short_description: A local connection that Ansible treats as another machine
extends_documentation_fragment: [connection_pipelining]
options: {}
'''


class Connection(Local):
    transport = "elsewhere"
"""


def task_keywords(folder):
    """Return task keywords of which only the first lets a waiting task show progress."""
    # For asynchronous tasks, Ansible does not quote the path of Python, which may contain a space.
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return {
        "default": {},
        "disabled": {"vars": {"huaweicloud_progress": 0}},
        "no_log": {"no_log": True},
        "another machine": {"vars": {"ansible_connection": "elsewhere"}},
        "asynchronous": {"async": 60, "poll": 1, "vars": {"ansible_python_interpreter": str(python)}},
        "check mode": {"check_mode": True},
        "no wait": {},
    }


@pytest.fixture
def run_with_keywords(simulator, run_playbook, login, tmp_path):
    """Stop one job with each set of task keywords; return the playbook run, and the result of each task by name."""
    (tmp_path / "elsewhere.py").write_text(REMOTE)
    keywords = task_keywords(tmp_path)
    ids = [job["id"] for job in simulator.seed("dli_sql", count=len(keywords), stop_takes=0.5)]
    tasks = [task(SQL, simulator.ready, [id], **more) for id, more in zip(ids, keywords.values())]
    tasks[-1]["dataops.huaweicloud.dli_job"]["wait"] = False
    variables = {**play_of()[0]["vars"], "ansible_async_dir": str(tmp_path / "async")}
    environment = {**login, "ANSIBLE_CONNECTION_PLUGINS": str(tmp_path)}
    playbook_run = run_playbook(tasks, variables=environment, vars=variables)
    assert playbook_run.status == "successful", playbook_run.stdout
    return playbook_run, dict(zip(keywords, playbook_run.results))


def comparable(result):
    """Return the result of a task without the parts that differ from job to job."""
    (job,) = result["jobs"]
    keys = {"changed", "msg", "jobs", "diff", "invocation", "failed"}
    jobs = [{key: job[key] for key in job.keys() - {"details", "id"}}]
    return {**{key: value for key, value in result.items() if key in keys}, "invocation": 0, "jobs": jobs}


@pytest.mark.smoke
def test_only_default_task_shows_progress(run_with_keywords):
    playbook_run, results = run_with_keywords
    lines = progress_lines(playbook_run.stdout)
    assert {line["jobs"].split()[0] for line in lines} == {results["default"]["jobs"][0]["id"]}
    assert "censored" in str(results["no_log"])
    assert results["check mode"]["jobs"][0]["outcome"] == "would_stop"
    assert results["no wait"]["jobs"][0]["outcome"] == "stop_requested"


@pytest.mark.smoke
def test_progress_does_not_change_results(simulator, run_with_keywords):
    _playbook_run, results = run_with_keywords
    waiting = [results[name] for name in ("default", "disabled", "another machine", "asynchronous")]
    for result in waiting:
        (job,) = result["jobs"]
        readings = [request for request in simulator.journal() if job["id"] in request["path"]]
        assert len(readings) > 3, "the task did not wait"
        assert job["outcome"] == "stopped"
    assert [comparable(result) for result in waiting[1:]] == [comparable(waiting[0])] * 3
    assert results["default"].keys() == results["disabled"].keys()


def test_invalid_interval_is_a_warning(simulator, run_playbook):
    wrong = ["often", -1, "nan", "inf", [10]]
    ids = [job["id"] for job in simulator.seed("dli_sql", count=len(wrong))]
    tasks = [task(SQL, simulator.ready, [id], vars={"huaweicloud_progress": value}) for id, value in zip(ids, wrong)]
    playbook_run = run_playbook(tasks)
    assert [result["changed"] for result in playbook_run.results] == [True] * len(wrong), playbook_run.stdout
    output = " ".join(playbook_run.stdout.split())
    for value in wrong:
        assert f"huaweicloud_progress must be a number of seconds between 0 and 3600, not {value}. Using 10." in output


def test_interruption_leaves_nothing_behind(simulator, terminal, tmp_path):
    first, second = (simulator.seed("dli_sql", stop_takes=STOP_TAKES)[0]["id"] for _each in range(2))
    playbook = play_of(
        task(SQL, simulator.ready, [first], timeout=2, ignore_errors=True), task(SQL, simulator.ready, [second])
    )
    screen = terminal("ansible-playbook", "-i", "localhost,", "-c", "local", "play.yml", playbook=playbook)

    def pipes():
        return list(tmp_path.glob("local/*/progress-*/pipe"))

    screen.read(lambda shown: f"{second} RUNNING" in shown)
    assert "imed out" in screen.shown or "imeout" in screen.shown
    (pipe,) = pipes()
    assert pipe.parent.stat().st_mode & 0o777 == 0o700
    # Other threads block signals: only the main thread handles them.
    workers = [
        process for process, parent in find_processes(str(tmp_path / "local")).items() if parent == screen.process.pid
    ]
    threads = [
        pathlib.Path(f"/proc/{worker}/task/{id}") for worker in workers for id in os.listdir(f"/proc/{worker}/task")
    ]
    others = [thread for thread in threads if thread.name != thread.parts[2]]
    assert others
    for thread in others:
        blocked = int(re.search(r"^SigBlk:\s+(\w+)$", (thread / "status").read_text(), re.MULTILINE)[1], 16)
        assert all(blocked & 1 << number - 1 for number in (signal.SIGINT, signal.SIGTERM))
    os.killpg(screen.process.pid, signal.SIGINT)  # as a terminal does
    screen.read()
    screen.process.wait(TIMEOUT)
    wait_for(lambda: not find_processes(str(tmp_path / "local")), "the end of all processes")
    assert pipes() == []


def test_every_stop_module_shows_progress(simulator):
    plugins = pathlib.Path(ROOT, "plugins")
    waiting = {file.stem for file in (plugins / "modules").glob("*.py") if "run_info_module" not in file.read_text()}
    assert (
        {file.stem for file in (plugins / "action").glob("*.py")}
        == waiting
        == {"data_jobs", *(kind.module for kind in KINDS)}
    )


def test_documented_lines_match_format():
    text = pathlib.Path(ROOT, "docs", "progress.md").read_text()
    shown = [line for line in text.splitlines() if re.match(r"\w+: \[.*\] => ", line)]
    assert len(shown) == 3
    assert all(LINE.match(line) for line in shown)
