# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run modules against servers that answer wrongly, in a process of their own or through ``ansible``.

Every process has a time limit, after which it is killed and the test fails. To run the tests with other versions of
requests and urllib3 as well, set ``HOSTILE_LIBRARIES`` to a folder with these libraries.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import pytest
from server import PROJECT, SQL, Cloud

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.prefix) / "bin"
PACKAGE = "ansible_collections.dataops.huaweicloud.plugins.modules"
LIMIT = 45.0  # seconds after which any process is killed
GRACE = 2.0  # seconds that a task may go on after its deadline
PEAK = 300  # MiB, the most that any process may take
SETTLED = ("ended_first", "ended_before_stop")


@dataclass(frozen=True)
class Ended:
    """What a process did.

    :ivar peak: the peak of its resident memory in MiB, without its children.
    """

    code: int
    output: str
    errors: str
    seconds: float
    peak: float

    @property
    def result(self) -> dict[str, Any]:
        """Return the result that the module or Ansible printed; fail if it cannot be read."""
        shown = re.search(r"^localhost \| [A-Z!]+ => (\{.*^\})", self.output, re.DOTALL | re.MULTILINE)
        text = shown[1] if shown else self.output
        try:
            result: dict[str, Any] = json.loads(text)
        except ValueError:
            pytest.fail(f"no result was shown:\n{self.output[-3000:]}{self.errors[-3000:]}")
        return result

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        """Return the entries of the jobs by id; fail if the result has none."""
        result = self.result
        assert "jobs" in result, result.get("msg")
        return {job["id"]: job for job in result["jobs"]}

    @property
    def outcomes(self) -> dict[str, str]:
        """Return the outcome of each job by id."""
        return {id: job["outcome"] for id, job in self.jobs.items()}


class Process:
    """A running process whose output goes to files, so that it never waits for a reader."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: pathlib.Path, text: str = "") -> None:
        number = len(list(folder.glob("*.out")))
        self._files = [folder / f"{number}.{kind}" for kind in ("out", "err")]
        self._began = time.monotonic()
        with contextlib.ExitStack() as stack:
            out, err = (stack.enter_context(path.open("wb")) for path in self._files)
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=out, stderr=err, start_new_session=True
            )
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        self._process.stdin.close()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        os.kill(self._process.pid, number)

    def end(self, within: float = LIMIT) -> Ended:
        """Wait for the end of the process; fail if that takes longer than so many seconds."""
        stop = time.monotonic() + within
        peak = 0.0
        while self._process.poll() is None:
            peak = max(peak, self._peak())
            if time.monotonic() > stop:
                self.kill()
                pytest.fail(f"The process was still running after {within:.1f} s")
            time.sleep(0.01)
        seconds = time.monotonic() - self._began
        output, errors = (path.read_bytes().decode("utf-8", "surrogateescape") for path in self._files)
        return Ended(self._process.returncode, output, errors, seconds, peak)

    def _peak(self) -> float:
        """Return the peak in MiB. The resource usage of a child would include the memory of its parent."""
        with contextlib.suppress(OSError):
            status = pathlib.Path("/proc", str(self._process.pid), "status").read_text(encoding="utf-8")
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            if found:
                return int(found[1]) / 1024
        return 0.0

    def kill(self) -> None:
        """End the process and its children, if it still runs."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@pytest.fixture(scope="session")
def collections(tmp_path_factory):
    """Return a folder in which Ansible finds this checkout as the collection, and no other collection."""
    tree = tmp_path_factory.mktemp("collections")
    parent = tree / "ansible_collections" / "dataops"
    parent.mkdir(parents=True)
    (parent / "huaweicloud").symlink_to(ROOT)
    return tree


@pytest.fixture(scope="session")
def environment(collections, tmp_path_factory):
    """Return environment variables without credentials and without a way to other hosts."""
    own = ("HW_", "OS_", "HUAWEICLOUD_", "ANSIBLE_")
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_LOCAL_TEMP": str(home / "local"),
        "ANSIBLE_REMOTE_TEMP": str(home / "remote"),
        "HOME": str(home),
        "PYTHONPATH": str(collections),
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1,localhost",
    }


@pytest.fixture(params=["installed", "oldest"])
def libraries(request):
    """Return the folder of other versions of requests and urllib3, or None for those that are installed."""
    if request.param == "installed":
        return None
    folder = os.environ.get("HOSTILE_LIBRARIES")
    if not folder:
        pytest.skip("HOSTILE_LIBRARIES is not set")
    return folder


@pytest.fixture
def cloud(request):
    """Serve a cloud; parametrize indirectly with its service, which is DLI by default."""
    with Cloud(getattr(request, "param", SQL)) as server:
        yield server


def options(cloud, ids=None, **more):
    """Return the options of a module that works on jobs of a cloud; an option that is None is left out."""
    login = {"endpoint": cloud.url, "token": "token-of-the-tests", "project_id": PROJECT}
    given = {**login, **cloud.service.place, "retries": 1, "wait_sleep": 0.1, "wait_timeout": 20, **more}
    if ids is not None:
        given[cloud.service.ids] = list(ids)
    return {name: value for name, value in given.items() if value is not None}


def by_token(cloud):
    """Return the options of a login with a token, beside those that :func:`options` has."""
    return {}


def by_token_alone(cloud):
    """Return the options of a login with a token whose project the identity service has to name."""
    return {"project_id": None, "auth_url": f"{cloud.url}/v3"}


def by_password(cloud):
    """Return the options of a login with a password, in place of the token."""
    who = {"username": "user", "password": "password-of-the-tests", "domain_name": "domain"}
    return {"token": None, "auth_url": f"{cloud.url}/v3", **who}


def by_access_key(cloud):
    """Return the options of a login with an access key, whose project the identity service has to name."""
    keys = {"access_key": "AKOFTHETESTS", "secret_key": "secret-key-of-the-tests", "region": "eu-de"}
    return {"token": None, "project_id": None, "auth_url": f"{cloud.url}/v3", **keys}


@pytest.fixture
def start(environment, tmp_path):
    """Start a module in a process of its own, without Ansible around it."""
    started = []

    def run(module, given, variables=None, libraries=None):
        paths = [*filter(None, [libraries]), environment["PYTHONPATH"]]
        settings = {**environment, "PYTHONPATH": os.pathsep.join(paths), **(variables or {})}
        text = json.dumps({"ANSIBLE_MODULE_ARGS": given})
        started.append(Process([sys.executable, "-m", f"{PACKAGE}.{module}"], settings, tmp_path, text))
        return started[-1]

    yield run
    for process in started:
        process.kill()


@pytest.fixture
def stop(start, cloud):
    """Stop jobs of the cloud, all of them by default, and return what the module did."""

    def run(ids=None, within=LIMIT, variables=None, libraries=None, **more):
        given = options(cloud, cloud.jobs if ids is None else ids, **more)
        return start(cloud.service.module, given, variables, libraries).end(within)

    return run


@pytest.fixture
def info(start, cloud):
    """Read jobs of the cloud, by ids or by filters, and return what the module did."""

    def run(ids=None, within=LIMIT, **more):
        given = options(cloud, ids, wait_sleep=None, **more)
        return start(f"{cloud.service.module}_info", given).end(within)

    return run


@pytest.fixture
def ad_hoc(environment, tmp_path, cloud):
    """Run a module of the cloud's service through an ad-hoc command of Ansible, and return what it did."""

    def run(ids=None, *flags, info=False, within=LIMIT, **more):
        given = options(cloud, ids, **{**({"wait_sleep": None} if info else {}), **more})
        module = f"dataops.huaweicloud.{cloud.service.module}{'_info' if info else ''}"
        command = [str(BIN / "ansible"), "localhost", "-m", module, "-a", json.dumps(given), *flags]
        process = Process(command, environment, tmp_path)
        try:
            return process.end(within)
        finally:
            process.kill()

    return run


@pytest.fixture(scope="session")
def usual(environment, tmp_path_factory):
    """Return how many seconds a task takes on a server without faults, measured once for each service and login."""
    measured: dict[Any, float] = {}

    def seconds(service, login):
        key = (service.name, login)
        if key not in measured:
            with Cloud(service) as cloud:
                cloud.add("a", "b", "c")
                text = json.dumps({"ANSIBLE_MODULE_ARGS": options(cloud, cloud.jobs, **login(cloud))})
                command = [sys.executable, "-m", f"{PACKAGE}.{service.module}"]
                ended = Process(command, environment, tmp_path_factory.mktemp("usual"), text).end()
                assert set(ended.outcomes.values()) == {"stopped"}
                measured[key] = ended.seconds
        return measured[key]

    return seconds


@pytest.fixture
def allowed(usual, cloud):
    """Return how many seconds a task with a deadline may take, its start included."""
    return lambda wait_timeout, login=by_token: wait_timeout + GRACE + usual(cloud.service, login)


def assert_true(ended, cloud):
    """Check that no job is missing in the result and that nothing is claimed that did not happen."""
    assert [*ended.jobs] == [*cloud.jobs]
    for id, entry in ended.jobs.items():
        job, outcome = cloud.jobs[id], entry["outcome"]
        assert entry["changed"] == (outcome in ("stopped", "stop_requested")), entry
        assert not entry["changed"] or job.stopped_by_us, f"{id}: {outcome}, but it was not stopped"
        if outcome in ("already_ended", *SETTLED):
            assert job.status != cloud.service.words[0], f"{id}: {outcome}, but it is running"
    assert ended.result["changed"] == any(entry["changed"] for entry in ended.jobs.values())
    json.dumps(ended.result, ensure_ascii=False).encode()


def assert_failed(ended, id):
    """Check that a job failed, with a reason, and that the task failed."""
    assert ended.outcomes[id] == "failed"
    assert ended.jobs[id]["error"]["message"]
    assert ended.code


def assert_small(ended):
    """Check the peak of the memory."""
    assert ended.peak < PEAK, f"{ended.peak:.0f} MiB"


def assert_translated(ended):
    """Check that no exception of a library is shown."""
    shown = ended.output + ended.errors
    found = [word for word in ("Traceback", "OverflowError") if word in shown]
    assert not found, shown[:2000]
