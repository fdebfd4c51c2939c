# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back-off after a service has refused requests because there were too many."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import DeadlineExceeded
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.rate_limiter import RateLimiter


@pytest.fixture
def deadline(clock):
    return Deadline(600, clock, clock.sleep)


@pytest.fixture
def limiter(deadline):
    return RateLimiter(deadline)


def back_off_once(limiter, clock):
    """Send one request that is refused, wait, and return the pause."""
    limiter.back_off(limiter.wait(), None)
    began = clock.now
    limiter.wait()
    return clock.now - began


def test_requests_are_not_held_back_at_first(limiter, clock):
    assert limiter.wait() == 0
    assert clock.sleeps == []


def test_repeated_refusals_double_the_pause(limiter, clock):
    pauses = [back_off_once(limiter, clock) for _attempt in range(7)]
    for pause, expected in zip(pauses, (2, 4, 8, 16, 32, 32, 32)):
        assert 0.75 * expected <= pause <= 1.25 * expected


def test_quiet_time_resets_the_pause(limiter, clock):
    for _attempt in range(4):
        back_off_once(limiter, clock)
    clock.now += 29
    assert back_off_once(limiter, clock) >= 0.75 * 32
    clock.now += 31
    assert back_off_once(limiter, clock) <= 1.25 * 2


def test_refusals_of_one_burst_count_once(limiter, clock):
    sent = [limiter.wait() for _request in range(8)]
    clock.now += 1
    for each in sent:
        limiter.back_off(each, None)
    limiter.wait()
    assert clock.now - 1 <= 1.25 * 2


def test_retry_after_replaces_the_pause(limiter, clock):
    limiter.back_off(limiter.wait(), 7)
    assert limiter.wait() == 7
    assert clock.sleeps == [7]


def test_wait_beyond_deadline_reports_the_limit(limiter, clock):
    limiter.back_off(limiter.wait(), 601)
    with pytest.raises(DeadlineExceeded, match="^The service limits the rate of requests: .* wait_timeout") as error:
        limiter.wait()
    assert error.value.http_status == 429
    assert clock.sleeps == []


def test_interrupted_wait_reports_the_interruption(limiter, deadline):
    limiter.back_off(limiter.wait(), 7)
    deadline.cancel()
    with pytest.raises(DeadlineExceeded, match="the task was interrupted") as error:
        limiter.wait()
    assert error.value.http_status is None


def test_reset_allows_requests_at_once(limiter, clock):
    limiter.back_off(limiter.wait(), 7)
    limiter.unblock()
    assert limiter.wait() == 0
    assert clock.sleeps == []
