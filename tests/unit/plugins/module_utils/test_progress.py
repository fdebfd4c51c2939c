# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of jobs while a task waits for them, and that telling neither blocks nor fails."""

from __future__ import annotations

import itertools
import os
import select
import signal
import threading

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils import progress
from ansible_collections.dataops.huaweicloud.plugins.module_utils.client import Budget
from ansible_collections.dataops.huaweicloud.plugins.module_utils.errors import ApiError, Error
from ansible_collections.dataops.huaweicloud.plugins.module_utils.job import Job, Phase, Service
from ansible_collections.dataops.huaweicloud.plugins.module_utils.stopping import WOULD_STOP, Run

PATIENCE = 10  # seconds that a condition is awaited


class Jobs(Service):
    """A service whose records say when a job has started."""

    facts = {"started": ("start_time",)}

    def __init__(self):
        pass


def run(id, status="RUNNING", phase=Phase.ACTIVE, accepted=True, **more):
    job = Job(id, status, phase, {"startTime": 1795324371000})
    return Run(id, now=job, accepted=accepted, outcome=WOULD_STOP, **more)


ENDED = {"status": "CANCELLED", "phase": Phase.STOPPED}
SINCE = "RUNNING since 2026-11-22T05:12:51Z"


@pytest.mark.parametrize(
    ("runs", "line"),
    [
        ([run("a")], f"1 of 1 job still running after 62 s, 538 s of wait_timeout left: a {SINCE}"),
        (
            [run("a", **ENDED), run("b"), run("c", unread=ApiError("busy", None, 503))],
            f"2 of 3 jobs still running after 62 s, 538 s of wait_timeout left: b {SINCE}, c last seen {SINCE}",
        ),
        (
            [run(id) for id in "abcde"],
            "5 of 5 jobs still running after 62 s, 538 s of wait_timeout left: "
            f"a {SINCE}, b {SINCE}, c {SINCE}, and 2 more",
        ),
        ([Run("a", now=Job("a", "BOOTING", Phase.ACTIVE, {}), lost=True, outcome=WOULD_STOP)], "… left: a BOOTING"),
        # what was refused, and what cannot be read any more, is not waited for
        ([run("a"), run("b", accepted=False, error=ApiError("no", None, 400))], f"1 of 2 … left: a {SINCE}"),
        ([run("a"), run("b", unread=ApiError("no", None, 403))], f"1 of 2 … left: a {SINCE}"),
        ([run("a"), run("b", accepted=False)], "1 of 2 jobs asked to stop after 62 s, 538 s of wait_timeout left"),
        ([run("a", **ENDED)], ""),
        ([], ""),
    ],
)
def test_a_line_tells_how_many_still_run_since_when_and_how_long_they_are_waited_for(clock, runs, line):
    budget = Budget(600, clock)
    clock.now = 62
    news = progress.news(Jobs(), budget, runs)
    for part in line.split("…"):
        assert part in news
    assert bool(news) is bool(line)


def told(runs, hide=str):
    return progress.told(runs, Jobs(), Budget(600), hide)


@pytest.fixture
def pipe(tmp_path, monkeypatch):
    """A pipe that the lines go to, after a very short silence; this process holds it open."""
    path = tmp_path / "with a blank"
    os.mkfifo(path)
    monkeypatch.setenv(progress.CHANNEL, f"0.001 {path}")
    with open(path, "r+b", buffering=0) as opened:
        yield opened


def test_lines_come_as_long_as_something_is_done_and_hide_what_must_not_be_shown(pipe):
    runs = [run("a")]
    with told(runs, lambda line: line.replace("RUNNING", "********")):
        first, second = pipe.readline(), pipe.readline()
        runs[:] = [run("b")]
        while not pipe.readline().decode().rstrip().endswith("b ******** since 2026-11-22T05:12:51Z"):
            pass
    assert first.decode().endswith(" left: a ******** since 2026-11-22T05:12:51Z\n")
    assert second.decode().startswith("1 of 1 job still running after ")


def test_signals_are_left_to_the_main_thread(pipe):
    blocked = []
    with told([run("a")], lambda line: blocked.append(signal.pthread_sigmask(signal.SIG_BLOCK, [])) or line):
        pipe.readline()
    assert {signal.SIGINT, signal.SIGTERM} <= blocked[0]


def test_a_line_is_written_in_one_piece_however_long_the_names_are(pipe):
    with told([run("\U0001f600" * 900 + "\ud800")] * 3):
        line = pipe.readline()
    assert b"\xf0\x9f\x98\x80" in line
    assert len(line) <= select.PIPE_BUF


@pytest.mark.parametrize("case", ["full", "unread", "missing"])
def test_what_nobody_takes_is_dropped(tmp_path, monkeypatch, pipe, case):
    if case == "full":
        os.set_blocking(pipe.fileno(), False)
        while pipe.write(b"x" * 4096) is not None:
            pass
    else:
        path = tmp_path / case
        if case == "unread":
            os.mkfifo(path)
        monkeypatch.setenv(progress.CHANNEL, f"0.001 {path}")
    calls = threading.Semaphore(0)

    def hide(line):
        calls.release()
        return line

    with told([run("a")], hide):
        assert calls.acquire(timeout=PATIENCE)
        assert calls.acquire(timeout=PATIENCE)  # so the first line has been dropped
    assert not (tmp_path / "missing").exists()


def test_the_task_s_own_failure_passes_through(pipe):
    with pytest.raises(Error, match="broken"), told([run("a")]):
        raise Error("broken")


def test_nobody_is_told_where_nobody_listens(monkeypatch):
    monkeypatch.delenv(progress.CHANNEL, raising=False)
    before = threading.active_count()
    with told([run("a")]):
        assert threading.active_count() == before


def test_a_wait_of_five_minutes_has_seven_lines():
    """Each silence is longer than the one before, up to a minute."""
    silences = list(itertools.islice(progress.silences(10), 1000))
    moments = list(itertools.accumulate(silences))
    assert silences == sorted(silences)
    assert (silences[0], silences[-1]) == (10, 60)
    assert len([moment for moment in moments if moment < 300]) == 7
