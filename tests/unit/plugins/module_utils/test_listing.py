# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of one page of a list, and of the pages that are read after it."""

from __future__ import annotations

import functools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import ResponseLost
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.responses import RequestContext, Response
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.listing import (
    Listing,
    Page,
    fetch_page,
    iterate_pages,
)

SIZE = 10  # the number of records that each request asks for
BY_PAGE = pytest.mark.parametrize("by_page", [True, False], ids=["by page", "by record"])


def listing(by_page=True, size=SIZE):
    return Listing(
        path=("jobs",),
        items=("result", "jobs"),
        total=("result", "count"),
        id="id",
        size=("limit", size),
        start=("page", 1) if by_page else ("offset", 0),
        by_page=by_page,
        params={"view": "all"},
    )


class FakeList:
    """A list of a service.

    :ivar cap: the maximum number of records on a page, whatever is requested.
    :ivar total: the number of records that the service reports; "right" for the true one.
    :ivar grow: what happens to the ids after each page.
    """

    def __init__(self, count, by_page=True, cap=SIZE, total="right", grow=None):
        self.ids = [str(number) for number in range(count)]
        self.by_page, self.cap, self.total, self.grow = by_page, cap, total, grow
        self.positions = []

    def fetch(self, position):
        self.positions.append(position)
        first = position * self.cap if self.by_page else position
        ids = self.ids[first : first + self.cap]
        page = Page({id: {"id": id} for id in ids}, len(ids), len(self.ids) if self.total == "right" else self.total)
        if self.grow:
            self.ids = self.grow(self.ids)
        return page

    def pages(self, parallel_map=map, **how):
        return iterate_pages(self.fetch, listing(self.by_page), functools.partial(parallel_map, self.fetch), **how)


def ids_of(pages):
    return [id for page in pages for id in page.records]


def send(body, requests=None):
    """Return a function that sends a request and receives this body."""

    def sent(method, *path, **how):
        if requests is not None:
            requests.append((method, path, how))
        return Response(RequestContext("GET host", Secrets()), 200, body, None)

    return sent


@pytest.mark.parametrize(
    ("by_page", "position", "parameter"),
    [(True, 0, {"page": 1}), (True, 2, {"page": 3}), (False, 0, {"offset": 0}), (False, 20, {"offset": 20})],
)
def test_page_request_has_all_parameters(by_page, position, parameter):
    requests = []
    fetch_page(send({"result": {"jobs": []}}, requests), listing(by_page), position, {"owner": "etl"})
    params = {"view": "all", "owner": "etl", "limit": 10, **parameter}
    assert requests == [("GET", ("jobs",), {"params": params})]


def test_single_page_request_has_no_position():
    requests = []
    fetch_page(send({"jobs": []}, requests), Listing(path=(), items=("jobs",), id="id"), 0, {})
    assert requests == [("GET", (), {"params": {}})]


def test_page_counts_records_without_id():
    body = {"result": {"jobs": [{"id": 1}, {"id": ""}, {"name": "x"}, None, "text", {"id": "2"}], "count": 6}}
    page = fetch_page(send(body), listing(), 0, {})
    assert page == Page({"1": {"id": 1}, "2": {"id": "2"}}, 6, 6)


@pytest.mark.parametrize(
    ("reported", "total"),
    [
        (3, 3),
        ("3", 3),
        (0, 0),
        (None, None),
        (-1, None),
        (2.5, None),
        (True, None),
        ("many", None),
        ([], None),
        ("\N{SUPERSCRIPT TWO}", None),
    ],
    ids=repr,
)
def test_total_is_a_number_or_unknown(reported, total):
    assert fetch_page(send({"result": {"jobs": [], "count": reported}}), listing(), 0, {}).total == total


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"result": None}, {"result": []}, {"result": {"jobs": None}}], ids=repr
)
def test_response_without_list_is_unusable(body):
    with pytest.raises(
        ResponseLost, match=r"^The response cannot be used: it has no result\.jobs \(GET host\) \[HTTP 200\]\.$"
    ):
        fetch_page(send(body), listing(), 0, {})


@BY_PAGE
@pytest.mark.parametrize("total", ["right", None], ids=["total", "no total"])
def test_each_page_is_read_once(by_page, total):
    jobs = FakeList(25, by_page, total=total)
    assert ids_of(jobs.pages()) == jobs.ids
    assert jobs.positions[:3] == ([0, 1, 2] if by_page else [0, 10, 20])
    # without a total, only a request without new records shows the end
    assert len(jobs.positions) == (3 if total else 4)


@BY_PAGE
@pytest.mark.parametrize("count", [10, 30])
def test_full_last_page_is_followed(by_page, count):
    jobs = FakeList(count, by_page)
    pages = jobs.pages()
    known = [next(pages) for _page in range(count // SIZE)]
    assert ids_of(known) == jobs.ids and len(jobs.positions) == count // SIZE
    assert list(pages) == []
    assert len(jobs.positions) == count // SIZE + 1


@BY_PAGE
@pytest.mark.parametrize("total", [0, 1, 10, 11, 24])
def test_total_that_is_too_small_loses_nothing(by_page, total):
    jobs = FakeList(25, by_page, total=total)
    assert ids_of(jobs.pages()) == jobs.ids


@BY_PAGE
def test_total_that_is_too_large_ends(by_page):
    jobs = FakeList(25, by_page, total=70)
    assert ids_of(jobs.pages()) == jobs.ids
    assert len(jobs.positions) == 4  # the empty page ends it


@BY_PAGE
@pytest.mark.parametrize("total", ["right", None], ids=["total", "no total"])
def test_short_pages_set_the_step(by_page, total):
    jobs = FakeList(25, by_page, cap=4, total=total)
    assert ids_of(jobs.pages()) == jobs.ids
    assert jobs.positions[:3] == ([0, 1, 2] if by_page else [0, 4, 8])
    assert len(jobs.positions) == (7 if total else 8)


@pytest.mark.parametrize("total", ["right", 0, None, 70], ids=repr)
def test_empty_list_is_one_request(total):
    jobs = FakeList(0, total=total)
    assert ids_of(jobs.pages()) == []
    assert jobs.positions == [0]


@pytest.mark.parametrize("total", ["right", None], ids=["total", "no total"])
def test_same_page_forever_ends(total):
    jobs = FakeList(10, total=total)
    fetch = jobs.fetch
    jobs.fetch = lambda position: fetch(0)
    assert ids_of(jobs.pages()) == jobs.ids
    assert len(jobs.positions) == 2


def test_list_without_page_size_is_one_request():
    jobs = FakeList(10)
    assert ids_of(iterate_pages(jobs.fetch, Listing(path=(), items=("jobs",), id="id"))) == jobs.ids
    assert jobs.positions == [0]


@pytest.mark.parametrize(
    ("total", "max_pages", "requests"), [("right", 2, 1), ("right", 3, 3), (None, 1, 1), (None, 2, 2)]
)
def test_too_many_pages_are_not_read(total, max_pages, requests):
    jobs = FakeList(25, total=total)
    list(jobs.pages(max_pages=max_pages))
    assert len(jobs.positions) == requests


def test_pages_are_read_as_needed():
    jobs = FakeList(1000)
    pages = jobs.pages()
    next(pages)
    assert jobs.positions == [0]
    next(pages)
    assert jobs.positions == [0, 1]


@pytest.mark.parametrize(("by_page", "positions"), [(True, [1, 2]), (False, [10, 20])], ids=["by page", "by record"])
def test_expected_pages_are_read_in_parallel(by_page, positions):
    parallel = []
    jobs = FakeList(25, by_page)
    list(jobs.pages(lambda work, items: map(work, parallel.extend(items) or parallel)))
    assert parallel == positions


@BY_PAGE
@pytest.mark.parametrize(("wanted", "requests"), [(1, 1), (10, 1), (11, 2), (20, 2), (25, 3), (99, 3)])
def test_unwanted_pages_are_not_read_ahead(by_page, wanted, requests):
    jobs = FakeList(25, by_page)
    pages = jobs.pages(lambda work, items: list(map(work, items)), wanted=wanted)
    assert len(ids_of(next(pages) for _page in range(requests))) >= min(wanted, 25)
    assert len(jobs.positions) == requests


def test_pages_may_arrive_in_any_order():
    jobs = FakeList(45)
    assert set(ids_of(jobs.pages(lambda work, items: map(work, reversed(list(items)))))) == set(jobs.ids)


@BY_PAGE
@given(
    count=st.integers(0, 60),
    cap=st.integers(1, SIZE),
    total=st.sampled_from(["right", None]),
    wanted=st.integers(1, 60) | st.just(math.inf),
)
@settings(deadline=None)
def test_any_list_is_read_completely(by_page, count, cap, total, wanted):
    jobs = FakeList(count, by_page, cap, total)
    # a caller may need more records than it wanted, because some did not count
    assert set(ids_of(jobs.pages(wanted=wanted))) == set(jobs.ids)
    assert len(jobs.positions) <= -(-count // cap) + 1


@BY_PAGE
@given(count=st.integers(0, 60), total=st.none() | st.integers(0, 200))
@settings(deadline=None)
def test_any_total_loses_no_records(by_page, count, total):
    jobs = FakeList(count, by_page, total=total)
    assert set(ids_of(jobs.pages())) == set(jobs.ids)


@BY_PAGE
@given(
    count=st.integers(0, 60),
    growth=st.lists(st.integers(0, SIZE - 1), max_size=8),
    in_front=st.booleans(),
    total=st.sampled_from(["right", None]),
)
@settings(deadline=None)
def test_growing_list_loses_no_records(by_page, count, growth, in_front, total):
    def grow(ids):
        new = [f"new{len(ids)}.{number}" for number in range(growth.pop())] if growth else []
        return [*new, *ids] if in_front else [*ids, *new]

    jobs = FakeList(count, by_page, total=total, grow=grow)
    first = list(jobs.ids)
    assert set(ids_of(jobs.pages())) >= set(first)
