# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures that run modules, ad-hoc commands and playbooks against the simulator, over real HTTP.

All tests of a session share one simulator process. It is reset before each test.
"""

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
from job_kinds import seed_jobs
from servers import ForeignHost, ForwardProxy, MetadataService, agency_keys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.simulator.running import Simulator
from tests.unit.conftest import no_cloud_in_environment, run_module

BIN = pathlib.Path(sys.prefix) / "bin"
__all__ = ["no_cloud_in_environment", "run_module"]


class AdHocResult:
    """The result of an ad-hoc command."""

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.exit_code = process.returncode
        self.output = process.stdout + process.stderr
        found = re.search(r"^localhost \| [A-Z!]+ => (\{.*^\})", process.stdout, re.DOTALL | re.MULTILINE)
        self.result = json.loads(found[1]) if found else {}

    @property
    def outcomes(self) -> dict[str, str]:
        """Return the outcome of each job by its id."""
        return {job["id"]: job["outcome"] for job in self.result["jobs"]}


class PlaybookResult:
    """The result of a playbook, from the event stream of ansible-runner."""

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
    """Return a collection path that holds this checkout and nothing else."""
    tree = tmp_path_factory.mktemp("collections")
    parent = tree / "ansible_collections" / "dataops"
    parent.mkdir(parents=True)
    (parent / "huaweicloud").symlink_to(ROOT)
    return tree


@pytest.fixture(scope="session")
def simulator_process():
    """Start the simulator for the whole session."""
    with Simulator.start() as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process):
    """Return the simulator in its initial state."""
    simulator_process.reset()
    return simulator_process


@pytest.fixture
def examples(simulator):
    """Return the ids of the simulator's example jobs, clusters and graphs."""
    return simulator.ready["examples"]


@pytest.fixture
def environment(collections, tmp_path):
    """Return an environment for Ansible without any credentials."""
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
        # An empty home directory and an unreachable proxy keep credentials files and the metadata service away.
        "HOME": str(home),
        "http_proxy": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1,localhost",
    }


@pytest.fixture
def login(simulator):
    """Return the environment variables that authenticate at the simulator."""
    ready = simulator.ready
    return {"HW_ENDPOINT": ready["mrs"], "HW_AUTH_TOKEN": ready["token"], "HW_PROJECT_ID": ready["project_id"]}


@pytest.fixture
def run_stop_module(simulator, run_module):
    """Run the module that stops jobs of a kind in this process, without Ansible around it.

    The returned function takes the kind, the ids of the jobs and further options, and returns the module's result. If
    no id is given, it stops a newly created running job. By default, the options authenticate at the simulator with
    its token; ``default_login=False`` omits them. An option of None is not passed to the module.
    """

    def run(kind, *ids, default_login=True, **options):
        ready = simulator.ready
        ids = ids or seed_jobs(simulator, kind)
        login = {"endpoint": ready["mrs"], "token": ready["token"], "project_id": ready["project_id"]}
        given = {
            **(login if default_login else {}),
            **kind.options(ready),
            kind.ids_option: [str(id) for id in ids],
            "wait_sleep": 0.02,
            **options,
        }
        return run_module(kind.module, **{name: value for name, value in given.items() if value is not None})

    return run


@pytest.fixture
def run_ad_hoc(environment, login):
    """Run an ad-hoc command, with the variables that authenticate at the simulator unless others are given."""

    def run(module: str, arguments: str | dict, *flags: str, variables: dict | None = None) -> AdHocResult:
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        command = [str(BIN / "ansible"), "localhost", "-m", f"dataops.huaweicloud.{module}", "-a", text, *flags]
        variables = {**environment, **(login if variables is None else variables)}
        return AdHocResult(
            subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)
        )

    return run


@pytest.fixture
def run_playbook(environment, login, tmp_path, monkeypatch):
    """Run tasks as a playbook through ansible-runner, as AWX does.

    The environment authenticates at the simulator unless other variables are given.
    """

    def run(tasks: list[dict], *flags: str, variables: dict | None = None, **play_keys) -> PlaybookResult:
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
            return PlaybookResult(
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
    """Start a forward proxy. No request uses it until a test sets a proxy variable."""
    with ForwardProxy() as server:
        yield server


@pytest.fixture
def foreign_host():
    """Start a host that must never receive a secret."""
    with ForeignHost() as server:
        yield server


@pytest.fixture
def metadata(simulator, monkeypatch):
    """Start the metadata service of a machine with an agency, and let this process use it.

    For real Ansible, add the ``variables`` of the service to its environment.
    """
    with MetadataService(agency_keys(simulator.ready)) as server:
        for name, value in server.variables.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def set_credentials(simulator, monkeypatch, request, tmp_path):
    """Set the environment of this process for an authentication method.

    Keyword arguments set further variables; a variable of None is removed.
    """

    def set_up(auth_method, **changes):
        if auth_method.agency:
            request.getfixturevalue("metadata")
        for name, value in {**auth_method.prepare(simulator.ready, tmp_path), **changes}.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return set_up
