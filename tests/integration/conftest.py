# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Ansible against the simulator, over real HTTP. One simulator serves a session; each test starts it afresh."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys

import ansible_runner
import pytest
import yaml
from kinds import KINDS
from servers import ForeignHost, ForwardProxy, MetadataService, agency_keys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.simulator.running import Simulator
from tests.unit.conftest import no_cloud_in_environment, run_module

BIN = pathlib.Path(sys.prefix) / "bin"
__all__ = ["no_cloud_in_environment", "run_module"]


class Ran:
    """What an ad-hoc command did."""

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.code = process.returncode
        self.output = process.stdout + process.stderr
        found = re.search(r"^localhost \| [A-Z!]+ => (\{.*^\})", process.stdout, re.DOTALL | re.MULTILINE)
        self.result = json.loads(found[1]) if found else {}

    @property
    def outcomes(self) -> dict[str, str]:
        """Each job's outcome."""
        return {job["id"]: job["outcome"] for job in self.result["jobs"]}


class Played:
    """What a playbook did, read back from the event stream of ansible-runner."""

    def __init__(self, run: ansible_runner.Runner) -> None:
        self.status = run.status
        self.stats = run.stats
        self.stdout = run.stdout.read()
        self.artifacts = pathlib.Path(run.config.artifact_dir)
        self.results = [
            {**event["event_data"]["res"], "failed": event["event"] == "runner_on_failed"}
            for event in run.events
            if event["event"] in ("runner_on_ok", "runner_on_failed")
        ]


@pytest.fixture(scope="session")
def collections(tmp_path_factory):
    """A folder in which Ansible finds this checkout as the collection, and nothing else."""
    tree = tmp_path_factory.mktemp("collections")
    parent = tree / "ansible_collections" / "dataops"
    parent.mkdir(parents=True)
    (parent / "huaweicloud").symlink_to(ROOT)
    return tree


@pytest.fixture(scope="session")
def simulator_process():
    with Simulator.start() as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process):
    simulator_process.reset()
    return simulator_process


@pytest.fixture
def examples(simulator):
    return simulator.ready["examples"]


@pytest.fixture
def environment(collections, tmp_path):
    """The environment of Ansible, without what could log it in anywhere."""
    own = ("HW_", "OS_", "HUAWEICLOUD_", "ANSIBLE_")
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "local"),
        # what would log in from a home or from a cloud machine's metadata service, which is asked over plain http
        "HOME": str(home),
        "http_proxy": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1,localhost",
    }


@pytest.fixture
def login(simulator):
    """The variables that log in to the simulator."""
    ready = simulator.ready
    return {"HW_ENDPOINT": ready["mrs"], "HW_AUTH_TOKEN": ready["token"], "HW_PROJECT_ID": ready["project_id"]}


@pytest.fixture
def stop(simulator, run_module):
    """Stop jobs of a kind in this process, over real HTTP: for what needs no Ansible around the module."""

    def run(kind, *ids, **more):
        ready = simulator.ready
        login = {"endpoint": ready["mrs"], "token": ready["token"], "project_id": ready["project_id"]}
        options = {**login, **kind.options(ready), kind.ids: [str(id) for id in ids], "wait_sleep": 0.02, **more}
        return run_module(kind.module, **{name: value for name, value in options.items() if value is not None})

    return run


@pytest.fixture
def ad_hoc(environment, login):
    """Run one ad-hoc command, logged in to the simulator unless other variables are given."""

    def run(module: str, arguments: str | dict, *flags: str, variables: dict | None = None) -> Ran:
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        command = [str(BIN / "ansible"), "localhost", "-m", f"dataops.huaweicloud.{module}", "-a", text, *flags]
        variables = {**environment, **(login if variables is None else variables)}
        return Ran(subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False))

    return run


@pytest.fixture
def play(environment, login, tmp_path, monkeypatch):
    """Play tasks through ansible-runner, as AWX does, logged in to the simulator unless other variables are given."""

    def run(tasks: list[dict], *flags: str, variables: dict | None = None, **play_keys) -> Played:
        monkeypatch.setattr(os, "environ", {**environment, **(login if variables is None else variables)})
        head = {
            "name": "Test",
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable},
        }
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        (folder / "project").mkdir(parents=True)
        (folder / "project" / "play.yml").write_text(yaml.safe_dump([{**head, **play_keys, "tasks": tasks}]))
        with contextlib.chdir(folder):
            return Played(
                ansible_runner.run(
                    private_data_dir=str(folder),
                    playbook="play.yml",
                    quiet=True,
                    cmdline=" ".join(flags) or None,
                    envvars={"PATH": f"{BIN}{os.pathsep}{environment['PATH']}"},
                )
            )

    return run


@pytest.fixture
def proxy():
    """A forward proxy. Nothing goes through it before a test says so."""
    with ForwardProxy() as server:
        yield server


@pytest.fixture
def foreign_host():
    """A host with which secrets have no business."""
    with ForeignHost() as server:
        yield server


@pytest.fixture
def metadata(simulator, monkeypatch):
    """This machine's metadata service, with an agency; for real Ansible, give it the C{variables} of the service."""
    with MetadataService(agency_keys(simulator.ready)) as server:
        for name, value in server.variables.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def enter(simulator, monkeypatch, request, tmp_path):
    """Set this process's environment as a way has it, with other variables perhaps, or without some (None)."""

    def set_up(way, **changes):
        if way.agency:
            request.getfixturevalue("metadata")
        for name, value in {**way.enter(simulator.ready, tmp_path), **changes}.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return set_up


@pytest.fixture
def run(simulator, run_module):
    """Stop a job in this process with nothing but the environment to log in; give the result and what was asked."""

    def stop(kind=KINDS[3], id=None, **options):
        id = id or str(simulator.seed(kind.service)[0]["id"])
        given = {**kind.options(simulator.ready), kind.ids: [id], "wait_sleep": 0.02, "retries": 0, **options}
        result = run_module(kind.module, **given)
        return result, [request["meaning"] for request in simulator.journal()]

    return stop
