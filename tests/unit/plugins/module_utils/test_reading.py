# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading many jobs: through the list call where that saves requests, and never less than every job."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils.client import Budget
from ansible_collections.dataops.huaweicloud.plugins.module_utils.errors import (
    AnswerLost,
    ApiError,
    BudgetSpent,
    Error,
    JobUnknown,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils.job import Job, Phase
from ansible_collections.dataops.huaweicloud.plugins.module_utils.reading import Reader


class Shelf:
    """A service that has a list of jobs, and writes down what it is asked for.

    :ivar size: the most jobs on a page.
    :ivar tells: whether the list tells how many there are.
    :ivar changes: what happens to the ids on the shelf after so many pages.
    :ivar broken: which pages cannot be had, by the order in which they are asked for.
    """

    def __init__(self, count, size=10, by_page=True, tells=True):
        self.ids = [str(number) for number in range(count)]
        self.size, self.tells = size, tells
        self.listing = SimpleNamespace(by_page=by_page)
        self.changes, self.broken = {}, {}
        self.starts, self.gets = [], []
        self._lock = threading.Lock()

    def page(self, start, filters):
        with self._lock:
            self.starts.append(start)
            asked = len(self.starts)
            if asked in self.broken:
                raise self.broken[asked]
            first = start * self.size if self.listing.by_page else start
            jobs = [Job(id, "RUNNING", Phase.ACTIVE, {}, True) for id in self.ids[first : first + self.size]]
            answer = jobs, len(jobs), len(self.ids) if self.tells else None
            if asked in self.changes:
                self.ids = self.changes[asked](self.ids)
            return answer

    def get(self, id):
        with self._lock:
            self.gets.append(id)
        if id not in self.ids:
            raise JobUnknown("no such job")
        return Job(id, "RUNNING", Phase.ACTIVE, {})


def reader(service, concurrency=1):
    return Reader(service, Budget(60), concurrency)


def found(jobs):
    return [job.id for job in jobs]


ALL = 10**9
BOTH_WAYS = pytest.mark.parametrize(
    ("by_page", "starts"), [(True, [0, 1, 2]), (False, [0, 10, 20])], ids=["by page", "by job"]
)


@BOTH_WAYS
def test_every_page_is_read_once(by_page, starts):
    shelf = Shelf(25, by_page=by_page)
    assert found(reader(shelf).find({}, ALL)) == shelf.ids
    assert shelf.starts == starts


@BOTH_WAYS
def test_a_list_that_hides_its_total_is_read_until_a_page_brings_nothing_new(by_page, starts):
    shelf = Shelf(25, by_page=by_page, tells=False)
    assert found(reader(shelf).find({}, ALL)) == shelf.ids
    assert shelf.starts[:3] == starts
    assert len(shelf.starts) == 4


def test_a_list_that_hides_its_total_and_gives_the_same_page_for_ever_is_not_read_for_ever():
    shelf = Shelf(10, tells=False)
    page = shelf.page
    shelf.page = lambda start, filters: page(0, filters)
    assert found(reader(shelf).find({}, ALL)) == shelf.ids
    assert len(shelf.starts) <= 3


@pytest.mark.parametrize("tells", [True, False], ids=["total", "no total"])
@pytest.mark.parametrize("by_page", [True, False], ids=["by page", "by job"])
def test_an_empty_list_is_one_request_or_two(by_page, tells):
    shelf = Shelf(0, by_page=by_page, tells=tells)
    assert reader(shelf).find({}, ALL) == []
    assert len(shelf.starts) <= (1 if tells else 2)


@BOTH_WAYS
def test_a_page_that_holds_less_than_was_asked_for_sets_the_size_of_all(by_page, starts):
    shelf = Shelf(25, size=4, by_page=by_page)
    assert found(reader(shelf).find({}, ALL)) == shelf.ids
    assert len(shelf.starts) == 7


@pytest.mark.parametrize(("limit", "requests"), [(1, 1), (10, 1), (11, 2), (25, 3), (26, 3)])
def test_no_more_pages_are_read_than_a_limit_needs(limit, requests):
    shelf = Shelf(25)
    assert found(reader(shelf).find({}, limit)) == shelf.ids[:limit]
    assert len(shelf.starts) == requests


@pytest.mark.parametrize(("limit", "requests"), [(1, 1), (10, 1), (11, 2)])
def test_no_more_pages_are_read_than_a_limit_needs_where_the_total_is_hidden(limit, requests):
    shelf = Shelf(25, tells=False)
    assert found(reader(shelf).find({}, limit)) == shelf.ids[:limit]
    assert len(shelf.starts) == requests


def test_a_list_that_grows_in_front_while_being_read_is_read_again():
    shelf = Shelf(25)
    shelf.changes = {1: lambda ids: ["new", *ids]}
    assert set(found(reader(shelf).find({}, ALL))) == set(shelf.ids)
    assert len(shelf.starts) == 6


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_list_that_shrinks_in_front_while_being_read_loses_no_job(concurrency):
    shelf = Shelf(25)
    shelf.changes = {1: lambda ids: ids[3:]}
    # the three that move on to the page that was read already
    assert set(found(reader(shelf, concurrency).find({}, ALL))) >= set(shelf.ids)


def test_a_list_that_never_rests_is_read_three_times_at_the_most():
    shelf = Shelf(25)
    shelf.changes = {asked: lambda ids: [f"{len(ids)}th", *ids] for asked in range(1, 99)}
    found(reader(shelf).find({}, ALL))
    assert shelf.starts.count(0) == 3


def test_an_error_on_any_page_of_a_search_is_told():
    for asked in (1, 3):
        shelf = Shelf(25)
        shelf.broken = {asked: ApiError("not today", "X.1", 400)}
        with pytest.raises(ApiError, match="not today"):
            reader(shelf).find({}, ALL)


def test_a_page_of_a_shape_that_nobody_foresaw_is_an_error_and_no_traceback():
    shelf = Shelf(25)
    shelf.broken = {2: KeyError("jobs")}
    with pytest.raises(AnswerLost, match=r"cannot be understood \(KeyError\)"):
        reader(shelf).find({}, ALL)


def test_jobs_are_read_by_their_ids_through_the_list():
    shelf = Shelf(25)
    readings = dict(reader(shelf).read(shelf.ids))
    assert set(readings) == set(shelf.ids) and all(job.listed for job in readings.values())
    assert (len(shelf.starts), shelf.gets) == (3, [])


def test_one_job_is_read_by_itself():
    shelf = Shelf(25)
    assert set(dict(reader(shelf).read(["7"]))) == {"7"}
    assert (shelf.starts, shelf.gets) == ([], ["7"])


def test_no_second_page_is_read_where_the_first_has_all_jobs():
    shelf = Shelf(25)
    dict(reader(shelf).read(["1", "2", "3", "4"]))
    assert (shelf.starts, shelf.gets) == ([0], [])


def test_what_the_list_does_not_have_is_asked_for_by_itself():
    shelf = Shelf(5)
    readings = dict(reader(shelf).read(["1", "nobody", "3"]))
    assert isinstance(readings["nobody"], JobUnknown)
    assert (len(shelf.starts), shelf.gets) == (1, ["nobody"])


@pytest.mark.parametrize("tells", [True, False], ids=["total", "no total"])
@pytest.mark.parametrize("by_page", [True, False], ids=["by page", "by job"])
def test_a_list_of_more_pages_than_jobs_are_wanted_is_not_asked_again(by_page, tells):
    shelf = Shelf(1000, by_page=by_page, tells=tells)
    wanted = ["500", "700", "900"]
    reading = reader(shelf)
    for _round in range(3):
        assert set(dict(reading.read(wanted))) == set(wanted)
    # without a total it takes fewer pages than jobs to find out
    assert len(shelf.starts) <= (1 if tells else len(wanted) - 1)
    assert len(shelf.gets) == 3 * len(wanted)


@pytest.mark.parametrize("broken", [1, 2, 3])
@pytest.mark.parametrize("error", [ApiError("forbidden", "X.1", 403), AnswerLost("gone"), KeyError("jobs")], ids=repr)
def test_where_the_list_cannot_be_had_each_job_is_read_by_itself(broken, error):
    shelf = Shelf(25)
    shelf.broken = {broken: error}
    reading = reader(shelf)
    for _round in range(2):
        readings = dict(reading.read(shelf.ids))
        assert [type(readings[id]) for id in shelf.ids] == [Job] * 25
    # what was not yet asked for when a page failed is not asked for any more
    assert broken <= len(shelf.starts) <= (3 if broken > 1 else 1)
    # what the first page had is not read again
    assert len(shelf.gets) <= 25 + 25 - (10 if broken > 1 else 0)


def test_a_service_without_a_list_is_asked_for_each_job():
    shelf = Shelf(5)
    shelf.listing = None
    assert set(dict(reader(shelf).read(shelf.ids))) == set(shelf.ids)
    assert (shelf.starts, sorted(shelf.gets)) == ([], shelf.ids)


def test_one_bad_reading_hides_no_other():
    shelf = Shelf(5)
    shelf.listing = None
    get = shelf.get
    errors = {"1": ApiError("no", "X.1", 400), "3": KeyError("status")}

    def bad(id):
        if id in errors:
            raise errors[id]
        return get(id)

    shelf.get = bad
    readings = dict(reader(shelf, 3).read(shelf.ids))
    assert set(readings) == set(shelf.ids)
    assert {id for id, reading in readings.items() if isinstance(reading, Error)} == set(errors)


def test_no_more_jobs_are_read_at_once_than_allowed():
    shelf = Shelf(50)
    shelf.listing = None
    running, most, lock, get = set(), [], threading.Lock(), shelf.get

    def counted(id):
        with lock:
            running.add(id)
            most.append(len(running))
        job = get(id)
        with lock:
            running.discard(id)
        return job

    shelf.get = counted
    assert set(dict(reader(shelf, 3).read(shelf.ids))) == set(shelf.ids)
    assert max(most) <= 3


@pytest.mark.parametrize("place", [0, 7, 299])
def test_after_an_interruption_nothing_more_is_read_and_every_job_has_a_reading(place):
    shelf = Shelf(300)
    shelf.listing = None
    reading, get = reader(shelf, 2), shelf.get

    def interrupted(id):
        if not reading.budget.left():
            raise BudgetSpent(reading.budget.why)
        if id == str(place):
            reading.budget.end()
        return get(id)

    shelf.get = interrupted
    readings = dict(reading.read(shelf.ids))
    assert set(readings) == set(shelf.ids)
    assert {id for id in readings if isinstance(readings[id], Job)} == set(shelf.gets)
    assert str(place) in shelf.gets
    assert reading.budget.why == "the task was interrupted"


def test_an_interruption_while_a_list_is_read_still_gives_a_reading_for_every_job():
    shelf = Shelf(25)
    reading = reader(shelf)
    page = shelf.page

    def interrupted(start, filters):
        reading.budget.end()
        return page(start, filters)

    shelf.page = interrupted
    readings = dict(reading.read(shelf.ids))
    assert set(readings) == set(shelf.ids)
    assert not reading.budget.left()
