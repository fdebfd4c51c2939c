# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the algorithm of data_jobs: targets in parallel, one login, and what happens if the time is over."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils import _connection, _workers
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    AuthenticationFailed,
    InvalidOption,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs import bulk
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.bulk import BulkSettings, BulkStopper
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.targets import Target
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.base import Job, Phase

PATIENCE = 10  # seconds to wait for other threads
TOKEN = {"token": "t", "project_id": "p", "region": "r"}


class FakeJobs:
    """The jobs of one target, all of them active until they are stopped.

    :param before: called with the name of each call and the id.
    """

    kind = location = ""
    listing = None
    batch_size = 1
    phase_if_missing = Phase.ENDED
    id_key = "id"

    def __init__(self, name="dli", before=lambda call, id: None):
        self.name, self.root, self.before = name, f"root{id(self)}", before
        self.stopped = []

    def connect(self, connection):
        self.connection, self.project = connection, "p"
        self.client = SimpleNamespace(base_url="u", limiter=SimpleNamespace(unblock=lambda: None))
        self.before("connect", "")

    def attributes(self, record):
        return {}

    def get(self, id):
        self.before("get", id)
        if id in self.stopped:
            return Job(id, "KILLED", Phase.STOPPED, {})
        return Job(id, "RUNNING", Phase.ACTIVE, {})

    def stop(self, id):
        self.before("stop", id)
        self.stopped.append(id)


def target_of(index, service, *ids, **login):
    target = Target(index, {"service": "mrs", "ids": list(ids), **login})
    target.service = service
    return target


@pytest.fixture
def make(make_options):
    """Create a stopper of targets, each with one job unless it is a target already."""

    def make(*services, concurrency=8, deadline=None, wait=True, **options):
        targets = [
            target_of(index, each, f"j{index}") if isinstance(each, FakeJobs) else each
            for index, each in enumerate(services)
        ]
        settings = BulkSettings(wait=wait, wait_sleep=0.01, retries=0, concurrency=concurrency)
        options = make_options(**(options or TOKEN))
        return BulkStopper(targets, options, deadline or Deadline(60), Secrets(), settings)

    return make


def outcomes(stopper):
    return {job.attempt.id: job.attempt.outcome for plan in stopper.plans for job in plan.jobs}


def errors(stopper):
    return [plan.error and plan.error.message for plan in stopper.plans]


def test_jobs_of_all_targets_are_stopped(make):
    services = [FakeJobs("mrs"), FakeJobs("dli"), FakeJobs("dli")]
    stopper = make(*services)
    stopper.plan()
    assert outcomes(stopper) == dict.fromkeys(["j0", "j1", "j2"], "would_stop")
    assert not any(service.stopped for service in services)
    stopper.stop()
    assert outcomes(stopper) == dict.fromkeys(["j0", "j1", "j2"], "stopped")


def test_no_targets_need_no_work(make):
    stopper = make()
    stopper.plan()
    stopper.stop()
    assert stopper.plans == []


def test_empty_ids_need_no_login(make):
    service = FakeJobs()
    stopper = make(target_of(0, service), token=None)
    stopper.plan()
    stopper.stop()
    assert not hasattr(service, "connection") and errors(stopper) == [None]


def test_only_planned_jobs_are_stopped(make):
    statuses = {"a": Phase.ENDED, "b": Phase.ACTIVE}
    service = FakeJobs()
    service.get = lambda id: Job(id, "X", Phase.STOPPED if id in service.stopped else statuses[id], {})
    stopper = make(target_of(0, service, "a", "b"))
    stopper.plan()
    statuses["a"] = Phase.ACTIVE
    stopper.stop()
    assert (service.stopped, outcomes(stopper)) == (["b"], {"a": "already_ended", "b": "stopped"})


def fail(error):
    def before(call, id):
        raise error

    return before


@pytest.mark.parametrize("error", [ApiError("No cluster.", "X.1", 404), KeyError("x")], ids=repr)
def test_failed_target_hides_no_other(make, error):
    stopper = make(FakeJobs(before=fail(error)), FakeJobs())
    stopper.plan()
    stopper.stop()
    assert outcomes(stopper) == {"j1": "stopped"}
    first, second = errors(stopper)
    assert first in ("No cluster.", "The response has an unexpected form (KeyError).") and second is None


def test_targets_work_at_the_same_time(make):
    """Check that no target waits for another, however many there are and however few requests may be in flight."""
    count = 40
    meeting = threading.Barrier(count, timeout=PATIENCE)
    services = [FakeJobs(f"s{number}") for number in range(count)]
    stopper = make(*services, concurrency=1)
    for call in ("connect", "stop"):
        for service in services:
            service.before = lambda name, id, call=call: meeting.wait() if name == call else None
        (stopper.plan if call == "connect" else stopper.stop)()
    assert errors(stopper) == [None] * count
    assert set(outcomes(stopper).values()) == {"stopped"}


def test_services_have_threads_of_their_own(make):
    """Check that a service that does not respond does not keep the jobs of another from being stopped."""
    release = threading.Event()
    slow = FakeJobs("mrs", lambda call, id: release.wait(PATIENCE) if call == "get" and id != "last" else None)
    quick = FakeJobs("dli", lambda call, id: release.set() if id == "last" else None)
    stopper = make(target_of(0, slow, "a", "b", "c"), target_of(1, quick, "d", "last"), concurrency=1)
    stopper.plan()
    assert release.is_set()
    assert set(outcomes(stopper).values()) == {"would_stop"}


@pytest.fixture
def logins(monkeypatch):
    """Return the options of each login, which are not sent anywhere."""
    made = []

    def authenticate(credentials, transport, limiter):
        made.append(credentials.options)
        return SimpleNamespace(project_id="p")

    monkeypatch.setattr(_connection, "authenticate", authenticate)
    return made


class LoggedInJobs(FakeJobs):
    """Jobs that log in."""

    def connect(self, connection):
        assert connection.authenticator.project_id == "p"
        super().connect(connection)


def test_equal_logins_are_one(make, logins):
    own = [{}, {"endpoint": "https://a.example"}, {"region": "r"}, {"project_id": "p", "endpoint": "https://b.example"}]
    services = [LoggedInJobs() for _each in own]
    stopper = make(*(target_of(number, services[number], "j", **login) for number, login in enumerate(own)))
    stopper.plan()
    assert len(logins) == 1
    assert [service.connection.options["endpoint"] for service in services] == [
        None,
        "https://a.example",
        None,
        "https://b.example",
    ]


def test_other_projects_need_other_logins(make, logins):
    own = [{}, {"project_id": "q"}, {"project_name": "n"}, {"region": "s"}]
    stopper = make(*(target_of(number, LoggedInJobs(), "j", **login) for number, login in enumerate(own)))
    stopper.plan()
    found = {(options["project_id"], options["project_name"], options["region"]) for options in logins}
    assert found == {("p", None, "r"), ("q", None, "r"), (None, "n", "r"), ("p", None, "s")}


def test_failed_login_is_not_repeated(make, monkeypatch):
    calls = []

    def refuse(credentials, transport, limiter):
        calls.append(credentials)
        raise AuthenticationFailed("Wrong password.", http_status=401)

    monkeypatch.setattr(_connection, "authenticate", refuse)
    stopper = make(*(LoggedInJobs() for _target in range(5)))
    stopper.plan()
    assert len(calls) == 1
    assert errors(stopper) == ["Wrong password."] * 5


@pytest.mark.parametrize(
    ("login", "message"),
    [
        ({"endpoint": "a.example"}, r"^targets\[1\] \(mrs\): endpoint must be a URL"),
        ({"project_id": ".."}, r"^targets\[1\] \(mrs\): project_id must not be"),
    ],
)
def test_unusable_login_is_refused_first(make, login, message):
    service = FakeJobs()
    stopper = make(service, target_of(1, FakeJobs(), "j", **login))
    with pytest.raises(InvalidOption, match=message):
        stopper.plan()
    assert not hasattr(service, "connection")


@pytest.fixture
def impatient(monkeypatch):
    """Abandon a stuck target soon after the deadline."""
    monkeypatch.setattr(_workers, "_CHECK_INTERVAL", 0.02)
    monkeypatch.setattr(bulk, "_COORDINATOR_GRACE", 0.1)


def test_interrupted_plan_stops_nothing(make):
    deadline = Deadline(60)
    service = FakeJobs(before=lambda call, id: deadline.cancel())
    stopper = make(service, FakeJobs(), deadline=deadline)
    stopper.plan()
    stopper.stop()
    found = outcomes(stopper)
    assert set(found) <= {"j0", "j1"}


def test_stuck_target_hides_no_other(make, impatient, clock):
    deadline = Deadline(60, clock, clock.sleep)
    release = threading.Event()

    def get_stuck(call, id):
        if call == "connect":
            clock.now = 61
            release.wait(PATIENCE)

    stopper = make(FakeJobs(before=get_stuck), target_of(1, FakeJobs()), deadline=deadline)
    stopper.plan()
    release.set()
    assert errors(stopper) == ["No result in time: wait_timeout has expired.", None]


def test_unsent_stop_is_not_an_unknown_status(make, impatient, clock):
    """Check the reason of a job whose stop could not be sent because another request was stuck."""
    deadline = Deadline(60, clock, clock.sleep)
    release = threading.Event()

    def get_stuck(call, id):
        if call == "stop":
            clock.now = 61
            release.wait(PATIENCE)

    ids = [*"abcd"]
    stopper = make(target_of(0, FakeJobs(before=get_stuck), *ids), deadline=deadline, concurrency=1)
    stopper.plan()
    stopper.stop()
    reasons = {job.attempt.id: str(job.attempt.error) for job in stopper.plans[0].jobs}
    release.set()
    assert outcomes(stopper) == dict.fromkeys(ids, "failed")
    assert reasons.pop("a") == "The stop request was sent, and its response did not arrive in time."
    assert set(reasons.values()) == {"No stop request was sent: wait_timeout has expired."}
