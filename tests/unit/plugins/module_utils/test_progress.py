# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the progress lines of a task that waits for jobs. Reporting neither blocks a task nor fails it."""

from __future__ import annotations

import itertools
import os
import select
import signal
import threading
from types import SimpleNamespace

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import ApiError, Error
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs import progress
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.stop import WOULD_STOP, StopAttempt
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.base import Job, JobApi, Phase

PATIENCE = 10  # seconds to wait for a condition


class Jobs(JobApi):
    """A service whose records have the start time."""

    attribute_keys = {"started": ("start_time",)}

    def __init__(self):
        pass


def attempt(id, status="RUNNING", phase=Phase.ACTIVE, accepted=True, requests=1, **more):
    job = Job(id, status, phase, {"startTime": 1795324371000})
    return StopAttempt(id, last=job, accepted=accepted, requests=requests, outcome=WOULD_STOP, **more)


CANCELLED = {"status": "CANCELLED", "phase": Phase.STOPPED}
BOOTING = Job("a", "BOOTING", Phase.ACTIVE, {})
SINCE = "RUNNING since 2026-11-22T05:12:51Z"
TIMES = "after 62 s, 538 s of wait_timeout left"


@pytest.mark.parametrize(
    ("attempts", "line"),
    [
        pytest.param([attempt("a")], f"1 of 1 job still running {TIMES}: a {SINCE}", id="one"),
        pytest.param(
            [attempt("a", **CANCELLED), attempt("b"), attempt("c", read_error=ApiError("Busy.", None, 503))],
            f"2 of 3 jobs still running {TIMES}: b {SINCE}, c last seen {SINCE}",
            id="one has stopped, one was not read",
        ),
        pytest.param(
            [attempt(id) for id in "abcde"],
            f"5 of 5 jobs still running {TIMES}: a {SINCE}, b {SINCE}, c {SINCE}, and 2 more",
            id="many",
        ),
        pytest.param(
            [StopAttempt("a", last=BOOTING, lost=True, requests=1, outcome=WOULD_STOP)],
            f"1 of 1 job still running {TIMES}: a BOOTING",
            id="lost, without a start time",
        ),
        pytest.param(
            [attempt("a"), attempt("b", accepted=False, error=ApiError("Refused.", None, 400))],
            f"1 of 2 jobs still running {TIMES}: a {SINCE}",
            id="one was refused",
        ),
        pytest.param(
            [attempt("a"), attempt("b", read_error=ApiError("Forbidden.", "X.1", 403))],
            f"1 of 2 jobs still running {TIMES}: a {SINCE}",
            id="one cannot be read",
        ),
        pytest.param(
            [attempt("a"), attempt("b", accepted=False, requests=0)],
            f"1 of 2 jobs asked to stop {TIMES}",
            id="one was not asked",
        ),
        pytest.param([attempt("a", **CANCELLED)], "", id="all have stopped"),
        pytest.param([StopAttempt("a", last=BOOTING, outcome="already_ended")], "", id="nothing to stop"),
        pytest.param([], "", id="no jobs"),
    ],
)
def test_line_shows_jobs_and_times(clock, attempts, line):
    deadline = Deadline(600, clock)
    clock.now = 62
    assert progress.progress_line([(Jobs(), attempt) for attempt in attempts], deadline) == line


def report(attempts, redact=str):
    attempts[:] = [(Jobs(), attempt) for attempt in attempts]
    secrets = SimpleNamespace(describe=lambda line, length: redact(line)[:length])
    return progress.report_progress(attempts, Deadline(600), secrets)


@pytest.fixture
def pipe(tmp_path, monkeypatch):
    """Return a pipe that receives lines after a very short interval. This process holds it open."""
    path = tmp_path / "with a space"
    os.mkfifo(path)
    monkeypatch.setenv(progress.PROGRESS_VARIABLE, f"0.001 {path}")
    with open(path, "r+b", buffering=0) as opened:
        yield opened


def test_lines_follow_the_work_and_are_redacted(pipe):
    attempts = [attempt("a")]
    with report(attempts, lambda line: line.replace("RUNNING", "********")):
        first, second = pipe.readline(), pipe.readline()
        attempts[:] = [(Jobs(), attempt("b"))]
        while not pipe.readline().decode().rstrip().endswith("b ******** since 2026-11-22T05:12:51Z"):
            pass
    assert first.decode().endswith(" left: a ******** since 2026-11-22T05:12:51Z\n")
    assert second.decode().startswith("1 of 1 job still running after ")


def test_signals_are_left_to_the_main_thread(pipe):
    blocked = []
    with report([attempt("a")], lambda line: blocked.append(signal.pthread_sigmask(signal.SIG_BLOCK, [])) or line):
        pipe.readline()
    assert {signal.SIGINT, signal.SIGTERM} <= blocked[0]


def test_long_line_is_written_at_once(pipe):
    with report([attempt("\U0001f600" * 900 + "\ud800")] * 3):
        line = pipe.readline()
    assert b"\xf0\x9f\x98\x80" in line
    assert len(line) <= select.PIPE_BUF


@pytest.mark.parametrize("case", ["full", "unread", "missing"])
def test_line_without_reader_is_dropped(tmp_path, monkeypatch, pipe, case):
    if case == "full":
        os.set_blocking(pipe.fileno(), False)
        while pipe.write(b"x" * 4096) is not None:
            pass
    else:
        path = tmp_path / case
        if case == "unread":
            os.mkfifo(path)
        monkeypatch.setenv(progress.PROGRESS_VARIABLE, f"0.001 {path}")
    calls = threading.Semaphore(0)

    def redact(line):
        calls.release()
        return line

    with report([attempt("a")], redact):
        assert calls.acquire(timeout=PATIENCE)
        assert calls.acquire(timeout=PATIENCE)  # so the first line has been dropped
    assert not (tmp_path / "missing").exists()


def test_failure_of_the_task_passes_through(pipe):
    with pytest.raises(Error, match="broken"), report([attempt("a")]):
        raise Error("broken")


def test_nothing_is_reported_without_channel(monkeypatch):
    monkeypatch.delenv(progress.PROGRESS_VARIABLE, raising=False)
    monkeypatch.setattr(progress, "start_without_signals", lambda target: pytest.fail("A thread was started."))
    with report([attempt("a")]):
        pass


def test_five_minutes_have_seven_lines():
    """Check that each interval is longer than the one before, up to a minute."""
    intervals = list(itertools.islice(progress.report_intervals(10), 1000))
    moments = list(itertools.accumulate(intervals))
    assert intervals == sorted(intervals)
    assert (intervals[0], intervals[-1]) == (10, 60)
    assert len([moment for moment in moments if moment < 300]) == 7
