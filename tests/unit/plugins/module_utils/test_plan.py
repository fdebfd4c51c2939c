# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the plan of data_jobs: which jobs a target selects, and when two jobs are the same."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import ApiError, JobNotFound
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.plan import TargetPlan, remove_duplicates
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.reader import JobReader
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.stop import JobStopper
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.targets import Target
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.listing import Page
from ansible_collections.dataops.huaweicloud.plugins.module_utils._workers import WorkerPool

SPARK = {"service": "dli", "kind": "spark"}
FLINK = {"service": "dli", "kind": "flink"}
CDM = {"service": "cdm", "cluster_id": "c"}


def ago(**age):
    return int((datetime.now(timezone.utc) - timedelta(**age)).timestamp() * 1000)


def plan_of(options, records=(), get=None, url="https://dli.example.test", index=0):
    """Return the plan of a target whose service has these records, and was read.

    :param get: returns the record of one job, or raises an error.
    """
    target = Target(index, options)
    service = target.service
    service.client, service.project = SimpleNamespace(base_url=url), "p"
    by_id = {str(record[service.listing.id]): record for record in records}
    service.fetch_page = lambda position, filters: Page(by_id, len(by_id), len(by_id))
    service.fetch_record = get or by_id.__getitem__
    plan = TargetPlan(target)
    plan.read(JobStopper(JobReader(service, WorkerPool(Deadline(60), 2)), True, 1.0, 0))
    return plan


def outcomes(plan):
    return {job.attempt.id: job.attempt.outcome for job in plan.jobs}


def raise_unless_known(**records):
    def get(id):
        record = records.get(id, JobNotFound("Unknown.", "X", 404))
        if isinstance(record, Exception):
            raise record
        return record

    return get


def test_ids_are_planned_in_any_state():
    refused = ApiError("Refused.", "X.1", 403)
    get = raise_unless_known(a={"state": "running"}, b={"state": "success"}, c=refused, e={"state": "limbo"})
    plan = plan_of({**SPARK, "ids": [*"abcde"]}, get=get)
    expected = {"a": "would_stop", "b": "already_ended", "c": "failed", "d": "missing", "e": "failed"}
    assert outcomes(plan) == expected
    assert (plan.found, plan.selected, plan.error) == (3, 5, None)
    assert [job.attempt.id for job in plan.active] == ["a"]
    assert [job.attempt.id for job in plan.unread] == ["c"]
    assert plan.planned_ids == ["a", "c"]


def test_only_active_jobs_are_selected():
    states = {"a": "running", "b": "success", "c": "dead", "d": "limbo", "e": "starting", "f": None}
    plan = plan_of({**SPARK, "filters": {"owner": "etl"}}, [{"id": id, "state": state} for id, state in states.items()])
    assert outcomes(plan) == {"a": "would_stop", "e": "would_stop"}
    assert (plan.found, plan.selected, plan.skipped_unknown_status) == (6, 2, ["d", "f"])
    assert plan.skipped_unknown_start == []


def test_all_conditions_must_be_met():
    records = [
        {"id": "young", "name": "tmp_1", "create_time": ago(minutes=5)},
        {"id": "old", "name": "tmp_2", "create_time": ago(hours=5)},
        {"id": "other", "name": "load", "create_time": ago(hours=5)},
        {"id": "nameless", "create_time": ago(hours=5)},
        {"id": "no start", "name": "tmp_3", "create_time": 0},
        {"id": "other without start", "name": "load"},
        {"id": "future", "name": "tmp_4", "create_time": ago(hours=-5)},
        {"id": "unclear", "name": "tmp_5", "create_time": ago(hours=5), "state": "limbo"},
    ]
    plan = plan_of({**SPARK, "older_than": "2h", "name_regex": "tmp_.*"}, [{"state": "running", **r} for r in records])
    assert outcomes(plan) == {"old": "would_stop"}
    assert plan.skipped_unknown_start == ["no start", "future"]
    assert plan.skipped_unknown_status == ["unclear"]
    assert (plan.found, plan.selected) == (8, 1)


def test_ignored_filter_fails_whole_target():
    records = [{"id": "a", "name": "wanted", "state": "running"}, {"id": "b", "name": "other", "state": "running"}]
    with pytest.raises(ApiError, match="ignored the filter name: it returned b, whose name is other"):
        plan_of({**SPARK, "filters": {"name": "wanted"}}, records)


@pytest.mark.parametrize(
    ("options", "key", "ids", "bad"),
    [(CDM, "name", ["good1", "bad\u200bname", "good2"], "bad\u200bname"), (FLINK, "job_id", [7, "x8", 9], "x8")],
    ids=["invisible character", "no number"],
)
def test_unusable_id_fails_alone(options, key, ids, bad):
    records = [{key: id, "status": "RUNNING" if options is CDM else "job_running"} for id in ids]
    plan = plan_of({**options, "filters": {"job_type": "t"}}, records)
    assert outcomes(plan) == {str(id): "failed" if id == bad else "would_stop" for id in ids}
    assert [str(job.attempt.error) for job in plan.jobs if job.attempt.error][0].startswith("ids ")
    assert bad not in plan.planned_ids


def test_attributes_are_those_of_first_reading():
    record = {"id": "a", "state": "running", "name": "load", "owner": "etl", "create_time": 1526387347720}
    (job,) = plan_of({**SPARK, "filters": {"owner": "etl"}}, [record]).jobs
    assert job.attributes == {"name": "load", "owner": "etl", "queue": None, "started": "2018-05-15T12:29:07Z"}


def test_same_job_in_other_letters_is_one():
    def get(id):
        return {"id": "abc-1", "state": "running"}

    plan = plan_of({**SPARK, "ids": ["ABC-1", "abc-1"]}, get=get)
    assert outcomes(plan) == {"ABC-1": "would_stop"}
    assert (plan.found, plan.selected) == (1, 1)
    listed = plan_of({**SPARK, "filters": {"owner": "etl"}}, [get("")], index=1)
    remove_duplicates([plan, listed])
    assert outcomes(listed) == {}


def test_names_in_other_letters_are_two():
    def get(name):
        return {"job-name": name, "status": "RUNNING"}

    plan = plan_of({**CDM, "ids": ["Load", "load"]}, get=get)
    assert outcomes(plan) == {"Load": "would_stop", "load": "would_stop"}


def test_job_belongs_to_first_target():
    record = {"id": "a", "state": "running", "owner": "etl"}
    first = plan_of({**SPARK, "filters": {"owner": "etl"}}, [record])
    # however the login is described
    second = plan_of({**SPARK, "region": "r", "filters": {"status": "running"}}, [record, {**record, "id": "b"}])
    remove_duplicates([first, second])
    assert (outcomes(first), outcomes(second)) == ({"a": "would_stop"}, {"b": "would_stop"})
    assert (second.found, second.selected, second.planned_ids) == (2, 2, ["b"])


@pytest.mark.parametrize(
    ("options", "url"),
    [({"kind": "flink", "service": "dli"}, "https://dli.example.test"), (SPARK, "https://dli.other.test")],
    ids=["another kind", "another region"],
)
def test_same_id_elsewhere_is_another_job(options, url):
    first = plan_of({**SPARK, "ids": ["1"]}, get=lambda id: {"id": id, "state": "running"})
    record = {"state": "running", "status": "job_running"}
    second = plan_of({**options, "ids": ["1"]}, get=lambda id: record, url=url)
    remove_duplicates([first, second])
    assert len(second.jobs) == 1
