# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one algorithm, against a service whose truth is known, on a clock that is injected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.huaweicloud.plugins.module_utils import stopping
from ansible_collections.dataops.huaweicloud.plugins.module_utils.client import Budget
from ansible_collections.dataops.huaweicloud.plugins.module_utils.errors import (
    AnswerLost,
    ApiError,
    JobUnknown,
    LoginFailed,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils.job import Job, Phase
from ansible_collections.dataops.huaweicloud.plugins.module_utils.reading import Reader

ACTIVE = Job("j", "RUNNING", Phase.ACTIVE, {})
STOPPED = Job("j", "KILLED", Phase.STOPPED, {})
HALTED = Job("j", "dead", Phase.HALTED, {})
ENDED = Job("j", "SUCCEEDED", Phase.ENDED, {})
STOP_FAILED = Job("j", "job_cancel_fail", Phase.STOP_FAILED, {})
ODD = Job("j", "LIMBO", Phase.UNKNOWN, {})
GONE = JobUnknown("no such job")
REFUSED = ApiError("not now", "X.1", 400)
LOST = AnswerLost("no answer")
BUSY = ApiError("too many requests", "APIGW.0308", 429)


class Script:
    """A service that plays a script: what its readings and its stops do, in order. The last reading stays."""

    gone = Phase.ENDED
    listing = None
    batch = 1

    def __init__(self, readings, stops=(None,)):
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
        answer = self.stops.pop(0)
        if answer:
            raise answer


def play(clock, readings, stops=(None,), check_mode=False, wait=True, timeout=60, retries=2, gone=Phase.ENDED):
    service = Script(readings, stops)
    service.gone = gone
    stopper = stopping.Stopper(Reader(service, Budget(timeout, clock, clock.sleep), 1), wait, 2.0, retries)
    (run,) = stopper.stop(["j"], check_mode)
    return run, service.calls


@pytest.mark.parametrize(
    ("readings", "stops", "outcome", "calls"),
    [
        pytest.param([ACTIVE, STOPPED], [None], "stopped", "get stop get", id="stopped at once"),
        pytest.param([ACTIVE, ACTIVE, ACTIVE, STOPPED], [None], "stopped", "get stop get get get", id="stopped late"),
        pytest.param([ACTIVE, ENDED], [None], "ended_first", "get stop get", id="accepted, ended by itself"),
        pytest.param([ACTIVE, ENDED], [REFUSED], "ended_first", "get stop get", id="refused, ended by itself"),
        pytest.param([ACTIVE, STOPPED], [REFUSED], "ended_first", "get stop get", id="refused, stopped by somebody"),
        pytest.param([ACTIVE, ACTIVE], [REFUSED], "failed", "get stop get", id="refused and still active"),
        pytest.param([ACTIVE, GONE], [None], "ended_first", "get stop get", id="gone: not claimed"),
        pytest.param([ACTIVE, GONE], [GONE], "ended_first", "get stop get", id="vanished before the stop"),
        pytest.param([ACTIVE, HALTED], [None], "stopped", "get stop get", id="halted after an accepted stop"),
        pytest.param([ACTIVE, HALTED], [REFUSED], "ended_first", "get stop get", id="halted, stop refused"),
        pytest.param([ACTIVE, HALTED], [LOST], "ended_first", "get stop get", id="halted, answer lost: not claimed"),
        pytest.param([ACTIVE, STOPPED], [LOST], "stopped", "get stop get", id="answer lost, stopped"),
        pytest.param([ACTIVE, ENDED], [LOST], "ended_first", "get stop get", id="answer lost, ended"),
        pytest.param(
            [ACTIVE, ACTIVE, STOPPED], [LOST, None], "stopped", "get stop get stop get", id="answer lost, sent again"
        ),
        pytest.param(
            [ACTIVE, ACTIVE, ACTIVE, STOPPED],
            [LOST, REFUSED],
            "stopped",
            "get stop get stop get get",
            id="answer lost, the second refused because the first works",
        ),
        pytest.param([ACTIVE, STOP_FAILED], [None], "failed", "get stop get", id="the service says the stop failed"),
        pytest.param([ACTIVE, ODD, STOPPED], [None], "stopped", "get stop get get", id="an odd status on the way"),
        pytest.param([ACTIVE, LOST, STOPPED], [None], "stopped", "get stop get get", id="a reading lost on the way"),
        pytest.param([STOPPED], [], "already_ended", "get", id="stopped before"),
        pytest.param([ENDED], [], "already_ended", "get", id="ended before"),
        pytest.param([HALTED], [], "already_ended", "get", id="halted before"),
        pytest.param([STOP_FAILED], [], "already_ended", "get", id="a stop failed before"),
        pytest.param([GONE], [], "missing", "get", id="unknown"),
        pytest.param([ODD], [], "failed", "get", id="a status that no document names"),
        pytest.param([REFUSED], [], "failed", "get", id="cannot be read"),
        pytest.param([KeyError("x")], [], "failed", "get", id="cannot be understood"),
        pytest.param([ACTIVE, STOPPED], [KeyError("x")], "stopped", "get stop get", id="odd answer to the stop"),
        pytest.param([ACTIVE, BUSY, STOPPED], [None], "stopped", "get stop get get", id="throttled while waiting"),
    ],
)
def test_every_way_that_a_job_can_go(clock, readings, stops, outcome, calls):
    run, made = play(clock, readings, stops)
    assert (run.outcome, " ".join(made)) == (outcome, calls)


@pytest.mark.parametrize(("reading", "outcome"), [(ACTIVE, "would_stop"), (ENDED, "already_ended"), (GONE, "missing")])
def test_check_mode_reads_once_and_decides_as_a_real_run(clock, reading, outcome):
    run, calls = play(clock, [reading], check_mode=True)
    assert (run.outcome, calls) == (outcome, ["get"])


@pytest.mark.parametrize(("stop", "outcome"), [(None, "stopped"), (LOST, "ended_first"), (GONE, "ended_first")])
def test_where_stopped_jobs_vanish_a_job_that_is_gone_was_stopped_if_the_stop_was_accepted(clock, stop, outcome):
    run, _calls = play(clock, [ACTIVE, GONE], [stop], gone=Phase.HALTED)
    assert run.outcome == outcome


def test_without_wait_nothing_is_read_back(clock):
    run, calls = play(clock, [ACTIVE], wait=False)
    assert (run.outcome, calls, clock.sleeps) == ("stop_requested", ["get", "stop"], [])


def test_a_wait_that_times_out_keeps_the_change_and_its_budget(clock):
    run, calls = play(clock, [ACTIVE], timeout=20)
    assert run.outcome == "stop_requested"
    assert calls[:3] == ["get", "stop", "get"]
    assert 19 <= clock.now <= 20


def test_the_first_reading_follows_the_stop_at_once_and_the_pauses_grow_to_five_times_the_first(clock):
    play(clock, [ACTIVE], timeout=1000)
    pauses = clock.sleeps
    assert 1.6 <= pauses[0] <= 2.4
    assert pauses[1] > pauses[0] * 0.9
    assert max(pauses) <= 5 * 2 * 1.2
    assert pauses[8] > 7


def test_a_machine_that_stalls_between_two_looks_at_the_clock_hides_no_job(clock):
    class Stalling(type(clock)):
        def __call__(self):
            self.now += 0.7
            return self.now

    run, calls = play(Stalling(), [ACTIVE], timeout=20)
    assert (run.outcome, calls[:3]) == ("stop_requested", ["get", "stop", "get"])


def test_a_lost_stop_is_sent_again_only_so_often(clock):
    run, calls = play(clock, [ACTIVE], [LOST] * 9, retries=2, timeout=10)
    assert (run.outcome, calls.count("stop")) == ("failed", 3)
    assert run.error is LOST


def test_a_reading_back_that_is_refused_ends_the_wait_but_not_the_claim_that_the_stop_was_accepted(clock):
    forbidden = ApiError("forbidden", "APIGW.0302", 403)
    run, calls = play(clock, [ACTIVE, forbidden])
    assert (run.outcome, calls, clock.sleeps) == ("stop_requested", ["get", "stop", "get"], [])
    result, failed = stopping.report([run], False, True, True)
    assert failed and result["changed"]
    assert "(forbidden [HTTP 403, APIGW.0302]): the job was last seen as RUNNING" in result["msg"]


def test_credentials_refused_half_way_end_the_wait(clock):
    run, _calls = play(clock, [ACTIVE, LoginFailed("the token has expired", None, 401)])
    assert run.outcome == "stop_requested"
    assert clock.sleeps == []


def test_each_job_once_in_the_order_asked_for_and_one_bad_job_hides_no_other(clock):
    class Three(Script):
        def get(self, id):
            return {"bad": ODD, "a": ENDED, "b": STOPPED}[id]

    stopper = stopping.Stopper(Reader(Three([ACTIVE]), Budget(60, clock, clock.sleep), 8), True, 2.0, 2)
    runs = stopper.stop(["b", "bad", "a", "b", "bad"], False)
    assert [(run.id, run.outcome) for run in runs] == [
        ("b", "already_ended"),
        ("bad", "failed"),
        ("a", "already_ended"),
    ]


def _run(id, outcome, before=ACTIVE, now=ACTIVE, **more):
    return stopping.Run(id, before=before, now=now, outcome=outcome, **more)


def test_the_message_counts_every_outcome_and_explains_the_failures():
    runs = [
        _run("a", "stopped", now=STOPPED),
        _run("b", "already_ended", ENDED, ENDED),
        _run("c", "ended_first", now=ENDED),
        _run("d", "failed", error=REFUSED),
        _run("e", "missing", None, None),
    ]
    result, failed = stopping.report(runs, False, True, True)
    assert failed
    assert result["msg"] == (
        "Stopped 1 of 5 jobs: 1 stopped, 1 already_ended, 1 ended_first, 1 failed, 1 missing. "
        "d: not now; the job is still RUNNING [HTTP 400, X.1]. e: the service does not know this job: "
        "is it of this project, and was the right cluster, graph or kind given? (missing: ignore accepts it)."
    )
    assert [job["changed"] for job in result["jobs"]] == [True, False, False, False, False]
    assert result["jobs"][3]["error"] == {
        "code": "X.1",
        "message": "not now; the job is still RUNNING",
        "http_status": 400,
        "request_id": None,
    }
    assert ["error" in job for job in result["jobs"]] == [False, False, False, True, False]


def test_only_some_failures_are_explained_in_the_message_and_all_in_the_result():
    runs = [_run(f"job{number}", "failed", error=REFUSED) for number in range(9)]
    result, _failed = stopping.report(runs, False, True, True)
    assert "job4: not now" in result["msg"] and "job5" not in result["msg"]
    assert "And 4 more" in result["msg"]
    assert len(result["jobs"]) == 9


@pytest.mark.parametrize(
    ("outcome", "wait", "missing_is_failure", "failed"),
    [
        ("missing", True, True, True),
        ("missing", True, False, False),
        ("stop_requested", True, True, True),
        ("stop_requested", False, True, False),
        ("ended_first", True, True, False),
        ("failed", True, False, True),
    ],
)
def test_what_makes_a_task_fail(outcome, wait, missing_is_failure, failed):
    run = _run("j", outcome, error=REFUSED if outcome == "failed" else None)
    assert stopping.report([run], False, wait, missing_is_failure)[1] is failed


def test_a_status_that_no_document_names_is_reported_by_name():
    result, failed = stopping.report([_run("j", "failed", now=ODD)], False, True, True)
    assert failed
    assert "LIMBO" in result["msg"] and "nothing was sent" in result["msg"]


def test_no_jobs_is_nothing_to_do():
    result, failed = stopping.report([], False, True, True)
    assert (result["changed"], result["jobs"], failed) == (False, [], False)


class Truth:
    """A service with a hidden truth: it loses answers, refuses, and its jobs end by themselves at any call."""

    gone = Phase.ENDED
    listing = None
    batch = 1

    def __init__(self, ends_at, ended, faults, distinguishes):
        self.calls = 0
        self.ends_at = ends_at  # the call at which the job ends by itself
        self.ended = ended
        self.faults = list(faults)
        self.distinguishes = distinguishes  # whether a stopped job looks different from a failed one
        self.state = "active"
        self.effects = 0

    def _tick(self):
        self.calls += 1
        if self.state == "active" and self.calls == self.ends_at:
            self.state = self.ended
        return self.faults.pop(0) if self.faults else None

    def get(self, id):
        fault = self._tick()
        if fault in ("lost", "lost_after"):
            raise AnswerLost("reading lost")
        if self.state == "active":
            return ACTIVE
        if not self.distinguishes and self.state in ("stopped", "failed"):
            return HALTED
        return {"stopped": STOPPED, "finished": ENDED, "failed": ENDED}[self.state]

    def stop(self, id):
        fault = self._tick()
        if fault == "lost":
            raise AnswerLost("lost before it was seen")
        if fault == "refuse" or self.state != "active":
            raise ApiError("refused", "X.2", 400)
        self.state = "stopped"
        self.effects += 1
        if fault == "lost_after":
            raise AnswerLost("lost after it had its effect")


@given(
    ends_at=st.integers(1, 12),
    ended=st.sampled_from(["finished", "failed"]),
    faults=st.lists(st.sampled_from(["ok", "lost", "lost_after", "refuse"]), max_size=10),
    distinguishes=st.booleans(),
    wait=st.booleans(),
)
def test_changed_is_claimed_only_for_a_job_that_this_run_stopped(ends_at, ended, faults, distinguishes, wait):
    from types import SimpleNamespace

    clock = SimpleNamespace(now=0.0)
    truth = Truth(ends_at, ended, faults, distinguishes)

    def sleep(seconds):
        clock.now += seconds

    stopper = stopping.Stopper(Reader(truth, Budget(30, lambda: clock.now, sleep), 1), wait, 2.0, 2)
    (run,) = stopper.stop(["j"], False)
    assert truth.effects <= 1
    if run.outcome in ("stopped", "stop_requested"):
        assert truth.state == "stopped"
    if run.outcome in ("already_ended", "ended_first"):
        assert truth.state != "active"
    if truth.state == "active":
        assert run.outcome == "failed"


def test_a_job_that_has_vanished_keeps_the_details_of_its_last_reading(clock):
    seen = Job("j", "RUNNING", Phase.ACTIVE, {"queue-name": "q"})
    run, _calls = play(clock, [seen, GONE])
    result, _failed = stopping.report([run], False, True, True)
    assert result["jobs"][0]["details"] == {"queue_name": "q"}


def test_a_record_too_deep_to_be_cleaned_hides_no_job(clock):
    deep = {}
    for _level in range(5000):
        deep = {"a": deep}
    run, _calls = play(clock, [Job("j", "RUNNING", Phase.ACTIVE, deep), Job("j", "KILLED", Phase.STOPPED, deep)])
    result, _failed = stopping.report([run], False, True, True)
    assert (result["jobs"][0]["outcome"], result["jobs"][0]["details"]) == ("stopped", {})
