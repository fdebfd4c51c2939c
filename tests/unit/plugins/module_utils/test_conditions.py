# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions that the module ``data_jobs`` adds to its targets, and values that surveys send."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import InvalidOption
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.targets import Target, with_conditions

QUEUE = {"service": "dli", "kind": "spark", "filters": {"queue": "night"}}


def test_conditions_are_added_to_a_target():
    select = {"filters": {"owner": "etl", "status": None}, "older_than": "2h", "name_regex": ""}
    assert with_conditions(QUEUE, select) == {
        **QUEUE,
        "filters": {"queue": "night", "owner": "etl"},
        "older_than": "2h",
    }


@pytest.mark.parametrize(
    "select",
    [
        {},
        {"filters": None},
        {"filters": {}},
        {"filters": {"queue": None}},
        {"filters": {"queue": ""}},
        {"older_than": ""},
    ],
)
def test_empty_conditions_never_widen_a_target(select):
    assert with_conditions(QUEUE, select) == QUEUE


@pytest.mark.parametrize(
    ("select", "twice"),
    [({"filters": {"queue": "day"}}, "filters.queue"), ({"older_than": "1h"}, "older_than")],
    ids=["filter", "age"],
)
def test_condition_of_both_is_refused(select, twice):
    with pytest.raises(InvalidOption, match=rf"A target \(dli\) and select both set {twice}\."):
        with_conditions({**QUEUE, "older_than": "2h"}, select)


def test_ids_with_conditions_are_refused():
    target = with_conditions({"service": "dli", "ids": ["x"]}, {"filters": {"owner": "etl"}})
    with pytest.raises(InvalidOption, match="ids and filters are mutually exclusive"):
        Target(0, target)


def test_filters_without_values_count_as_not_given():
    target = Target(0, {"service": "dli", "ids": ["x"], "filters": {"owner": None, "queue": ""}})
    assert (target.ids, target.filters) == (["x"], {})
    with pytest.raises(InvalidOption, match="Select jobs: "):
        Target(0, {"service": "dli", "filters": {"owner": None}})


def test_ids_may_be_separated_by_line_ends():
    assert Target(0, {"service": "dli", "ids": ["a ", "b\r\n\nc", "a", ""]}).ids == ["a", "b", "c"]
    assert Target(0, {"service": "dli", "ids": []}).ids == []


@pytest.mark.parametrize("ids", [[" "], ["\n"], ["", " "]], ids=["blank", "line end", "two"])
def test_ids_without_an_id_are_refused(ids):
    with pytest.raises(InvalidOption, match="ids contains no ID"):
        Target(0, {"service": "dli", "ids": ids})
