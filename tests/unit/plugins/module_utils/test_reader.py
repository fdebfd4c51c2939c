# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of reading many jobs: through the list call if that saves requests, and always every job."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils import _workers
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    DeadlineExceeded,
    Error,
    JobNotFound,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.reader import JobReader
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.base import Job, Phase
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.listing import Listing, Page
from ansible_collections.dataops.huaweicloud.plugins.module_utils._workers import WorkerPool


class Shelf:
    """A service that has a list of jobs and records its requests.

    :ivar size: the maximum number of jobs on a page.
    :ivar has_total: whether the list has the number of jobs.
    :ivar changes: by the number of the request, what happens to the ids after it.
    :ivar broken: by the number of the request, the error instead of a page.
    :ivar phases: the phases in the list, for ids whose phase is another there.
    """

    def __init__(self, count, size=10, by_page=True, has_total=True, requested=10):
        self.ids = [str(number) for number in range(count)]
        self.size, self.has_total = size, has_total
        self.listing = Listing(path=(), items=("jobs",), id="id", size=("limit", requested), by_page=by_page)
        self.changes, self.broken, self.phases = {}, {}, {}
        self.positions, self.gets = [], []
        self._lock = threading.Lock()

    def fetch_page(self, position, filters):
        with self._lock:
            self.positions.append(position)
            request = len(self.positions)
            if request in self.broken:
                raise self.broken[request]
            first = position * self.size if self.listing.by_page else position
            ids = self.ids[first : first + self.size]
            page = Page({id: {} for id in ids}, len(ids), len(self.ids) if self.has_total else None)
            if request in self.changes:
                self.ids = self.changes[request](self.ids)
            return page

    def jobs_on(self, page):
        return [Job(id, "RUNNING", self.phases.get(id, Phase.ACTIVE), {}, True) for id in page.records]

    def get(self, id):
        with self._lock:
            self.gets.append(id)
        if id not in self.ids:
            raise JobNotFound("The job does not exist.")
        return Job(id, "RUNNING", Phase.ACTIVE, {})


def reader_of(service, concurrency=1, deadline=None, grace=1.0):
    return JobReader(service, WorkerPool(deadline or Deadline(60), concurrency, grace))


def found(shelf, concurrency=1, **how):
    return [job.id for job in reader_of(shelf, concurrency).find({}, **how)]


BOTH_WAYS = pytest.mark.parametrize(
    ("by_page", "positions"), [(True, [0, 1, 2]), (False, [0, 10, 20])], ids=["by page", "by job"]
)
BY_PAGE = pytest.mark.parametrize("by_page", [True, False], ids=["by page", "by job"])
TOTALS = pytest.mark.parametrize("has_total", [True, False], ids=["total", "no total"])


@BOTH_WAYS
def test_search_reads_each_page_once(by_page, positions):
    shelf = Shelf(25, by_page=by_page)
    assert found(shelf) == shelf.ids
    assert shelf.positions == positions


@BOTH_WAYS
def test_search_without_total_reads_all_pages(by_page, positions):
    shelf = Shelf(25, by_page=by_page, has_total=False)
    assert found(shelf) == shelf.ids
    assert shelf.positions[:3] == positions
    assert len(shelf.positions) == 4


@TOTALS
def test_same_page_forever_ends_a_search(has_total):
    shelf = Shelf(10, has_total=has_total)
    fetch_page = shelf.fetch_page
    shelf.fetch_page = lambda position, filters: fetch_page(0, filters)
    assert found(shelf) == shelf.ids
    assert len(shelf.positions) <= 3


@TOTALS
@BY_PAGE
def test_search_in_empty_list_is_one_request(by_page, has_total):
    shelf = Shelf(0, by_page=by_page, has_total=has_total)
    assert found(shelf) == []
    assert len(shelf.positions) == 1


@BY_PAGE
def test_short_pages_do_not_lose_jobs(by_page):
    shelf = Shelf(25, size=4, by_page=by_page)
    assert found(shelf) == shelf.ids
    assert len(shelf.positions) == 7


@pytest.mark.parametrize(("limit", "requests"), [(1, 1), (10, 1), (11, 2), (25, 3), (26, 3)])
def test_limit_bounds_the_pages_read(limit, requests):
    shelf = Shelf(25)
    assert found(shelf, limit=limit) == shelf.ids[:limit]
    assert len(shelf.positions) == requests


@pytest.mark.parametrize(("limit", "requests"), [(1, 1), (10, 1), (11, 2)])
def test_limit_bounds_pages_without_total(limit, requests):
    shelf = Shelf(25, has_total=False)
    assert found(shelf, limit=limit) == shelf.ids[:limit]
    assert len(shelf.positions) == requests


def test_growing_list_is_read_again():
    shelf = Shelf(25)
    shelf.changes = {1: lambda ids: ["new", *ids]}
    assert set(found(shelf)) == set(shelf.ids)
    assert len(shelf.positions) == 6


@pytest.mark.parametrize("concurrency", [1, 8])
def test_shrinking_list_loses_no_job(concurrency):
    shelf = Shelf(25)
    shelf.changes = {1: lambda ids: ids[3:]}
    # three jobs move to the page that was read before
    assert set(found(shelf, concurrency)) >= set(shelf.ids)


def test_changing_list_is_read_three_times():
    shelf = Shelf(25)
    shelf.changes = {request: lambda ids: [f"{len(ids)}th", *ids] for request in range(1, 99)}
    found(shelf)
    assert shelf.positions.count(0) == 3


@pytest.mark.parametrize("request_number", [1, 3])
def test_failed_page_fails_the_search(request_number):
    shelf = Shelf(25)
    shelf.broken = {request_number: ApiError("Not today.", "X.1", 400)}
    with pytest.raises(ApiError, match="Not today"):
        found(shelf)


def test_unexpected_page_is_an_error():
    shelf = Shelf(25)
    shelf.broken = {2: KeyError("jobs")}
    with pytest.raises(ResponseLost, match=r"^The response has an unexpected form \(KeyError\)\.$"):
        found(shelf)


def test_jobs_are_read_through_the_list():
    shelf = Shelf(25)
    readings = dict(reader_of(shelf).read(shelf.ids))
    assert set(readings) == set(shelf.ids) and all(job.from_list for job in readings.values())
    assert (len(shelf.positions), shelf.gets) == (3, [])


def test_single_job_is_read_by_itself():
    shelf = Shelf(25)
    assert set(dict(reader_of(shelf).read(["7"]))) == {"7"}
    assert (shelf.positions, shelf.gets) == ([], ["7"])


def test_pages_are_read_until_all_jobs_appear():
    shelf = Shelf(25)
    dict(reader_of(shelf).read(["1", "2", "3", "4"]))
    assert (shelf.positions, shelf.gets) == ([0], [])


def test_unlisted_job_is_read_by_itself():
    shelf = Shelf(5)
    readings = dict(reader_of(shelf).read(["1", "nobody", "3"]))
    assert isinstance(readings["nobody"], JobNotFound)
    assert (len(shelf.positions), shelf.gets) == (1, ["nobody"])


def test_unconfirmed_phase_needs_own_record():
    shelf = Shelf(5)
    shelf.phases = {"1": Phase.ENDED, "2": Phase.STOPPED}
    readings = dict(reader_of(shelf).read(shelf.ids, {Phase.UNKNOWN, Phase.ENDED}))
    assert readings["1"].phase is Phase.ACTIVE and not readings["1"].from_list
    assert readings["2"].phase is Phase.STOPPED
    assert shelf.gets == ["1"]


@TOTALS
@BY_PAGE
def test_long_list_is_not_read_again(by_page, has_total):
    shelf = Shelf(1000, by_page=by_page, has_total=has_total)
    wanted = ["500", "700", "900"]
    reader = reader_of(shelf)
    for _round in range(3):
        assert set(dict(reader.read(wanted))) == set(wanted)
    # without a total, the reader stops before it has read as many pages as there are jobs
    assert len(shelf.positions) <= (1 if has_total else len(wanted) - 1)
    assert len(shelf.gets) == 3 * len(wanted)


@TOTALS
def test_short_list_is_read_in_each_round(has_total):
    shelf = Shelf(25, has_total=has_total)
    reader = reader_of(shelf)
    for _round in range(3):
        assert set(dict(reader.read(shelf.ids))) == set(shelf.ids)
    assert shelf.positions.count(0) == 3
    assert shelf.gets == []


@pytest.mark.parametrize("request_number", [1, 2, 3])
@pytest.mark.parametrize(
    "error", [ApiError("Forbidden.", "X.1", 403), ResponseLost("No response."), KeyError("jobs")], ids=repr
)
def test_unusable_list_is_replaced_by_readings(request_number, error):
    shelf = Shelf(25)
    shelf.broken = {request_number: error}
    reader = reader_of(shelf)
    for _round in range(2):
        readings = dict(reader.read(shelf.ids))
        assert [type(readings[id]) for id in shelf.ids] == [Job] * 25
    # after a failed page, the reader requests no further page
    assert request_number <= len(shelf.positions) <= (3 if request_number > 1 else 1)
    # the jobs on the first page are not read again in the first round
    assert len(shelf.gets) <= 25 + 25 - (10 if request_number > 1 else 0)


def test_service_without_list_reads_each_job():
    shelf = Shelf(5)
    shelf.listing = None
    assert set(dict(reader_of(shelf).read(shelf.ids))) == set(shelf.ids)
    assert (shelf.positions, sorted(shelf.gets)) == ([], shelf.ids)


def test_failed_reading_hides_no_other():
    shelf = Shelf(5)
    shelf.listing = None
    get = shelf.get
    errors = {"1": ApiError("Refused.", "X.1", 400), "3": KeyError("status")}

    def failing_get(id):
        if id in errors:
            raise errors[id]
        return get(id)

    shelf.get = failing_get
    readings = dict(reader_of(shelf, 3).read(shelf.ids))
    assert set(readings) == set(shelf.ids)
    assert {id for id, reading in readings.items() if isinstance(reading, Error)} == set(errors)
    assert isinstance(readings["3"], ResponseLost)


def test_concurrency_bounds_the_readings():
    shelf = Shelf(50)
    shelf.listing = None
    running, counts, lock, get = set(), [], threading.Lock(), shelf.get

    def counted_get(id):
        with lock:
            running.add(id)
            counts.append(len(running))
        job = get(id)
        with lock:
            running.discard(id)
        return job

    shelf.get = counted_get
    assert set(dict(reader_of(shelf, 3).read(shelf.ids))) == set(shelf.ids)
    assert max(counts) <= 3


@pytest.mark.parametrize("last", [0, 7, 299])
def test_interruption_ends_the_readings(last):
    shelf = Shelf(300)
    shelf.listing = None
    reader, get = reader_of(shelf, 2), shelf.get
    deadline = reader.workers.deadline

    def interrupted_get(id):
        deadline.require()
        if id == str(last):
            deadline.cancel()
        return get(id)

    shelf.get = interrupted_get
    readings = dict(reader.read(shelf.ids))
    assert set(readings) == set(shelf.ids)
    assert {id for id in readings if isinstance(readings[id], Job)} == set(shelf.gets)
    assert str(last) in shelf.gets
    assert deadline.reason == "the task was interrupted"


def test_interrupted_list_leaves_a_reading_each():
    shelf = Shelf(25)
    reader = reader_of(shelf)
    fetch_page = shelf.fetch_page

    def interrupted_fetch(position, filters):
        reader.workers.deadline.cancel()
        return fetch_page(position, filters)

    shelf.fetch_page = interrupted_fetch
    readings = dict(reader.read(shelf.ids))
    assert set(readings) == set(shelf.ids)
    assert not reader.workers.deadline.left()


@pytest.mark.parametrize("concurrency", [1, 2])
def test_stuck_reading_is_abandoned(clock, monkeypatch, concurrency):
    monkeypatch.setattr(_workers, "_CHECK_INTERVAL", 0.01)
    shelf = Shelf(4)
    shelf.listing = None
    get, release = shelf.get, threading.Event()

    def stuck_get(id):
        if id == "3":
            release.wait()
        return get(id)

    shelf.get = stuck_get
    readings = {}
    for id, reading in reader_of(shelf, concurrency, Deadline(60, clock, clock.sleep), 0.02).read(shelf.ids):
        readings[id] = reading
        if len(readings) == 3:
            clock.now = 61
    release.set()
    assert {id for id, reading in readings.items() if isinstance(reading, Job)} == {"0", "1", "2"}
    assert isinstance(readings["3"], DeadlineExceeded)
    assert str(readings["3"]) == "No result in time: wait_timeout has expired."


@pytest.fixture
def called_threads(monkeypatch):
    """Record the threads in which a service is called."""
    threads = set()
    for name in ("fetch_page", "get"):
        call = getattr(Shelf, name)

        def record(shelf, *arguments, call=call, **named):
            threads.add(threading.current_thread())
            return call(shelf, *arguments, **named)

        monkeypatch.setattr(Shelf, name, record)
    return threads


@TOTALS
@BY_PAGE
@pytest.mark.parametrize("concurrency", [1, 4])
def test_calling_thread_never_calls_service(called_threads, concurrency, by_page, has_total):
    shelf = Shelf(25, by_page=by_page, has_total=has_total)
    assert set(found(shelf, concurrency)) == set(shelf.ids)
    assert dict(reader_of(shelf, concurrency).read([*shelf.ids, "unknown"])).keys() == {*shelf.ids, "unknown"}
    assert shelf.positions and shelf.gets
    assert called_threads and threading.current_thread() not in called_threads
