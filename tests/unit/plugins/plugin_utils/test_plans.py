# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the roles, out of what tasks have registered."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.plugin_utils import plans, targets

HOUR = 3600
NOW = 1_000_000_000.0  # 2001-09-09T01:46:40Z


def job(id, active=True, **facts):
    """Return the entry of a job in the result of an info module."""
    unknown = dict.fromkeys(("name", "owner", "queue", "started"))
    return {"id": id, "status": "RUNNING", "active": active, **unknown, "details": {"much": "x"}, **facts}


def planned(*results, one_of_many=False, age=None, **given):
    """Return the plan for one target after tasks with these results. Without results, the target was skipped."""
    given = {"service": "mrs", "cluster_id": "c", **given}
    (target,) = (targets.check_overdue_targets([given], age) if age else targets.check_targets([given])).targets
    tasks = [{"results": []}, {"results": [{"item": {"number": 0}, **result} for result in results]}]
    (plan,) = plans.plan([target], tasks, "here", one_of_many)
    return plan


def summary(*some, limit=100, dry_run=False):
    return plans.summarize(some, limit, dry_run)


def test_by_filters_what_is_active_is_planned_and_by_ids_what_is_named_is_told():
    found = {"jobs": [job("a"), job("b", active=False)], "missing": [], "msg": "Found 2 jobs, 1 active."}
    plan = planned(found, filters={"status": "RUNNING"})
    assert plan["target"]["ids"] == ["a"] == [each["id"] for each in plan["jobs"]]
    assert (plan["found"], plan["error"], plan["unread"]) == (2, None, [])
    assert "details" not in plan["jobs"][0]
    plan = planned({**found, "missing": ["gone"]}, ids=["a", "gone", "b", "odd"])
    assert plan["target"]["ids"] == ["a", "gone", "b", "odd"]
    assert [each["id"] for each in plan["jobs"]] == ["a", "b"]
    assert (plan["missing"], plan["unread"]) == (["gone"], ["odd"])


def test_what_has_a_status_that_no_document_explains_is_left_alone_and_named():
    found = {"jobs": [job("a", active=None, status="LIMBO", owner="o"), job("b")], "msg": "Found 2 jobs, 1 active."}
    plan = planned(found, filters={"owner": "o"})
    assert plan["target"]["ids"] == ["b"]
    note = "    Left alone, because no document explains their status: a LIMBO"
    assert summary(plan)["text"][0].startswith("1 job to stop") and summary(plan)["text"][-1] == note
    assert summary(planned(found, ids=["a", "b"]))["text"][-2].split()[:2] == ["?", "a"]
    none = planned({"jobs": [job(str(n), active=None, status=None) for n in range(25)]}, filters={"owner": "o"})
    assert ": 0 without a status, 1 without a status" in (last := summary(none)["text"][-1]), last
    assert last.endswith("19 without a status, and 5 more")
    young = {"jobs": [job("a", active=None, started="2001-09-09T01:00:00Z")], "msg": ""}
    assert not any("Left alone" in line for line in summary(*plans.overdue([planned(young, age="1h")], NOW))["text"])
    for owner, notes in (("o", [note]), ("p", [])):
        late = plans.overdue([planned(found, age="1h", owner=owner)], NOW)
        assert [line for line in summary(*late)["text"] if "Left alone" in line] == notes


def test_a_target_that_failed_says_why_and_one_without_ids_was_never_asked():
    plan = planned({"msg": "no\nway", "failed": True}, ids=["a"])
    assert (plan["error"], plan["jobs"], plan["unread"]) == ("no\nway", [], [])
    assert summary(plan).get("text")[-2:] == ["mrs c: failed", "    This target failed: no way"]
    assert "ended without a result" in planned({"failed": True}, ids=["a"])["error"]
    plan = planned(ids=[])
    assert (plan["error"], plan["found"], plan["target"]["ids"]) == (None, 0, [])


def test_each_target_has_the_result_of_its_own_number():
    two = targets.check_targets([{"service": "dli", "ids": ["x"]}, {"service": "mrs", "ids": ["y"]}]).targets
    tasks = [
        {"results": [{"item": {"number": 1}, "jobs": [job("y")]}]},
        {"results": [{"item": {"number": 0}, "jobs": [job("x")]}]},
    ]
    plan = plans.plan(two, tasks, "here", True)
    assert [(each["heading"], each["jobs"][0]["id"]) for each in plan] == [("here: dli sql", "x"), ("here: mrs", "y")]


@pytest.mark.parametrize(
    ("facts", "selected", "untold"),
    [
        ({"started": "2001-09-08T23:46:39Z"}, True, False),
        ({"started": "2001-09-08T23:46:40Z"}, False, False),
        ({"started": "2001-09-09T01:46:41Z"}, False, False),
        ({"started": None}, False, True),
        ({"started": ""}, False, True),
    ],
    ids=str,
)
def test_a_job_is_overdue_when_it_was_started_longer_ago_than_the_age(facts, selected, untold):
    (plan,) = plans.overdue([planned({"jobs": [job("a", **facts)]}, age="2h")], NOW)
    assert plan["target"]["ids"] == [each["id"] for each in plan["jobs"]] == ["a"] * selected
    assert plan["untold"] == ["a"] * untold


def test_an_age_before_1970_makes_nothing_overdue():
    found = {"jobs": [job("a", started="1970-01-01T00:00:00Z")]}
    (plan,) = plans.overdue([planned(found, age="999999999999d")], NOW)
    assert plan["jobs"] == []


@pytest.mark.parametrize(
    ("exactly", "selected"),
    [
        ({}, "abcd"),
        ({"name": "load"}, "a"),
        ({"name_regex": "load.*"}, "ab"),
        ({"name_regex": "oad|lo.d"}, "a"),
        ({"name_regex": "(?i)load"}, "ac"),
        ({"name_regex": ".*"}, "abc"),
        ({"name_regex": "load.*", "owner": "etl"}, "b"),
        ({"owner": "ETL"}, "a"),
        ({"queue": "night", "owner": "etl"}, "c"),
        ({"queue": "nigh"}, ""),
    ],
    ids=str,
)
def test_overdue_jobs_fit_all_that_was_asked_for_exactly(exactly, selected):
    facts = [("load", "ETL", None), ("load-all", "etl", "day"), ("LOAD", "etl", "night"), (None, None, "night")]
    old = "2001-01-01T00:00:00Z"
    jobs = [
        job(id, name=name, owner=owner, queue=queue, started=old) for id, (name, owner, queue) in zip("abcd", facts)
    ]
    (plan,) = plans.overdue([planned({"jobs": jobs}, age="1h", **exactly)], NOW)
    assert "".join(plan["target"]["ids"]) == selected


def test_jobs_that_are_left_alone_are_only_those_that_were_asked_for():
    jobs = [job("a", owner="etl"), job("b", owner="other")]
    (plan,) = plans.overdue([planned({"jobs": jobs}, age="1h", owner="etl")], NOW)
    assert (plan["found"], plan["untold"]) == (2, ["a"])
    alone = "    Left alone, because the service does not tell since when they run: a"
    assert summary(plan)["text"][-2:] == ["mrs c, longer than 1h, owner etl: 2 jobs found", alone]


def test_a_plan_is_a_table_with_a_section_for_each_target():
    jobs = [
        job("a", name="load", owner="etl", started="2001-09-09T01:46:40Z"),
        job("b", name="b", active=False, status="a\x1b[31m\nb"),
    ]
    found = {"jobs": jobs, "missing": ["gone"], "msg": "Found 2 jobs.\n1 could not be read."}
    plan = planned(found, ids=["a", "b", "gone", "odd"], one_of_many=True)
    assert summary(plan, planned(ids=[]), dry_run=True)["text"] == [
        "Dry run. 1 job to stop, 1 that could not be read, the limit is 100.",
        "             JOB   NAME  STATUS    OWNER  STARTED",
        "here: mrs c: 2 jobs found",
        "    stop     a     load  RUNNING   etl    2001-09-09T01:46:40Z",
        "    -        b           a [31m b",
        "    unknown  gone",
        "    try      odd",
        "    Found 2 jobs. 1 could not be read.",
        "mrs c: 0 jobs found",
    ]


def test_a_plan_is_refused_above_its_limit_and_what_could_not_be_read_counts():
    many = planned({"jobs": [job(str(number)) for number in range(23)]}, filters={"status": "RUNNING"})
    unread = planned({"jobs": [], "msg": "no"}, ids=["x"], one_of_many=True)
    failed = planned({"msg": "no"}, ids=["y", "z"])
    told = summary(many, unread, failed, limit=24)
    assert told["refusal"] == "" and sum(line.startswith("    stop ") for line in told["text"]) == 23
    told = summary(many, unread, failed, limit=23)
    assert told["refusal"] == (
        "24 jobs would be stopped, and the limit is 23. Nothing is stopped. mrs c, status RUNNING: 23. here: mrs c: 1. "
        "Select fewer, or raise the limit if the plan above is what you want."
    )
    assert "    and 3 more" in told["text"] and sum(line.startswith("    stop ") for line in told["text"]) == 20
    assert summary(planned({"jobs": [job("a")]}, ids=["a"]), limit=0)["refusal"].startswith("1 job would be stopped")
    nothing = planned({"jobs": []}, filters={"queue": "x"})
    assert summary(nothing)["text"][0].endswith("Nothing was found: are the filters spelt as the service spells them?")
    assert summary(nothing, planned({"msg": "no"}, ids=["a"]))["text"][0].endswith(" 1 of 2 targets failed.")
    assert summary(limit=0) == {
        "text": ["0 jobs to stop, the limit is 0.", "      JOB  NAME  STATUS  OWNER  STARTED"],
        "refusal": "",
    }


def test_a_job_in_the_plans_of_two_hosts_is_refused_and_two_of_the_same_name_elsewhere_are_not():
    first = planned({"jobs": [job("a"), job("b", active=False)]}, ids=["a", "b"])
    other = {**first, "host": "there"}
    refusal = "1 job would be stopped by more than one host, such as a by here and there. Nothing is stopped."
    assert summary(first, other)["refusal"] == f"{refusal} Choose one host."
    assert summary(first, first)["refusal"] == ""  # one host stops one after the other
    elsewhere = planned({"jobs": [job("a")]}, ids=["a"], cluster_id="d")
    assert summary(first, {**elsewhere, "host": "there"})["refusal"] == ""
    unread = planned({"jobs": []}, ids=["x"])
    assert "such as x by" in summary(unread, {**unread, "host": "there"})["refusal"]
