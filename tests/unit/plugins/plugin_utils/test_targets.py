# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of the roles: what is refused, and what the others become."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.plugin_utils.targets import check_overdue_targets, check_targets

MRS = {"service": "mrs", "cluster_id": "c"}
SQL = {"service": "dli", "ids": ["x"]}


def target(**given):
    """Return the only target, which must be valid."""
    checked = check_targets([given])
    assert checked.problems == []
    return checked.targets[0]


def overdue(age="1h", **given):
    checked = check_overdue_targets([given], age)
    assert checked.problems == []
    return checked.targets[0]


def test_every_target_has_every_option_that_the_tasks_read():
    (mrs, cdm, dli, ges) = check_targets(
        [
            {**MRS, "ids": []},
            {"service": "cdm", "cluster_id": "c", "filters": {"filter": "x"}},
            {
                "service": "dli",
                "ids": ["x"],
                "region": "eu-de",
                "endpoint": "http://h",
                "project_id": "",
                "cloud": None,
            },
            {"service": "ges", "graph_name": "g", "graph_network": "public", "ids": ["x"]},
        ]
    ).targets
    assert {tuple(each) for each in (mrs, cdm, dli, ges)} == {tuple(mrs)}
    assert [each["number"] for each in (mrs, cdm, dli, ges)] == [0, 1, 2, 3]
    assert (mrs["cluster_id"], mrs["kind"], mrs["ids"], mrs["where"]) == ("c", "", [], {})
    assert (cdm["ids"], cdm["filters"]) == (None, {"filter": "x"})
    assert (dli["kind"], dli["where"]) == ("sql", {"region": "eu-de", "endpoint": "http://h"})
    assert (ges["graph_name"], ges["graph_address"], ges["graph_network"]) == ("g", "", "public")


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ("a, b,a", ["a", "b"]),
        (["a ", 7, "a"], ["a", "7"]),
        ([["a"], ["b", None]], ["a", "b"]),
        (7, ["7"]),
        ([], []),
    ],
    ids=str,
)
def test_ids_come_in_all_shapes_that_ansible_takes_for_a_list(given, ids):
    assert target(service="dli", ids=given)["ids"] == ids


@pytest.mark.parametrize("nothing", ["", None, "absent"])
def test_ids_that_are_left_empty_are_not_given(nothing):
    given = {} if nothing == "absent" else {"ids": nothing}
    assert target(**MRS, **given, filters={"status": "RUNNING"})["ids"] is None
    assert "say which jobs" in check_targets([{**MRS, **given}]).problems[0]


def test_a_heading_says_where_jobs_are_and_which_were_asked_for():
    given = {
        "service": "dli",
        "kind": "spark",
        "region": "r",
        "project_name": "p",
        "cloud": "c",
        "endpoint": "http://h",
    }
    assert target(**given, ids=["x"])["heading"] == "dli spark r p c"
    filters = {"queue": "two\nlines", "status": "running"}
    assert target(**given, filters=filters)["heading"] == "dli spark r p c, queue two lines, status running"
    assert target(service="mrs", ids=["x"])["heading"] == "mrs"
    assert overdue("2h", **MRS, owner="o", queue="")["heading"] == "mrs c, longer than 2h, owner o"


def test_all_that_is_wrong_with_all_targets_is_said_at_once_and_there_are_none():
    checked = check_targets(
        [
            {"service": "cdm", "kind": "sql", "ids": ["x"], "filters": {"owner": ""}},
            SQL,
            {"service": "dli", "filters": {"owner": ""}},
            {"service": "dli", "filters": ["owner"]},
        ]
    )
    assert checked.targets == []
    assert checked.problems == [
        "stop_jobs_targets[0] (cdm): ids and filters exclude each other.",
        "stop_jobs_targets[0] (cdm): cdm cannot select jobs by owner; it can by filter, job_type.",
        "stop_jobs_targets[0] (cdm): kind has no meaning for cdm.",
        "stop_jobs_targets[0] (cdm): cluster_id is missing.",
        "stop_jobs_targets[2] (dli): owner is empty: leave it out, or say what to select.",
        "stop_jobs_targets[3] (dli): filters must be a dictionary.",
    ]


def test_the_list_of_mrs_needs_a_cluster_and_its_jobs_do_not():
    assert target(service="mrs", ids=["x"])["cluster_id"] == ""
    (problem,) = check_targets([{"service": "mrs", "filters": {"status": "RUNNING"}}]).problems
    assert problem == "stop_jobs_targets[0] (mrs): cluster_id is missing, without which MRS has no list of jobs."
    (problem,) = check_overdue_targets([{**MRS, "name": "x", "name_regex": "x"}], "1h").problems
    assert problem == "stop_overdue_jobs_targets[0] (mrs): name and name_regex exclude each other."


@pytest.mark.parametrize("given", [None, "service=dli ids=x", ["service=dli ids=x"], {"service": "dli"}], ids=str)
def test_what_is_no_list_of_dictionaries_is_refused(given):
    assert check_targets(given).problems == ["stop_jobs_targets must be a list of dictionaries."]
    assert check_overdue_targets(given, "1h").problems == ["stop_overdue_jobs_targets must be a list of dictionaries."]


def test_no_targets_are_nothing_to_do():
    assert check_targets([]) == check_overdue_targets([], "1h") == ([], [])


@pytest.mark.parametrize(
    ("age", "seconds"),
    [("90", 90), ("90s", 90), ("45m", 2700), (" 2h\n", 7200), ("1d", 86400), ("007", 7), ("0" * 9999 + "1m", 60)],
    ids=lambda value: str(value)[:9],
)
def test_an_age_has_a_unit_or_is_in_seconds(age, seconds):
    assert overdue(age, **MRS)["max_age"] == seconds


@pytest.mark.parametrize("age", ["", "0", "-1", "1.5h", "2 h", "2H", "h", "1h30m", "None", "٣", "9" * 9999])
def test_what_is_no_age_is_refused_together_with_what_else_is_wrong(age):
    problems = check_overdue_targets([{"service": "cdm"}], age).problems
    assert problems == [
        f"stop_overdue_jobs_max_age must be a number of seconds, or such as 90s, 45m, 2h or 1d, not '{age}'.",
        "stop_overdue_jobs_targets[0] (cdm): cluster_id is missing.",
    ]


@pytest.mark.parametrize("regex", ["(", "[", "a{9999999999999}", "(" * 9999 + ")" * 9999], ids=lambda regex: regex[:9])
def test_what_is_no_regular_expression_is_refused(regex):
    (problem,) = check_overdue_targets([{**MRS, "name_regex": "ok"}, {**MRS, "name_regex": regex}], "1h").problems
    assert problem == (
        "stop_overdue_jobs_targets[1] (mrs): name_regex must be a regular expression of Python, "
        f"and this is none: {regex}."
    )


def test_the_service_finds_overdue_jobs_by_what_it_can_and_all_is_compared_exactly():
    which = {"name": "n", "owner": "o"}
    mrs, cdm = overdue(**MRS, **which, queue="q"), overdue(service="cdm", cluster_id="c", **which)
    # the list of MRS does not select by owner and queue everywhere
    assert (mrs["filters"], mrs["exactly"]) == ({"name": "n"}, {**which, "queue": "q"})
    assert (cdm["filters"], cdm["exactly"]) == ({}, which)
    flink = overdue(service="dli", kind="flink", name_regex="n.*", queue=7)
    assert (flink["filters"], flink["exactly"]) == ({"queue": "7"}, {"name_regex": "n.*", "queue": "7"})


@pytest.mark.parametrize(
    ("given", "untold"),
    [
        ({"service": "dli"}, {"name", "name_regex"}),
        ({"service": "dli", "kind": "spark"}, set()),
        ({"service": "cdm", "cluster_id": "c"}, {"queue"}),
        ({"service": "ges", "graph_name": "g"}, {"name", "name_regex", "owner", "queue"}),
    ],
    ids=["sql", "spark", "cdm", "ges"],
)
def test_jobs_cannot_be_selected_by_what_their_records_do_not_tell(given, untold):
    for option in ("name", "name_regex", "owner", "queue"):
        problems = check_overdue_targets([{**given, option: "x"}], "1h").problems
        assert [f"do not tell what {option} is" in problem for problem in problems] == [True] * (option in untold)
