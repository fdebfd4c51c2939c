# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the one algorithm that stops jobs, against services whose real state is known, on an injected clock."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.huaweicloud.plugins.module_utils import _workers
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    AuthenticationFailed,
    ConnectionFailed,
    DeadlineExceeded,
    JobNotFound,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.reader import JobReader
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.results import ResultBuilder
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.stop import JobStopper, StopAttempt
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.base import Job, Phase
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.listing import Listing, Page
from ansible_collections.dataops.huaweicloud.plugins.module_utils._workers import WorkerPool

ACTIVE = Job("j", "RUNNING", Phase.ACTIVE, {})
STOPPED = Job("j", "KILLED", Phase.STOPPED, {})
DEAD = Job("j", "dead", Phase.STOPPED_OR_FAILED, {})
ENDED = Job("j", "SUCCEEDED", Phase.ENDED, {})
STOP_FAILED = Job("j", "job_cancel_fail", Phase.STOP_FAILED, {})
UNKNOWN = Job("j", "LIMBO", Phase.UNKNOWN, {})
GONE = JobNotFound("The job does not exist.", "X.0", 404)
REFUSED = ApiError("Not now.", "X.1", 400)
LOST = ResponseLost("No response.")
BUSY = ApiError("Too many requests.", "APIGW.0308", 429)


class FakeService:
    """The attributes of a service that the algorithm uses.

    :ivar resets: how often the rate limiter was reset.
    """

    phase_if_missing = Phase.ENDED
    listing = None
    batch_size = 1

    def __init__(self):
        self.resets = 0
        self.client = SimpleNamespace(limiter=SimpleNamespace(unblock=self._reset))

    def _reset(self):
        self.resets += 1


class Script(FakeService):
    """A service whose readings and stops are scripted. The last reading stays."""

    def __init__(self, readings, stops=(None,)):
        super().__init__()
        self.readings = list(readings)
        self.stops = list(stops)
        self.calls = []

    def get(self, id):
        self.calls.append("get")
        reading = self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]
        if isinstance(reading, Exception):
            raise reading
        return reading

    def stop(self, id):
        self.calls.append("stop")
        error = self.stops.pop(0)
        if error:
            raise error


def stopper_of(service, clock, timeout=60, concurrency=1, wait=True, retries=2, grace=1.0):
    workers = WorkerPool(Deadline(timeout, clock, clock.sleep), concurrency, grace)
    return JobStopper(JobReader(service, workers), wait, 2.0, retries)


def run(stopper, ids, check_mode=False):
    return stopper.run(ids, check_mode, contextlib.nullcontext)


def play(clock, readings, stops=(None,), check_mode=False, phase_if_missing=Phase.ENDED, **how):
    """Return the attempt to stop the one job of a script, and the calls that it took."""
    service = Script(readings, stops)
    service.phase_if_missing = phase_if_missing
    (attempt,) = run(stopper_of(service, clock, **how), ["j"], check_mode)
    return attempt, " ".join(service.calls)


@pytest.mark.parametrize(
    ("readings", "stops", "outcome", "calls"),
    [
        pytest.param([ACTIVE, STOPPED], [None], "stopped", "get stop get", id="stopped at once"),
        pytest.param([ACTIVE, ACTIVE, ACTIVE, STOPPED], [None], "stopped", "get stop get get get", id="stopped late"),
        pytest.param([ACTIVE, ENDED], [None], "ended_first", "get stop get", id="accepted, ended by itself"),
        pytest.param([ACTIVE, ENDED], [REFUSED], "ended_first", "get stop get", id="refused, ended by itself"),
        pytest.param([ACTIVE, STOPPED], [REFUSED], "ended_first", "get stop get", id="refused, stopped by others"),
        pytest.param([ACTIVE, ACTIVE], [REFUSED], "failed", "get stop get", id="refused and still active"),
        pytest.param([ACTIVE, LOST, STOPPED], [REFUSED], "failed", "get stop get", id="refused, not read again"),
        pytest.param([ACTIVE, GONE], [None], "ended_first", "get stop get", id="missing: not claimed"),
        pytest.param([ACTIVE, GONE], [GONE], "ended_first", "get stop get", id="missing before the stop"),
        pytest.param([ACTIVE, DEAD], [None], "stopped", "get stop get", id="accepted, stopped or failed"),
        pytest.param([ACTIVE, DEAD], [REFUSED], "ended_first", "get stop get", id="refused, stopped or failed"),
        pytest.param([ACTIVE, DEAD], [LOST], "ended_first", "get stop get", id="lost, stopped or failed: not claimed"),
        pytest.param([ACTIVE, STOPPED], [LOST], "stopped", "get stop get", id="lost, stopped"),
        pytest.param([ACTIVE, ENDED], [LOST], "ended_first", "get stop get", id="lost, ended"),
        pytest.param(
            [ACTIVE, ACTIVE, STOPPED], [LOST, None], "stopped", "get stop get stop get", id="lost, then repeated"
        ),
        pytest.param(
            [ACTIVE, LOST, ACTIVE, STOPPED],
            [LOST, None],
            "stopped",
            "get stop get get stop get",
            id="lost, not repeated before a reading",
        ),
        pytest.param(
            [ACTIVE, ACTIVE, ACTIVE, STOPPED],
            [LOST, REFUSED],
            "stopped",
            "get stop get stop get get",
            id="lost, the second refused because the first works",
        ),
        pytest.param([ACTIVE, STOP_FAILED], [None], "failed", "get stop get", id="status: the stop failed"),
        pytest.param([ACTIVE, UNKNOWN, STOPPED], [None], "stopped", "get stop get get", id="unknown on the way"),
        pytest.param([ACTIVE, LOST, STOPPED], [None], "stopped", "get stop get get", id="lost reading on the way"),
        pytest.param([STOPPED], [], "already_ended", "get", id="stopped before"),
        pytest.param([ENDED], [], "already_ended", "get", id="ended before"),
        pytest.param([DEAD], [], "already_ended", "get", id="stopped or failed before"),
        pytest.param([STOP_FAILED], [], "already_ended", "get", id="a stop failed before"),
        pytest.param([GONE], [], "missing", "get", id="missing"),
        pytest.param([UNKNOWN], [], "failed", "get", id="status unknown"),
        pytest.param([REFUSED], [], "failed", "get", id="cannot be read"),
        pytest.param([KeyError("x")], [], "failed", "get", id="unexpected record"),
        pytest.param([ACTIVE, STOPPED], [KeyError("x")], "stopped", "get stop get", id="unexpected stop response"),
        pytest.param([ACTIVE, BUSY, STOPPED], [None], "stopped", "get stop get get", id="rate limit while waiting"),
    ],
)
def test_each_course_has_its_outcome(clock, readings, stops, outcome, calls):
    attempt, made = play(clock, readings, stops)
    assert (attempt.outcome, made) == (outcome, calls)


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [(ACTIVE, "would_stop"), (ENDED, "already_ended"), (GONE, "missing"), (UNKNOWN, "failed"), (REFUSED, "failed")],
)
def test_check_mode_reads_once(clock, reading, outcome):
    attempt, calls = play(clock, [reading], check_mode=True)
    assert (attempt.outcome, calls) == (outcome, "get")


@pytest.mark.parametrize(("stop", "outcome"), [(None, "stopped"), (LOST, "ended_first"), (GONE, "ended_first")])
def test_vanished_job_is_claimed_if_accepted(clock, stop, outcome):
    attempt, _calls = play(clock, [ACTIVE, GONE], [stop], phase_if_missing=Phase.STOPPED_OR_FAILED)
    assert attempt.outcome == outcome


def test_accepted_stop_without_wait_is_not_read(clock):
    attempt, calls = play(clock, [ACTIVE], wait=False)
    assert (attempt.outcome, calls, clock.sleeps) == ("stop_requested", "get stop", [])


@pytest.mark.parametrize(
    ("readings", "stops", "outcome", "calls"),
    [
        pytest.param([ACTIVE, ACTIVE], [REFUSED], "failed", "get stop get", id="refused and still active"),
        pytest.param([ACTIVE, ENDED], [REFUSED], "ended_first", "get stop get", id="refused, ended by itself"),
        pytest.param([ACTIVE, STOPPED], [LOST], "stopped", "get stop get", id="lost, stopped"),
        pytest.param([ACTIVE, ACTIVE], [LOST, None], "stop_requested", "get stop get stop get", id="lost, repeated"),
        pytest.param([ACTIVE, LOST], [LOST], "failed", "get stop get", id="lost, and so is the reading"),
    ],
)
def test_failed_stop_without_wait_is_resolved(clock, readings, stops, outcome, calls):
    attempt, made = play(clock, readings, stops, wait=False)
    assert (attempt.outcome, made) == (outcome, calls)


def test_expired_wait_keeps_the_change(clock):
    attempt, calls = play(clock, [ACTIVE], timeout=20)
    assert attempt.outcome == "stop_requested"
    assert calls.startswith("get stop get")
    assert 19 <= clock.now <= 20


def test_pauses_grow_to_five_times_the_first(clock):
    play(clock, [ACTIVE], timeout=1000)
    pauses = clock.sleeps
    assert 1.6 <= pauses[0] <= 2.4
    assert pauses[1] > pauses[0] * 0.9
    assert max(pauses) <= 5 * 2 * 1.2
    assert pauses[8] > 7


def test_stalling_machine_hides_no_job(clock):
    class StallingClock(type(clock)):
        def __call__(self):
            self.now += 0.7
            return self.now

    attempt, calls = play(StallingClock(), [ACTIVE], timeout=20)
    assert attempt.outcome == "stop_requested"
    assert calls.startswith("get stop get")


def test_lost_stop_is_repeated_retries_times(clock):
    attempt, calls = play(clock, [ACTIVE], [LOST] * 9, retries=2, timeout=10)
    assert (attempt.outcome, calls.count("stop")) == ("failed", 3)
    assert attempt.error is LOST


def test_lost_stops_are_repeated_in_rounds(clock):
    class Losing(FakeService):
        calls = []

        def get(self, id):
            self.calls.append(f"get {id}")
            return STOPPED if self.calls.count(f"stop {id}") == 2 else ACTIVE

        def stop(self, id):
            self.calls.append(f"stop {id}")
            if self.calls.count(f"stop {id}") == 1:
                raise LOST

    service = Losing()
    attempts = run(stopper_of(service, clock), ["a", "b"])
    assert [attempt.outcome for attempt in attempts] == ["stopped", "stopped"]
    assert sorted(service.calls[:4]) == ["get a", "get b", "stop a", "stop b"]
    assert service.calls[4:] == ["get a", "get b", "stop a", "stop b", "get a", "get b"]
    assert len(clock.sleeps) == 1


@pytest.mark.parametrize(
    "error",
    [
        ApiError("Forbidden.", "APIGW.0302", 403),
        ApiError("No such call.", "APIGW.0101", 404),
        ApiError("Invalid.", "X.1", 400),
        AuthenticationFailed("The token has expired.", None, 401),
    ],
    ids=["403", "404", "400", "authentication"],
)
def test_refused_reading_ends_the_wait(clock, error):
    attempt, calls = play(clock, [ACTIVE, error])
    assert (attempt.outcome, calls, clock.sleeps) == ("stop_requested", "get stop get", [])
    assert attempt.read_error is error


@pytest.mark.parametrize(
    "error",
    [
        ApiError("Forbidden", None, 403),
        ApiError("Not found", None, 404),
        ApiError("Request Timeout", "X.1", 408),
        ApiError("Too many requests", "APIGW.0308", 429),
        ApiError("Broken", "X.1", 500),
        ApiError("The service redirects.", None, 302),
        ApiError("The service reports a failure.", None, 200),
        ConnectionFailed("No connection."),
        ResponseLost("No response.", None, 503),
    ],
    ids=["403", "404", "408", "429", "500", "302", "200", "connection", "lost"],
)
def test_other_failed_reading_is_repeated(clock, error):
    attempt, calls = play(clock, [ACTIVE, error, STOPPED])
    assert (attempt.outcome, calls) == ("stopped", "get stop get get")


@pytest.mark.parametrize(
    ("listed", "readings"), [(ENDED, 2), (UNKNOWN, 2), (STOPPED, 0)], ids=["ended", "unknown", "stopped"]
)
def test_ended_job_in_list_is_confirmed(clock, listed, readings):
    class Listed(Script):
        listing = Listing(path=(), items=("jobs",), id="id", size=("limit", 100))

        def fetch_page(self, position, filters):
            self.calls.append("list")
            return Page(dict.fromkeys("ab", {}), 2, 2)

        def jobs_on(self, page):
            job = listed if "stop" in self.calls else ACTIVE
            return [job._replace(id=id, from_list=True) for id in page.records]

    service = Listed([STOPPED], [None, None])
    attempts = run(stopper_of(service, clock), "ab")
    assert {attempt.outcome for attempt in attempts} == {"stopped"}
    # the list may be older than the job's own record
    assert service.calls == ["list", "stop", "stop", "list", *["get"] * readings]


def test_each_job_has_one_entry(clock):
    class Three(FakeService):
        def get(self, id):
            return {"unknown": UNKNOWN, "a": ENDED, "b": STOPPED}[id]

    attempts = run(stopper_of(Three(), clock, concurrency=8), ["b", "unknown", "a", "b", "unknown"])
    assert [(attempt.id, attempt.outcome) for attempt in attempts] == [
        ("b", "already_ended"),
        ("unknown", "failed"),
        ("a", "already_ended"),
    ]


@pytest.mark.parametrize(("wait", "resets"), [(True, 1), (False, 0)])
def test_readings_do_not_wait_for_stop_limits(clock, wait, resets):
    service = Script([ACTIVE, STOPPED])
    run(stopper_of(service, clock, wait=wait), ["j"])
    assert service.resets == resets


def test_progress_covers_stops_and_waiting(clock):
    events = []

    class Progress:
        def __init__(self, attempts):
            events.append([attempt.id for attempt in attempts])

        def __enter__(self):
            events.append("begin")

        def __exit__(self, *_error):
            events.append(service.calls[-1])

    service = Script([ACTIVE, STOPPED])
    stopper_of(service, clock).run(["j"], False, Progress)
    assert events == [["j"], "begin", "get"]


class BatchService(FakeService):
    """A service that stops several jobs with one request.

    :param batch_result: the result of each batch, or the error.
    :param refused: the ids whose own stop is refused.
    """

    batch_size = 3

    def __init__(self, batch_result, refused=()):
        super().__init__()
        self.batch_result, self.refused = batch_result, refused
        self.calls, self.stopped = [], set()

    def get(self, id):
        return STOPPED if id in self.stopped else ACTIVE

    def stop(self, id):
        self.calls.append(id)
        if id in self.refused:
            raise REFUSED
        self.stopped.add(id)

    def stop_batch(self, ids):
        self.calls.append("".join(ids))
        if isinstance(self.batch_result, Exception):
            raise self.batch_result
        self.stopped.update(id for id, refusal in zip(ids, self.batch_result) if not refusal)
        return self.batch_result


def stop_batch(clock, service, ids="abc"):
    return {attempt.id: attempt for attempt in run(stopper_of(service, clock), ids)}


def test_batch_is_one_request(clock):
    service = BatchService([None, None, None])
    attempts = stop_batch(clock, service)
    assert service.calls == ["abc"]
    assert {attempt.outcome for attempt in attempts.values()} == {"stopped"}


def test_single_job_is_no_batch(clock):
    service = BatchService([None, None, None])
    stop_batch(clock, service, "abcd")
    assert service.calls == ["abc", "d"]


def test_refusal_in_batch_hides_no_other(clock):
    service = BatchService([None, REFUSED, None])
    attempts = stop_batch(clock, service)
    assert service.calls == ["abc"]
    assert [attempt.outcome for attempt in attempts.values()] == ["stopped", "failed", "stopped"]
    assert attempts["b"].error is REFUSED


@pytest.mark.parametrize("error", [REFUSED, GONE, ConnectionFailed("No connection.")], ids=lambda error: error.message)
def test_refused_batch_is_repeated_one_by_one(clock, error):
    service = BatchService(error, refused="b")
    attempts = stop_batch(clock, service)
    assert service.calls == ["abc", "a", "b", "c"]
    assert [attempt.outcome for attempt in attempts.values()] == ["stopped", "failed", "stopped"]
    assert [attempt.requests for attempt in attempts.values()] == [2, 2, 2]


@pytest.mark.parametrize("error", [LOST, KeyError("x")], ids=["lost", "unexpected"])
def test_lost_batch_is_resolved_by_readings(clock, error):
    service = BatchService(error)
    service.stopped = {"b"}
    service.get = lambda id, get=service.get: ACTIVE if not service.calls else get(id)
    attempts = stop_batch(clock, service)
    # b had stopped before the other requests were repeated
    assert service.calls == ["abc", "a", "c"]
    assert {attempt.outcome for attempt in attempts.values()} == {"stopped"}


@pytest.fixture
def impatient(monkeypatch):
    """Notice soon that the deadline has passed."""
    monkeypatch.setattr(_workers, "_CHECK_INTERVAL", 0.05)


class StuckService(FakeService):
    """A service one of whose calls does not return.

    :param stuck: the call, such as ``stop b``. The time of the task is used up when it is made.
    :param ready: whether a call must return before that happens.
    """

    def __init__(self, clock, stuck, ready=()):
        super().__init__()
        self.clock, self.stuck = clock, stuck
        self.waiting = set(ready)
        self.ready, self.release = threading.Event(), threading.Event()
        self.calls = []

    def _call(self, name):
        self.calls.append(name)
        if name == self.stuck:
            if self.waiting:
                self.ready.wait(10)
            self.clock.now = 62
            self.release.wait(10)

    def _done(self, name):
        self.waiting.discard(name)
        if not self.waiting:
            self.ready.set()

    def get(self, id):
        count = sum(call.startswith(f"get {id}") for call in self.calls)
        name = f"get {id} again" if count else f"get {id}"
        self._call(name)
        self._done(name)
        return STOPPED if id == "ended" else ACTIVE

    def stop(self, id):
        self._call(f"stop {id}")
        self._done(f"stop {id}")


def stop_stuck(clock, service, ids, concurrency=2):
    attempts = run(stopper_of(service, clock, concurrency=concurrency, grace=0.2), ids)
    outcomes = {attempt.id: attempt.outcome for attempt in attempts}
    errors = {attempt.id: attempt.error and attempt.error.message for attempt in attempts}
    service.release.set()
    return outcomes, errors


def test_stuck_first_reading_hides_no_job(clock, impatient):
    service = StuckService(clock, "get b", {"get ended", "stop a"})
    outcomes, errors = stop_stuck(clock, service, ["ended", "a", "b"])
    assert outcomes == {"ended": "already_ended", "a": "stop_requested", "b": "failed"}
    assert errors["b"] == "No result in time: wait_timeout has expired."


def test_stuck_stop_hides_no_job(clock, impatient):
    service = StuckService(clock, "stop b", {"get ended", "stop a"})
    outcomes, errors = stop_stuck(clock, service, ["ended", "a", "b"])
    assert outcomes == {"ended": "already_ended", "a": "stop_requested", "b": "failed"}
    assert errors["b"] == "The stop request was sent, and its response did not arrive in time."


def test_only_stuck_thread_leaves_jobs_unread(clock, impatient):
    service = StuckService(clock, "stop a")
    outcomes, errors = stop_stuck(clock, service, ["a", "b", "c", "d", "e"], concurrency=1)
    assert set(outcomes.values()) == {"failed"}
    assert errors["a"] == "The stop request was sent, and its response did not arrive in time."
    assert errors["e"] == "No result in time: wait_timeout has expired."


def test_stuck_stop_leaves_listed_jobs_unread(clock, impatient):
    service = StuckService(clock, "stop a")
    service.listing = Listing(path=(), items=("jobs",), id="id", size=("limit", 100))
    service.fetch_page = lambda position, filters: Page(dict.fromkeys("abcde", {}), 5, 5)
    service.jobs_on = lambda page: [ACTIVE._replace(id=id) for id in page.records]
    outcomes, errors = stop_stuck(clock, service, "abcde", concurrency=1)
    assert set(outcomes.values()) == {"failed"}
    assert errors["a"] == "The stop request was sent, and its response did not arrive in time."
    assert errors["e"] == "Not read: wait_timeout has expired."


def test_stuck_last_reading_keeps_the_change(clock, impatient):
    service = StuckService(clock, "get b again", {"stop a", "get a again"})
    outcomes, _errors = stop_stuck(clock, service, ["a", "b"])
    assert outcomes == {"a": "stop_requested", "b": "stop_requested"}


def test_unsent_stop_is_reported_as_unsent(clock, impatient):
    service = StuckService(clock, "stop a")
    service.listing = Listing(path=(), items=("jobs",), id="id", size=("limit", 100))
    service.fetch_page = lambda position, filters: Page(dict.fromkeys("abc", {}), 3, 3)
    service.jobs_on = lambda page: [ACTIVE._replace(id=id) for id in page.records]
    attempts = run(stopper_of(service, clock), "abc")
    unsent = attempts[1]
    explained = ResultBuilder(service, Secrets()).explain(unsent)
    assert (unsent.outcome, unsent.requests, unsent.lost) == ("failed", 0, False)
    assert explained.message == "The stop was not sent: wait_timeout has expired."
    assert explained.advice == "The job is still RUNNING."


class LateService(StuckService):
    """A service whose stop is answered after the task has judged the job."""

    def __init__(self, clock, answer):
        super().__init__(clock, "stop a")
        self.answer = answer

    def stop(self, id):
        super().stop(id)
        if self.answer:
            raise self.answer


@pytest.mark.parametrize("answer", [None, REFUSED, LOST], ids=["accepted", "refused", "lost"])
def test_late_answer_changes_no_judgement(clock, impatient, answer):
    service = LateService(clock, answer)
    stopper = stopper_of(service, clock)
    (attempt,) = run(stopper, ["a"])
    judged = replace(attempt)
    assert (judged.outcome, judged.accepted, judged.lost) == ("failed", False, False)
    clock.now = 0  # so that the next call is awaited
    service.release.set()
    stopper.reader.workers.call(lambda: None)  # the only thread has dealt with the answer
    assert attempt == judged


class StaleList(Script):
    """A service whose list is older than the records of its jobs: it shows all of them as active."""

    listing = Listing(path=(), items=("jobs",), id="id", size=("limit", 100))

    def fetch_page(self, position, filters):
        self.calls.append("list")
        return Page(dict.fromkeys("ab", {}), 2, 2)

    def jobs_on(self, page):
        return [ACTIVE._replace(id=id, from_list=True) for id in page.records]


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [(STOPPED, "stopped"), (ENDED, "ended_first"), (GONE, "ended_first"), (REFUSED, "failed")],
    ids=["stopped", "ended", "missing", "not readable"],
)
def test_stale_list_repeats_no_stop(clock, reading, outcome):
    service = StaleList([reading], [LOST, LOST])
    attempts = run(stopper_of(service, clock, wait=False, retries=1, timeout=20), "ab")
    assert service.calls[:6] == ["list", "stop", "stop", "list", "get", "get"]
    assert service.calls.count("stop") == 2
    assert {attempt.outcome for attempt in attempts} == {outcome}


def test_own_record_allows_another_stop(clock):
    service = StaleList([ACTIVE, ACTIVE, STOPPED], [LOST, LOST, None, None])
    run(stopper_of(service, clock, wait=False, retries=1), "ab")
    assert service.calls[3:8] == ["list", "get", "stop", "get", "stop"]


class Truth(FakeService):
    """A service with a hidden state. It loses responses and refuses, and its jobs end by themselves at any call.

    :param ends: for each id the number of the call at which the job ends by itself, and its state then.
    :param faults: what happens to each call, in their order.
    :param distinguishes: whether the status of a stopped job differs from that of a failed job.
    """

    def __init__(self, ends, faults, distinguishes, batch_size=1):
        super().__init__()
        self.ends, self.faults = ends, list(faults)
        self.distinguishes, self.batch_size = distinguishes, batch_size
        self.calls = 0
        self.states = dict.fromkeys(ends, "active")
        self.effects = dict.fromkeys(ends, 0)

    def _tick(self):
        self.calls += 1
        for id, (end, state) in self.ends.items():
            if self.states[id] == "active" and self.calls == end:
                self.states[id] = state
        return self.faults.pop(0) if self.faults else None

    def get(self, id):
        if self._tick() in ("lost", "lost after"):
            raise ResponseLost("The reading is lost.")
        state = self.states[id]
        if state == "active":
            return ACTIVE
        if not self.distinguishes and state in ("stopped", "failed"):
            return DEAD
        return {"stopped": STOPPED, "finished": ENDED, "failed": ENDED}[state]

    def stop(self, id):
        (refusal,) = self._stop([id])
        if refusal:
            raise refusal

    def stop_batch(self, ids):
        return self._stop(ids)

    def _stop(self, ids):
        fault = self._tick()
        if fault == "lost":
            raise ResponseLost("Lost before it had an effect.")
        if fault == "refuse":
            raise ApiError("Refused.", "X.2", 400)
        refusals = []
        for id in ids:
            active = self.states[id] == "active"
            refusals.append(None if active else ApiError("Not active.", "X.3", 400))
            if active:
                self.states[id] = "stopped"
                self.effects[id] += 1
        if fault == "lost after":
            raise ResponseLost("Lost after it had its effect.")
        return refusals


def assert_claims_are_true(truth, attempts):
    """Check that the outcome of each job agrees with its hidden state."""
    assert {attempt.id for attempt in attempts} == set(truth.states)
    for attempt in attempts:
        state = truth.states[attempt.id]
        assert truth.effects[attempt.id] <= 1
        if attempt.outcome in ("stopped", "stop_requested"):
            assert state == "stopped" and truth.effects[attempt.id] == 1
        if attempt.outcome in ("already_ended", "ended_first"):
            assert state != "active"
        if state == "active":
            assert attempt.outcome == "failed"


ENDS = st.tuples(st.integers(1, 12), st.sampled_from(["finished", "failed"]))
FAULTS = st.lists(st.sampled_from(["ok", "lost", "lost after", "refuse"]), max_size=10)


def stop_all(truth, wait):
    clock = SimpleNamespace(now=0.0)

    def sleep(seconds):
        clock.now += seconds

    workers = WorkerPool(Deadline(30, lambda: clock.now, sleep), 1)
    return run(JobStopper(JobReader(truth, workers), wait, 2.0, 2), truth.states)


@given(ends=ENDS, faults=FAULTS, distinguishes=st.booleans(), wait=st.booleans())
@settings(deadline=None)
def test_change_is_claimed_only_for_stopped_job(ends, faults, distinguishes, wait):
    truth = Truth({"j": ends}, faults, distinguishes)
    assert_claims_are_true(truth, stop_all(truth, wait))


@given(
    ends=st.lists(ENDS, min_size=2, max_size=5),
    faults=FAULTS,
    distinguishes=st.booleans(),
    wait=st.booleans(),
    batch_size=st.integers(1, 3),
)
@settings(deadline=None)
def test_claims_about_many_jobs_are_true(ends, faults, distinguishes, wait, batch_size):
    truth = Truth({str(number): end for number, end in enumerate(ends)}, faults, distinguishes, batch_size)
    assert_claims_are_true(truth, stop_all(truth, wait))


def test_earlier_record_is_not_kept():
    attempt = StopAttempt("j", first=ACTIVE._replace(record={"much": "x"}))
    attempt.update(STOPPED)
    assert (attempt.first.status, attempt.first.record, attempt.last) == ("RUNNING", {}, STOPPED)


def test_failed_reading_keeps_the_last_job():
    attempt = StopAttempt("j", last=ACTIVE)
    attempt.update(DeadlineExceeded("Too late."))
    assert attempt.last is ACTIVE and attempt.may_be_active
    attempt.update(GONE)
    assert (attempt.last, attempt.may_be_active, attempt.read_error) == (None, False, None)
