# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of finding jobs by ids and by filters."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    DeadlineExceeded,
    InvalidOption,
    JobNotFound,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.find import find_jobs
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.reader import JobReader
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.results import ResultBuilder
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.base import Job, JobApi, Phase
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.listing import Filter, Listing, Page
from ansible_collections.dataops.huaweicloud.plugins.module_utils._workers import WorkerPool

FILTERS = {
    "name": Filter("job_name", ("name",)),
    "owner": Filter("user", ("owner",)),
    "queue": Filter("queue_name", ("queue",)),
}


class Jobs(JobApi):
    """A service with two jobs, and errors for some ids.

    :ivar searches: the parameters of each list call.
    """

    ids_option = "job_ids"
    listing = Listing(path=(), items=("jobs",), id="id", size=("limit", 100), filters=FILTERS)
    attribute_keys = {"owner": ("owner",), "queue": ("queue",)}

    def __init__(self, records=(), errors=None):
        self.records = {record["id"]: record for record in records}
        self.errors = errors or {}
        self.searches, self.gets = [], []

    def fetch_page(self, position, filters):
        self.searches.append(filters)
        return Page(self.records, len(self.records), len(self.records))

    def parse_job(self, id, record):
        return Job(id, "RUNNING", Phase.ACTIVE, record)

    def get(self, id):
        self.gets.append(id)
        if id in self.errors:
            raise self.errors[id]
        return Job(id, "RUNNING", Phase.ACTIVE, {"id": id})


class UnlistedJobs(Jobs):
    """A service without a list."""

    listing = None


class UnfilteredJobs(Jobs):
    """A service whose list has no filters."""

    listing = Listing(path=(), items=("jobs",), id="id")


def find(service, ids=None, filters=None, limit=None, deadline=None):
    reader = JobReader(service, WorkerPool(deadline or Deadline(60), 2))
    return find_jobs(reader, ResultBuilder(service, Secrets()), ids, filters or {}, limit)


def ids_of(result):
    return [job["id"] for job in result["jobs"]]


TWO = [{"id": "a", "owner": "etl", "queue": "default"}, {"id": "b", "owner": "ETL", "queue": None}]


def test_ids_are_found_in_given_order():
    result, failed = find(UnlistedJobs(), ["c", "a", "b", "a"])
    assert (ids_of(result), failed) == (["c", "a", "b"], False)


def test_no_ids_find_nothing():
    service = Jobs(TWO)
    result, failed = find(service, [])
    assert (ids_of(result), failed, service.searches, service.gets) == ([], False, [], [])


def test_limit_holds_for_ids():
    result, _failed = find(UnlistedJobs(), ["c", "a", "b"], limit=2)
    assert ids_of(result) == ["c", "a"]


def test_missing_and_unreadable_ids_hide_no_job():
    errors = {"x": JobNotFound("The job does not exist."), "y": ApiError("Refused.", "X.1", 400), "z": KeyError("id")}
    result, failed = find(UnlistedJobs(errors=errors), ["x", "a", "y", "z", "b"])
    assert failed
    assert (ids_of(result), result["missing"]) == (["a", "b"], ["x"])
    assert result["msg"] == (
        "Found 2 jobs, 2 active. 2 could not be read. y: Refused [HTTP 400, X.1]. "
        "z: The response has an unexpected form (KeyError)."
    )


def test_interrupted_search_by_ids_fails():
    deadline = Deadline(60)
    deadline.cancel()
    errors = {"a": DeadlineExceeded("The request was not sent: the task was interrupted.")}
    result, failed = find(UnlistedJobs(errors=errors), ["a"], deadline=deadline)
    assert failed and "a: The request was not sent: the task was interrupted." in result["msg"]


@pytest.mark.parametrize("ids", [[], ["a"]])
def test_ids_and_filters_exclude_each_other(ids):
    service = Jobs(TWO)
    with pytest.raises(InvalidOption, match=r"^job_ids and owner, queue are mutually exclusive\.$"):
        find(service, ids, {"owner": "etl", "queue": "q"})
    assert (service.searches, service.gets) == ([], [])


def test_filters_become_parameters_of_the_list():
    service = Jobs([TWO[0]])
    result, failed = find(service, filters={"name": "load", "owner": "etl", "queue": "default"})
    assert (ids_of(result), failed) == (["a"], False)
    assert service.searches[0] == {"job_name": "load", "user": "etl", "queue_name": "default"}


def test_search_without_filters_finds_all():
    service = Jobs(TWO)
    assert ids_of(find(service)[0]) == ["a", "b"]
    assert service.searches == [{}]


def test_limit_holds_for_filters():
    assert ids_of(find(Jobs(TWO), limit=1)[0]) == ["a"]


def test_jobs_without_list_need_ids():
    with pytest.raises(InvalidOption, match="can be listed only in a cluster: set cluster_id, or name the jobs by id"):
        find(UnlistedJobs())


def test_empty_filter_does_not_select_all():
    service = Jobs(TWO)
    with pytest.raises(InvalidOption, match=r"^owner must not be empty\. Omit it"):
        find(service, filters={"owner": ""})
    assert service.searches == []


@pytest.mark.parametrize(
    ("service", "supported"), [(Jobs, r" Supported: name, owner, queue\."), (UnfilteredJobs, "")], ids=["some", "none"]
)
def test_unsupported_filter_is_refused(service, supported):
    jobs = service(TWO)
    with pytest.raises(InvalidOption, match=rf"^The service cannot select these jobs by result, status\.{supported}$"):
        find(jobs, filters={"result": "x", "status": "y"})
    assert jobs.searches == []


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"owner": "admin"}, "ignored the filter owner: it returned a, whose owner is etl"),
        ({"queue": "fast"}, "ignored the filter queue: it returned a, whose queue is default"),
    ],
)
def test_ignored_filter_fails_the_search(filters, message):
    with pytest.raises(ApiError, match=f"^The service {message}. Select the jobs by another filter or by id"):
        find(Jobs(TWO), filters=filters)


def test_filter_is_confirmed_ignoring_case():
    # the second job has no queue
    assert ids_of(find(Jobs(TWO), filters={"owner": "Etl", "queue": "DEFAULT"})[0]) == ["a", "b"]


def test_failed_page_fails_the_search():
    service = Jobs(TWO)
    service.fetch_page = lambda position, filters: {}["jobs"]
    with pytest.raises(ResponseLost, match="unexpected form"):
        find(service)
