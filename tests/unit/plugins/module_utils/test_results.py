# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the results of modules: entries, messages, and which outcomes fail a task."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils import _task
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    DeadlineExceeded,
    Error,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.results import ResultBuilder
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.stop import StopAttempt
from ansible_collections.dataops.huaweicloud.plugins.module_utils._records import TOO_DEEP
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.base import Job, JobApi, Phase

ACTIVE = Job("j", "RUNNING", Phase.ACTIVE, {})
STOPPED = Job("j", "KILLED", Phase.STOPPED, {})
ENDED = Job("j", "SUCCEEDED", Phase.ENDED, {})
STOP_FAILED = Job("j", "job_cancel_fail", Phase.STOP_FAILED, {})
UNKNOWN = Job("j", "LIMBO", Phase.UNKNOWN, {})
NO_STATUS = Job("j", None, Phase.UNKNOWN, {})
REFUSED = ApiError("Not now (DELETE host/j).", "X.1", 400)


class Jobs(JobApi):
    """A service whose records have all attributes."""

    attribute_keys = {
        "name": ("job_name", "name"),
        "owner": ("user",),
        "queue": ("queue",),
        "started": ("start_time",),
    }

    def __init__(self):
        pass


def results():
    return ResultBuilder(Jobs(), Secrets())


def attempt(id, outcome, first=ACTIVE, last=ACTIVE, **more):
    return StopAttempt(id, first=first, last=last, outcome=outcome, **more)


def result_of(*attempts, check_mode=False, wait=True, fail_if_missing=True):
    return results().stop_result(list(attempts), check_mode, wait, fail_if_missing)


def test_message_counts_and_explains_outcomes():
    result, failed = result_of(
        attempt("a", "stopped", last=STOPPED),
        attempt("b", "already_ended", ENDED, ENDED),
        attempt("c", "ended_first", last=ENDED),
        attempt("d", "failed", error=REFUSED),
        attempt("e", "missing", None, None),
    )
    assert failed and result["changed"]
    assert result["msg"] == (
        "Stopped 1 of 5 jobs: 1 stopped, 1 already_ended, 1 ended_first, 1 failed, 1 missing. "
        "d: Not now (DELETE host/j) [HTTP 400, X.1]. The job is still RUNNING. "
        "e: The service does not know this job. Check the project, and the cluster, graph or kind. "
        "To accept missing jobs, set missing: ignore."
    )


def test_entries_have_status_and_error():
    result, _failed = result_of(
        attempt("a", "stopped", last=STOPPED),
        attempt("b", "failed", error=REFUSED),
        attempt("c", "missing", None, None),
    )
    assert [job["changed"] for job in result["jobs"]] == [True, False, False]
    assert [(job["previous_status"], job["status"]) for job in result["jobs"]] == [
        ("RUNNING", "KILLED"),
        ("RUNNING", "RUNNING"),
        (None, None),
    ]
    assert ["error" in job for job in result["jobs"]] == [False, True, False]
    assert result["jobs"][1]["error"] == {
        "code": "X.1",
        "message": "Not now (DELETE host/j). The job is still RUNNING.",
        "http_status": 400,
        "request_id": None,
    }


@pytest.mark.parametrize(
    ("how", "outcome", "beginning"),
    [
        ({}, "stopped", "Stopped 1 of 1 job: 1 stopped."),
        ({"wait": False}, "stop_requested", "Requested to stop 1 of 1 job: 1 stop_requested."),
        ({"check_mode": True}, "would_stop", "Would stop 1 of 1 job: 1 would_stop."),
        ({}, "already_ended", "Stopped 0 of 1 job: 1 already_ended."),
    ],
    ids=["real", "no wait", "check mode", "unchanged"],
)
def test_message_begins_with_the_goal(how, outcome, beginning):
    result, failed = result_of(attempt("a", outcome), **how)
    assert (result["msg"], failed) == (beginning, False)
    assert result["changed"] is (outcome != "already_ended")


def test_difference_shows_each_status():
    result, _failed = result_of(attempt("a", "stopped", last=STOPPED), attempt("b", "would_stop"))
    assert result["diff"] == {
        "before": {"a": "RUNNING", "b": "RUNNING"},
        "after": {"a": "KILLED", "b": "stopped"},
    }


def test_message_explains_five_failures():
    result, _failed = result_of(*(attempt(f"job{number}", "failed", error=REFUSED) for number in range(9)))
    assert "job4: Not now (DELETE host/j) [HTTP 400, X.1]. " in result["msg"] and "job5" not in result["msg"]
    assert result["msg"].endswith(" And 4 more: see jobs in the result.")
    assert [job["id"] for job in result["jobs"]] == [f"job{number}" for number in range(9)]


@pytest.mark.parametrize(
    ("outcome", "wait", "fail_if_missing", "failed"),
    [
        ("missing", True, True, True),
        ("missing", True, False, False),
        ("stop_requested", True, True, True),
        ("stop_requested", False, True, False),
        ("ended_first", True, True, False),
        ("failed", True, False, True),
    ],
)
def test_only_some_outcomes_fail_a_task(outcome, wait, fail_if_missing, failed):
    job = attempt("j", outcome, error=REFUSED if outcome == "failed" else None)
    assert result_of(job, wait=wait, fail_if_missing=fail_if_missing)[1] is failed


def test_no_jobs_is_nothing_to_do():
    result, failed = result_of()
    assert (result["changed"], result["jobs"], failed) == (False, [], False)
    assert result["msg"] == "Stopped 0 of 0 jobs: nothing to do."


CONFIRMATION = (
    "The last status is RUNNING. Run the task again in check mode to see whether the job has stopped, "
    "or increase wait_timeout."
)


@pytest.mark.parametrize(
    ("job", "message"),
    [
        pytest.param(
            attempt("j", "missing", None, None),
            "The service does not know this job. Check the project, and the cluster, graph or kind. "
            "To accept missing jobs, set missing: ignore.",
            id="missing",
        ),
        pytest.param(
            attempt("j", "stop_requested", accepted=True),
            f"The stop was accepted but not confirmed: wait_timeout has expired. {CONFIRMATION}",
            id="wait expired",
        ),
        pytest.param(
            attempt("j", "stop_requested", accepted=True, read_error=ApiError("Forbidden", "APIGW.0302", 403)),
            f"The stop was accepted but not confirmed: Forbidden [HTTP 403, APIGW.0302]. {CONFIRMATION}",
            id="not readable",
        ),
        pytest.param(
            attempt("j", "stop_requested", accepted=True, read_error=DeadlineExceeded("Not sent: interrupted.")),
            f"The stop was accepted but not confirmed: Not sent: interrupted. {CONFIRMATION}",
            id="reading not sent",
        ),
        pytest.param(
            attempt("j", "failed", error=REFUSED),
            "Not now (DELETE host/j) [HTTP 400, X.1]. The job is still RUNNING.",
            id="refused",
        ),
        pytest.param(
            attempt("j", "failed", last=UNKNOWN, error=REFUSED),
            "Not now (DELETE host/j) [HTTP 400, X.1]. The job is still LIMBO.",
            id="refused, status unknown",
        ),
        pytest.param(
            attempt("j", "failed", None, None, error=ResponseLost("No response.")), "No response.", id="not read"
        ),
        pytest.param(
            attempt("j", "failed", last=STOP_FAILED, accepted=True),
            "The stop was accepted and then failed: the status is job_cancel_fail.",
            id="stop failed",
        ),
        pytest.param(
            attempt("j", "failed", UNKNOWN, UNKNOWN),
            "Unknown status LIMBO: cannot determine whether the job is running. No stop request was sent.",
            id="status unknown",
        ),
        pytest.param(
            attempt("j", "failed", NO_STATUS, NO_STATUS),
            "The job has no status: cannot determine whether the job is running. No stop request was sent.",
            id="no status",
        ),
    ],
)
def test_explanation_names_reason_and_remedy(job, message):
    assert str(results().explain(job)) == message


def test_explanation_keeps_facts_of_error():
    error = Error("Not now.", "X.1", 400, "id-of-request", "7")
    explained = results().explain(attempt("j", "failed", error=error))
    assert explained.as_dict() == {
        "code": "X.1",
        "message": "Not now. The job is still RUNNING.",
        "http_status": 400,
        "request_id": "id-of-request",
    }
    assert error.message == "Not now."


def test_vanished_job_keeps_its_details():
    seen = ACTIVE._replace(record={"queue-name": "q"})
    result, _failed = result_of(attempt("j", "ended_first", seen, None))
    assert result["jobs"][0]["details"] == {"queue_name": "q"}
    assert result["jobs"][0]["status"] is None


def test_deep_record_hides_no_job():
    deep = {}
    for _level in range(5000):
        deep = {"a": deep}
    result, _failed = result_of(attempt("j", "stopped", last=STOPPED._replace(record=deep)))
    assert result["jobs"][0]["outcome"] == "stopped"
    assert TOO_DEEP in json.dumps(result)


def found(*jobs, missing=(), errors=None):
    return results().info_result(list(jobs), list(missing), errors or {})


def test_info_entries_have_attributes():
    record = {"jobName": "load", "user": "etl", "queue": "q", "startTime": 1000000000000, "password": "hidden"}
    result, failed = found(ACTIVE._replace(record=record))
    assert not failed
    assert result == {
        "msg": "Found 1 job, 1 active.",
        "missing": [],
        "jobs": [
            {
                **{"id": "j", "status": "RUNNING", "active": True},
                **{"name": "load", "owner": "etl", "queue": "q", "started": "2001-09-09T01:46:40Z"},
                "details": {
                    **{"job_name": "load", "user": "etl", "queue": "q"},
                    **{"start_time": 1000000000000, "password": "********"},
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("job", "active"), [(ACTIVE, True), (ENDED, False), (STOPPED, False), (STOP_FAILED, False), (UNKNOWN, None)]
)
def test_unknown_status_is_neither_active_nor_ended(job, active):
    result, _failed = found(job)
    assert result["jobs"][0]["active"] is active
    assert result["msg"] == f"Found 1 job, {1 if active else 0} active."


def test_missing_attributes_are_null():
    (entry,) = found(ACTIVE)[0]["jobs"]
    assert {entry[name] for name in ("name", "owner", "queue", "started")} == {None}


def test_missing_jobs_do_not_fail_a_search():
    assert found(missing=["a"]) == ({"msg": "Found 0 jobs, 0 active.", "jobs": [], "missing": ["a"]}, False)


def test_unreadable_jobs_fail_a_search():
    result, failed = found(ACTIVE, errors={str(number): REFUSED for number in range(7)})
    assert failed
    assert result["msg"].startswith(
        "Found 1 job, 1 active. 7 could not be read. 0: Not now (DELETE host/j) [HTTP 400, X.1]. 1: Not now (DELETE"
    )
    # the result has no entries for them
    assert result["msg"].endswith("4: Not now (DELETE host/j) [HTTP 400, X.1]. And 2 more.")


LONG_TEXT = "bad\x1b[31m\nS3CR3T-value " + "x" * 5000


def assert_fit_for_display(text):
    """Assert that a text which began as LONG_TEXT has no secret and no control characters, and is bounded."""
    assert text.startswith("bad [31m ******** xxx") and text.endswith("x\u2026")
    assert len(text) == 2000


@pytest.fixture
def secrets():
    secrets = Secrets()
    secrets.add("S3CR3T-value")
    return secrets


def test_explanations_are_fit_for_display(secrets):
    job = attempt("j", "failed", last=ENDED, error=Error(LONG_TEXT, "X.1"))
    (entry,) = ResultBuilder(Jobs(), secrets).stop_result([job], False, True, True)[0]["jobs"]
    assert_fit_for_display(entry["error"]["message"])
    assert entry["error"]["code"] == "X.1"


def test_reading_errors_are_fit_for_display(secrets):
    result, _failed = ResultBuilder(Jobs(), secrets).info_result([], [], {"j": Error(LONG_TEXT)})
    assert_fit_for_display(result["msg"].partition(" j: ")[2])


def test_error_that_ends_task_is_fit_for_display():
    results = []
    module = SimpleNamespace(no_log_values=set(), fail_json=lambda **result: results.append(result))
    with _task._errors_as_results(module) as secrets:
        secrets.add("S3CR3T-value")
        raise Error(LONG_TEXT)
    assert module.no_log_values == {"S3CR3T-value"}
    assert_fit_for_display(results[0]["msg"])


def test_bounded_error_needs_no_secrets():
    results = []
    module = SimpleNamespace(no_log_values=set(), fail_json=lambda **result: results.append(result))
    with _task._errors_as_results(module):
        raise Error("bad\x1b" + "x" * 5000)
    assert results == [{"msg": "bad " + "x" * 1995 + "\u2026"}]
