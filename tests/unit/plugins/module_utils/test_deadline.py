# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deadline of a task."""

from __future__ import annotations

import threading
import time

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import DeadlineExceeded
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline


@pytest.fixture
def deadline(clock):
    return Deadline(60, clock, clock.sleep)


def test_time_left_is_never_negative(deadline, clock):
    assert deadline.left() == 60
    clock.now = 45.5
    assert deadline.left() == deadline.require() == 14.5
    clock.now = 100
    assert deadline.left() == 0


def test_pause_sleeps_the_given_time(deadline, clock):
    deadline.pause(60)
    assert clock.sleeps == [60]


def test_pause_beyond_deadline_does_not_sleep(deadline, clock):
    with pytest.raises(DeadlineExceeded, match=r"^The request was not sent: wait_timeout has expired\.$"):
        deadline.pause(60.5)
    assert clock.sleeps == []


@pytest.mark.parametrize(
    ("cancel", "reason"), [(False, "wait_timeout has expired"), (True, "the task was interrupted")]
)
def test_require_reports_why_no_time_is_left(deadline, clock, cancel, reason):
    if cancel:
        deadline.cancel()
    else:
        clock.now = 60
    with pytest.raises(DeadlineExceeded, match=f"^The request was not sent: {reason}.$"):
        deadline.require()


def test_cancelled_deadline_leaves_no_time(deadline, clock):
    assert not deadline.cancelled and not deadline.wait_cancelled(0)
    deadline.cancel()
    assert deadline.cancelled and deadline.wait_cancelled(60)
    assert deadline.left() == 0
    with pytest.raises(DeadlineExceeded, match="the task was interrupted"):
        deadline.pause(1)
    assert clock.sleeps == []


def test_cancelling_wakes_up_pausing_threads():
    deadline = Deadline(60)
    began = time.monotonic()
    threading.Timer(0.05, deadline.cancel).start()
    with pytest.raises(DeadlineExceeded, match="the task was interrupted"):
        deadline.pause(30)
    assert time.monotonic() - began < 5


def test_overdue_time_counts_from_deadline(deadline, clock):
    assert deadline.overdue() == 0
    clock.now = 60
    assert deadline.overdue() == 0
    clock.now = 62.5
    assert deadline.overdue() == 2.5


@pytest.mark.parametrize(("cancelled_at", "overdue"), [(10, 90), (70, 40)], ids=["before", "after"])
def test_overdue_time_counts_from_interruption(deadline, clock, cancelled_at, overdue):
    clock.now = cancelled_at
    deadline.cancel()
    clock.now = 100
    assert deadline.overdue() == overdue
