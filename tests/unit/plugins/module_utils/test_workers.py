# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the threads of a task: bounded in number, and abandoned after the deadline if they are stuck."""

from __future__ import annotations

import functools
import itertools
import threading
import time

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils import _workers
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import DeadlineExceeded, Error
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._workers import WorkerPool


def raise_error(error):
    raise error


@pytest.fixture
def impatient(monkeypatch):
    """Notice at once that the deadline has passed."""
    monkeypatch.setattr(_workers, "_CHECK_INTERVAL", 0.01)


@pytest.mark.parametrize("size", [1, 3, 64])
def test_each_item_has_one_result(size):
    assert sorted(WorkerPool(Deadline(60), size).map(lambda item: 2 * item, range(50))) == list(range(0, 100, 2))


def test_no_items_start_no_thread():
    pool = WorkerPool(Deadline(60), 8)
    assert list(pool.map(lambda item: item, [])) == []
    assert pool._threads == 0


def test_items_are_not_taken_ahead_without_bound():
    taken = []
    items = (taken.append(number) or number for number in itertools.count())
    results = WorkerPool(Deadline(60), 2).map(lambda item: item, items)
    for _result in range(10):
        next(results)
    assert len(taken) <= 10 + 2 * 2


def test_work_runs_at_the_same_time():
    barrier = threading.Barrier(3, timeout=10)
    list(WorkerPool(Deadline(60), 3).map(lambda item: barrier.wait(), range(3)))


def test_nested_work_of_a_pool_is_done():
    pool = WorkerPool(Deadline(60), 1)
    # the items of one map are the results of another
    assert sorted(pool.map(lambda item: -item, pool.map(lambda item: 2 * item, range(9)))) == list(range(-16, 1, 2))


@pytest.mark.parametrize("error", [Error("broken"), KeyError("x"), SystemExit(1)], ids=repr)
def test_error_of_the_work_is_raised(error):
    def work(item):
        if item == 3:
            raise error
        return item

    with pytest.raises(type(error)) as raised:
        list(WorkerPool(Deadline(60), 2).map(work, range(5)))
    assert raised.value is error


def test_call_returns_the_result():
    pool = WorkerPool(Deadline(60), 1)
    assert pool.call(lambda: threading.current_thread().daemon) is True
    with pytest.raises(Error, match="broken"):
        pool.call(functools.partial(raise_error, Error("broken")))


@pytest.mark.parametrize("reason", ["wait_timeout has expired", "the task was interrupted"])
def test_stuck_work_is_abandoned(clock, impatient, reason):
    deadline = Deadline(60, clock, clock.sleep)
    begun, release = threading.Event(), threading.Event()

    def work():
        begun.set()
        if "expired" in reason:
            clock.now = 61
        else:
            deadline.cancel()
            clock.now = 1
        release.wait(10)

    with pytest.raises(DeadlineExceeded, match=rf"^No result in time: {reason}\.$"):
        WorkerPool(deadline, 1, grace=0.02).call(work)
    assert begun.is_set()
    release.set()


def test_slow_work_before_the_deadline_is_awaited(clock, impatient):
    pool = WorkerPool(Deadline(60, clock, clock.sleep), 1, grace=0.02)
    looks = threading.Semaphore(0)
    overdue = pool.deadline.overdue
    pool.deadline.overdue = lambda: looks.release() or overdue()

    def work():
        # longer than the time after which stuck work is abandoned
        return [looks.acquire(timeout=10) for _look in range(5)]

    assert pool.call(work) == [True] * 5


def test_grace_periods_do_not_add_up(clock, monkeypatch):
    monkeypatch.setattr(_workers, "_CHECK_INTERVAL", 0.01)
    pool = WorkerPool(Deadline(60, clock, clock.sleep), 2, grace=5.0)
    release = threading.Event()
    clock.now = 65.5
    began = time.monotonic()
    for _call in range(2):
        with pytest.raises(DeadlineExceeded, match="^No result in time"):
            pool.call(lambda: release.wait(20))
    assert time.monotonic() - began < 4
    release.set()


def test_grace_period_begins_at_the_deadline(clock, impatient):
    pool = WorkerPool(Deadline(60, clock, clock.sleep), 1, grace=5.0)
    looks = threading.Semaphore(0)
    overdue = pool.deadline.overdue
    pool.deadline.overdue = lambda: looks.release() or overdue()

    def work():
        clock.now = 64.5
        return [looks.acquire(timeout=10) for _look in range(5)]

    assert pool.call(work) == [True] * 5
