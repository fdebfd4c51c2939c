# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the filters that select jobs in a list: their parameters, and the check that the service applied them."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import ApiError, InvalidOption
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.filters import (
    confirm_filters,
    filter_parameters,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services import cdm, dli, ges, mrs
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.base import Job, Phase

MRS = mrs.ClusterJobExecutionApi
CDM = cdm.MigrationJobApi


def confirm(kind, filters, *records):
    options = {"cluster_id": "c", "graph_name": "g", "kind": "sql"}
    jobs = [Job(f"j{number}", "RUNNING", Phase.ACTIVE, record) for number, record in enumerate(records)]
    confirm_filters(kind(options), jobs, filters)


def test_filters_have_the_names_of_parameters():
    assert filter_parameters(MRS, {"name": "a", "owner": "b", "submitted_after": "17"}) == {
        "job_name": "a",
        "user": "b",
        "submitted_time_begin": "17",
    }
    assert filter_parameters(dli.SqlJobApi, {}) == {}


@pytest.mark.parametrize(
    ("kind", "filters", "message"),
    [
        (mrs.JobExecutionApi, {"name": "a"}, "These jobs can be listed only in a cluster"),
        (MRS, {"name": ""}, "name must not be empty"),
        (
            MRS,
            {"workspace": "a", "x": "y"},
            r"The service cannot select these jobs by workspace, x\. Supported: name, ",
        ),
        (ges.GraphJobApi, {"name": "a"}, r"The service cannot select these jobs by name\.$"),
        (MRS, {"submitted_before": "2h"}, "submitted_before must be a number of milliseconds since 1970, not 2h"),
        (dli.SqlJobApi, {"started_after": "-1"}, "started_after must be a number of milliseconds since 1970, not -1"),
    ],
)
def test_unusable_filter_is_refused(kind, filters, message):
    with pytest.raises(InvalidOption, match=f"^{message}"):
        filter_parameters(kind, filters)


@pytest.mark.parametrize(
    ("kind", "filters", "record"),
    [
        (MRS, {"name": "wanted"}, {"job_name": "other"}),
        (MRS, {"name": "wanted"}, {"job_name": "wanted2"}),
        (MRS, {"status": "RUNNING"}, {"job_state": "ACCEPTED"}),
        (MRS, {"result": "UNDEFINED"}, {"job_result": "SUCCEEDED"}),
        (MRS, {"owner": "0"}, {"user": "etl"}),
        (MRS, {"queue": "q"}, {"queue": "q2"}),
        (MRS, {"submitted_after": "1000"}, {"submitted_time": 999}),
        (MRS, {"submitted_before": "1000"}, {"submitted_time": "1001"}),
        (CDM, {"filter": "load"}, {"name": "store"}),
        (CDM, {"job_type": "NORMAL_JOB"}, {"job_type": "BATCH_JOB"}),
        (dli.SqlJobApi, {"queue": "q"}, {"queue_name": "default"}),
        (dli.SparkJobApi, {"name": "a"}, {"name": "ab"}),
        (dli.SparkJobApi, {"queue": "q"}, {"queue": "", "cluster_name": "default"}),
        (dli.FlinkJobApi, {"name": "load"}, {"name": "store"}),
        (dli.FlinkJobApi, {"owner": "etl"}, {"user_name": "admin"}),
    ],
    ids=lambda value: str(getattr(value, "__name__", value)),
)
def test_ignored_filter_is_an_error(kind, filters, record):
    (name,) = filters
    recorded = next(value for value in record.values() if value)
    message = f"^The service ignored the filter {name}: it returned j1, whose {name} is {recorded}. Select"
    with pytest.raises(ApiError, match=message):
        confirm(kind, filters, {}, record)


@pytest.mark.parametrize(
    ("kind", "filters", "record"),
    [
        (MRS, {"name": "Wanted", "owner": "0"}, {"job_name": "wanted", "user": 0}),
        (MRS, {"owner": "etl"}, {"user": None}),
        (MRS, {"job_type": "SparkPython"}, {"job_type": "SparkSubmit"}),
        (MRS, {"submitted_after": "1000", "submitted_before": "1000"}, {"submitted_time": 1000}),
        (MRS, {"submitted_after": "1000"}, {"submitted_time": "yesterday"}),
        (CDM, {"filter": "OAD"}, {"name": "load"}),
        (dli.SparkJobApi, {"queue": "q"}, {"queue": "q", "cluster_name": "default"}),
        (dli.FlinkJobApi, {"name": "load"}, {"name": "load_orders"}),
        (dli.SqlJobApi, {"sql_pattern": "select"}, {"statement": "drop"}),
    ],
    ids=lambda value: str(getattr(value, "__name__", value)),
)
def test_record_that_may_match_is_accepted(kind, filters, record):
    confirm(kind, filters, record)
