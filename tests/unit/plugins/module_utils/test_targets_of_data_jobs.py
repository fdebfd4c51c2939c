# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the targets of data_jobs: which options are accepted, what they select, and what the messages name."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import InvalidOption
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.targets import Target

MRS = {"service": "mrs", "cluster_id": "c"}
CDM = {"service": "cdm", "cluster_id": "c"}
SQL = {"service": "dli"}
SPARK = {"service": "dli", "kind": "spark"}
FLINK = {"service": "dli", "kind": "flink"}
GES = {"service": "ges", "graph_name": "g"}
BY_ID = {"ids": ["1"]}


def message_of(**options):
    with pytest.raises(InvalidOption) as raised:
        Target(3, options)
    return raised.value.message


def ago(**age):
    return (datetime.now(timezone.utc) - timedelta(**age)).isoformat()


@pytest.mark.parametrize(
    "options",
    [
        {**MRS, **BY_ID},
        {"service": "mrs", **BY_ID},
        {**MRS, "filters": {"result": "UNDEFINED"}},
        {**CDM, "older_than": "2h"},
        {**CDM, "name_regex": "tmp_.*"},
        {**SQL, "filters": {"queue": "default"}, "older_than": "90"},
        {**SPARK, "older_than": "2h", "name_regex": "tmp_.*"},
        {**FLINK, "filters": {"name": "a"}, "older_than": "1d", "name_regex": "a"},
        {**GES, **BY_ID},
        {**GES, "graph_network": "public", **BY_ID},
        {**GES, "ids": []},
        {**MRS, **BY_ID, "region": "r", "project_id": "p", "project_name": "n", "cloud": "c", "endpoint": "https://e"},
        {**MRS, "filters": {}, "older_than": "2h"},
    ],
    ids=str,
)
def test_complete_target_is_accepted(options):
    assert Target(0, options).service.name == options["service"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (MRS, "Select jobs: set ids, or at least one of filters, older_than and name_regex."),
        ({**MRS, "filters": {}}, "filters must not be empty."),
        ({**MRS, "filters": {"name": "", "owner": None}}, "Select jobs: set ids, or at least one of filters"),
        ({**MRS, **BY_ID, "filters": {"name": "a"}}, "ids and filters are mutually exclusive."),
        ({**MRS, **BY_ID, "older_than": "1h", "name_regex": "a"}, "ids and older_than, name_regex are mutually"),
        ({**MRS, "ids": [], "older_than": "1h"}, "ids and older_than are mutually exclusive."),
        ({"service": "cdm", **BY_ID}, "Missing: cluster_id."),
        ({"service": "ges", **BY_ID}, "Missing: graph_name."),
        (
            {**SQL, "cluster_id": "c", **BY_ID},
            "The service has no cluster_id. Supported: cloud, endpoint, filters, ids,",
        ),
        ({**MRS, "kind": "sql", "graph_name": "g", **BY_ID}, "The service has no kind, graph_name."),
        ({**SQL, "kind": "yarn", **BY_ID}, "kind must be one of sql, spark, flink, not yarn."),
        ({**GES, "graph_network": "x", **BY_ID}, "graph_network must be one of private, public, not x."),
        ({"service": "mrs", "filters": {"name": "a"}}, "These jobs can be listed only in a cluster: set cluster_id"),
        ({"service": "mrs", "older_than": "2h"}, "These jobs can be listed only in a cluster: set cluster_id"),
        ({**GES, "older_than": "2h"}, "older_than cannot be used: the records of these jobs have no start time."),
        ({**GES, "name_regex": "a"}, "name_regex cannot be used: the records of these jobs have no name."),
        ({**SQL, "name_regex": "a"}, "name_regex cannot be used: the records of these jobs have no name."),
        ({**GES, "filters": {"name": "a"}}, "The service cannot select these jobs by name."),
        ({**CDM, "filters": {"owner": "a", "x": "y"}}, "The service cannot select these jobs by owner, x. Supported: "),
        (
            {**SQL, "filters": {"queue": False}},
            "The filter queue must be text or a number, not a boolean. Put quotation",
        ),
        (
            {**SQL, "filters": {"queue": ["a"]}},
            "The filter queue must be text or a number, not a list or a dictionary.",
        ),
        (
            {**MRS, "filters": {"submitted_after": "today"}},
            "submitted_after must be a number of milliseconds since 1970",
        ),
        ({**MRS, "older_than": "0"}, "older_than must be a positive number of seconds, or a duration such as 45m"),
        ({**MRS, "older_than": "soon"}, "older_than must be a positive number of seconds"),
        ({**MRS, "name_regex": "(x"}, "name_regex is not a valid Python regular expression: (x ("),
        ({**MRS, "name_regex": "x{99999999999}"}, "name_regex is not a valid Python regular expression: x{"),
        ({**MRS, "ids": ["a", ".."]}, "ids must not be '..', which refers to another path."),
        ({**FLINK, "ids": ["x"]}, "ids contains "),
        ({"service": "mrs", "cluster_id": "..", **BY_ID}, "cluster_id must not be '..'"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_unusable_target_is_refused(options, message):
    expected = f"targets[3] ({options['service']}): {message}"
    assert message_of(**options)[: len(expected)] == expected


@pytest.mark.parametrize("empty", [None, "", False])
def test_empty_suboption_counts_as_not_given(empty):
    names = ("cluster_id", "kind", "graph_name", "filters", "older_than", "name_regex", "region", "endpoint")
    target = Target(0, {**dict.fromkeys(names, empty), "service": "mrs", **BY_ID})
    assert target.as_options(target.ids) == {"service": "mrs", "ids": ["1"]}
    assert message_of(**{**MRS, "ids": empty}).endswith(
        "Select jobs: set ids, or at least one of filters, older_than and name_regex."
    )


def test_empty_text_as_list_is_not_given():
    # as Ansible converts an empty text
    assert "Select jobs" in message_of(**MRS, ids=[""])


def test_number_as_filter_is_text():
    target = Target(0, {**MRS, "filters": {"owner": 0, "queue": 20240105, "name": None}})
    assert target.filters == {"owner": "0", "queue": "20240105"}
    assert target.parameters == {"user": "0", "queue": "20240105"}


def test_same_id_is_taken_once():
    assert Target(0, {**MRS, "ids": ["b", "a", "b"]}).ids == ["b", "a"]


@pytest.mark.parametrize(
    ("name", "matches"), [("tmp_1", True), ("tmp_", True), ("TMP_1", False), ("my_tmp_1", False), (None, False)]
)
def test_pattern_matches_whole_name(name, matches):
    target = Target(0, {**SPARK, "name_regex": "tmp_.*"})
    assert target.matches_name(name) is matches
    assert Target(0, {**SPARK, "older_than": "1"}).matches_name(name)


@pytest.mark.parametrize(
    ("age", "matches"),
    [({"hours": 3}, True), ({"minutes": 119}, False), (None, None)],
    ids=["older", "younger", "unknown"],
)
def test_age_of_job_is_compared(age, matches):
    started = ago(**age) if age else "1970-01-01T00:00:00Z"
    assert Target(0, {**SPARK, "older_than": "2h"}).matches_age(started) is matches
    assert Target(0, {**SPARK, "older_than": "2h"}).matches_age(None) is None
    assert Target(0, {**SPARK, "name_regex": "a"}).matches_age(started) is True


def test_longest_duration_matches_no_job():
    assert Target(0, {**SPARK, "older_than": "999999999999999d"}).matches_age("2001-01-01T00:00:00Z") is False


def test_title_describes_the_target():
    target = Target(0, {**SPARK, "region": "r", "filters": {"queue": "q"}, "older_than": "2h", "name_regex": "a\n.*"})
    assert target.title == "dli spark r, queue q, older than 2h, name a .*"


def test_target_returns_its_options():
    options = {**GES, "graph_address": "https://a", "region": "r", "ids": ["1", "2"]}
    target = Target(0, options)
    assert target.as_options(["2"]) == {**options, "graph_network": "private", "ids": ["2"]}
    assert Target(0, {**SPARK, "older_than": "2h"}).as_options(["1"]) == {**SPARK, "ids": ["1"]}
