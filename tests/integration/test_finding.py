# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that find jobs: by ids and by filters, all pages, and what is said of each job."""

from __future__ import annotations

import importlib
from urllib.parse import parse_qs

import pytest
from documented import assert_as_documented, documented
from kinds import KINDS

from tests.simulator.control import KINDS as SIMULATED

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
LISTING = [kind for kind in KINDS if kind.list]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.service)
each_listing_kind = pytest.mark.parametrize("kind", LISTING, ids=lambda kind: kind.service)


@pytest.fixture
def find(simulator, run_module):
    """Find jobs of a kind in this process, over real HTTP."""

    def run(kind, **more):
        ready = simulator.ready
        login = {"endpoint": ready["mrs"], "token": ready["token"], "project_id": ready["project_id"]}
        options = {**login, **kind.options(ready), **more}
        given = {name: value for name, value in options.items() if value is not None}
        return run_module(f"{kind.module}_info", **given)

    return run


def ids_of(result):
    assert not result["failed"], result["msg"]
    return [job["id"] for job in result["jobs"]]


def seeded(simulator, kind, **spec):
    return [str(job["id"]) for job in simulator.seed(kind.service, **spec)]


# Where nothing else is: the jobs seeded there, and the options that find them there.
ALONE = {
    MRS_V2: ({"cluster_id": "alone"}, {"cluster_id": "alone"}),
    CDM: ({"cluster_id": "alone"}, {"cluster_id": "alone"}),
    SQL: ({"record": {"queue_name": "alone"}}, {"queue": "alone"}),
    SPARK: ({"record": {"queue": "alone"}}, {"queue": "alone"}),
    FLINK: ({"record": {"queue_name": "alone"}}, {"queue": "alone"}),
    GES: ({"graph_name": "alone"}, {"graph_name": "alone"}),
}


def queries(simulator, kind):
    """The parameters of the list calls that came."""
    return [parse_qs(request["query"]) for request in simulator.journal() if request["meaning"] == kind.list]


# By ids


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
@each_kind
def test_by_ids_in_the_order_asked_for_each_once_and_unknown_ones_apart(simulator, find, kind, check_mode):
    one, two, three = seeded(simulator, kind, count=3)
    (ended,) = seeded(simulator, kind, state="finished")
    unknown = kind.unknown_id()
    result = find(kind, **{kind.ids: [three, unknown, one, ended, three, two, unknown]}, check_mode=check_mode)
    assert ids_of(result) == [three, one, ended, two]
    assert result["missing"] == [unknown]
    assert [job["active"] for job in result["jobs"]] == [True, True, False, True]
    assert [job["status"] for job in result["jobs"]][:2] == [kind.words[0]] * 2
    assert result["msg"] == "Found 4 jobs, 3 active."
    assert not result["changed"]
    assert simulator.journal(mutating=True) == []


@each_kind
def test_one_id_is_one_request(simulator, find, kind):
    (id,) = seeded(simulator, kind)
    assert ids_of(find(kind, **{kind.ids: [id]})) == [id]
    assert [request["meaning"] for request in simulator.journal()] == [kind.read]


@each_kind
def test_no_ids_are_no_jobs_and_nothing_is_sent(simulator, find, kind):
    result = find(kind, **{kind.ids: []})
    assert (ids_of(result), result["missing"], result["msg"]) == ([], [], "Found 0 jobs, 0 active.")
    assert simulator.journal() == []


def test_one_job_that_cannot_be_read_hides_no_other(simulator, find):
    ids = seeded(simulator, MRS, count=3)
    body = {"error_code": "APIGW.0103", "error_msg": "Backend not found"}
    simulator.fault(meaning=MRS.read, kind="status", status=400, body=body)
    result = find(MRS, job_execution_ids=ids, concurrency=1)
    assert result["failed"] and result["missing"] == []
    assert [job["id"] for job in result["jobs"]] == ids[1:]
    assert result["msg"].startswith(f"Found 2 jobs, 2 active. 1 could not be read. {ids[0]}: Backend not found")


def test_a_limit_holds_for_ids_as_well(simulator, find):
    ids = seeded(simulator, SQL, count=3)
    assert ids_of(find(SQL, job_ids=ids, limit=2)) == ids[:2]


# By filters: for each kind and option the documented parameter, a value, and what a job must be seeded with to match

NAMED = "00000000-1111-2222-3333-444444444444"
FAR = 5_000_000_000_000
FILTERS = {
    MRS_V2: {
        "name": ("job_name", "nightly", {"record": {"job_name": "nightly"}}),
        "status": ("job_state", "ACCEPTED", {"status": "ACCEPTED", "cluster_id": "alone"}),
        "result": ("job_result", "KILLED", {"state": "stopped"}),
        "job_type": ("job_type", "HiveSql", {"record": {"job_type": "HiveSql"}}),
        "owner": ("user", "carol", {"record": {"user": "carol"}}),
        "queue": ("queue", "night", {"record": {"queue": "night"}}),
        "submitted_after": ("submitted_time_begin", FAR - 1, {"record": {"submitted_time": FAR}}),
        "submitted_before": ("submitted_time_end", 2, {"record": {"submitted_time": 1}}),
    },
    CDM: {
        "filter": ("filter", "nightl", {"id": "a nightly job"}),
        "job_type": ("jobType", "BATCH_JOB", {"record": {"job_type": "BATCH_JOB"}}),
    },
    SQL: {
        "status": ("job-status", "SCALING", {"status": "SCALING"}),
        "job_type": ("job-type", "EXPORT", {"record": {"job_type": "EXPORT"}}),
        "queue": ("queue_name", "night", {"record": {"queue_name": "night"}}),
        "owner": ("owner", "carol", {"record": {"owner": "carol"}}),
        "sql_pattern": ("sql_pattern", "FROM nightly", {"record": {"statement": "select 1 from Nightly"}}),
        "started_after": ("start", FAR - 1, {"record": {"start_time": FAR}}),
        "started_before": ("end", 2, {"record": {"start_time": 1}}),
    },
    SPARK: {
        "name": ("job_name", "nightly", {"record": {"name": "nightly"}}),
        "status": ("state", "recovering", {"status": "recovering"}),
        "queue": ("queue_name", "night", {"record": {"queue": "night"}}),
        "owner": ("owner", "carol", {"record": {"owner": "carol"}}),
    },
    FLINK: {
        "name": ("name", "nightl", {"record": {"name": "a nightly job"}}),
        "status": ("status", "job_idle", {"status": "job_idle"}),
        "job_type": ("job_type", "flink_jar_job", {"record": {"job_type": "flink_jar_job"}}),
        "queue": ("queue_name", "night", {"record": {"queue_name": "night"}}),
        "owner": ("user_name", "carol", {"record": {"user_name": "carol"}}),
    },
    GES: {},
}
CASES = [
    pytest.param(kind, option, *case, id=f"{kind.service} {option}")
    for kind, options in FILTERS.items()
    for option, case in options.items()
]


@pytest.mark.parametrize(("kind", "option", "parameter", "value", "spec"), CASES)
def test_every_filter_reaches_the_service_by_its_documented_name(simulator, find, kind, option, parameter, value, spec):
    wanted = seeded(simulator, kind, **spec)
    simulator.seed(kind.service, **({"cluster_id": spec["cluster_id"]} if "cluster_id" in spec else {}), count=3)
    place = {name: spec[name] for name in ("cluster_id",) if name in spec}
    result = find(kind, **{option: value}, **place)
    assert ids_of(result) == wanted
    (query,) = queries(simulator, kind)
    assert query[parameter] == [str(value)]
    paging = {"page-size", "current-page", "page_size", "page_no", "size", "from", "limit", "offset"}
    assert set(query) - paging == {parameter}
    assert simulator.journal(mutating=True) == []


def options_that_filter(kind):
    name = f"ansible_collections.dataops.huaweicloud.plugins.modules.{kind.module}_info"
    return set(importlib.import_module(name).FILTERS)


def test_no_filter_of_any_module_is_left_out_here():
    for module in {kind.module for kind in KINDS}:
        kinds = [kind for kind in LISTING if kind.module == module]
        assert options_that_filter(kinds[0]) == {option for kind in kinds for option in FILTERS[kind]}


@pytest.mark.parametrize("option", ["owner", "queue"])
def test_a_filter_that_the_service_passes_over_finds_nothing(simulator, find, option):
    ids = [seeded(simulator, MRS_V2, record={"user": name, "queue": name})[0] for name in ("night", "day")]
    found = find(MRS_V2, **{option: "night"})
    assert [job["id"] for job in found["jobs"]] == [ids[0]]
    simulator.switches(mrs_v2_filters="otc")
    found = find(MRS_V2, **{option: "night"})
    assert found["failed"] and "jobs" not in found
    assert f"the service does not select by {option}: it told of " in found["msg"], found["msg"]


def test_filters_narrow_each_other(simulator, find):
    (both,) = seeded(simulator, SQL, record={"owner": "carol", "queue_name": "night"})
    simulator.seed("dli_sql", record={"owner": "carol"})
    simulator.seed("dli_sql", record={"queue_name": "night"})
    assert ids_of(find(SQL, owner="carol", queue="night")) == [both]


def test_a_value_of_any_characters_stays_one_parameter(simulator, find):
    value = "a&owner=x?#=%20 \u540d+"
    (id,) = seeded(simulator, SPARK, record={"name": value})
    assert ids_of(find(SPARK, name=value)) == [id]


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (
            SQL,
            {"name": "x"},
            "the service cannot select these jobs by name; it can by status, job_type, queue, owner, sql_pattern,"
            " started_after, started_before",
        ),
        (
            SPARK,
            {"sql_pattern": "x", "started_after": 1},
            "the service cannot select these jobs by sql_pattern, started_after; it can by name, status, queue, owner",
        ),
        (FLINK, {"started_before": 1}, "by started_before; it can by name, status, job_type, queue, owner"),
        (MRS, {"status": "RUNNING"}, "there is no list of these jobs without cluster_id: give it, or ids"),
        (MRS, {}, "there is no list of these jobs without cluster_id: give it, or ids"),
        (SQL, {"job_ids": ["x"], "status": "RUNNING"}, "job_ids and status exclude each other"),
        (SQL, {"job_ids": [], "status": "RUNNING", "queue": "x"}, "job_ids and status, queue exclude each other"),
        (MRS_V2, {"job_execution_ids": ["x"], "name": "y"}, "job_execution_ids and name exclude each other"),
        (CDM, {"job_names": ["x"], "filter": "y"}, "job_names and filter exclude each other"),
        (SQL, {"limit": 0}, "limit must be at least 1, not 0"),
        (SQL, {"limit": -1}, "limit must be at least 1, not -1"),
        (SQL, {"job_ids": ["x"], "limit": 0}, "limit must be at least 1, not 0"),
        (SQL, {"wait_timeout": 0}, "wait_timeout must be at least 1, not 0"),
        (SQL, {"concurrency": 65}, "concurrency must be from 1 to 64, not 65"),
        (FLINK, {"job_ids": ["abc"]}, "job_ids holds 'abc', but the ids of Flink jobs are numbers"),
        (SQL, {"job_ids": ["x", ".."]}, "job_ids holds '..', which would name another path"),
    ],
    ids=lambda value: value.service if hasattr(value, "service") else "",
)
def test_what_cannot_be_searched_for_is_refused_before_anything_is_sent(simulator, find, kind, options, message):
    result = find(kind, **options)
    assert result["failed"] and message in result["msg"], result["msg"]
    assert simulator.journal() == []


@pytest.mark.parametrize(
    ("kind", "option"),
    [(SQL, "status"), (SPARK, "name"), (MRS_V2, "owner"), (CDM, "filter")],
    ids=lambda value: getattr(value, "service", value),
)
def test_an_empty_filter_is_no_filter_for_all_jobs(simulator, find, kind, option):
    """Else an empty variable would find every job, for another task to stop."""
    simulator.seed(kind.service, count=3)
    result = find(kind, **{option: ""})
    assert result["failed"] and f"{option} is empty" in result["msg"], result["msg"]
    assert simulator.journal() == []


# All pages


@each_listing_kind
@pytest.mark.parametrize("totals", ["told", "absent"])
def test_all_pages_are_read_and_every_job_comes_once(simulator, find, kind, totals):
    simulator.switches(list_totals=totals)
    spec, options = ALONE[kind]
    ids = seeded(simulator, kind, count=250, **spec)
    found = ids_of(find(kind, **options))
    assert len(found) == 250 and set(found) == set(ids)
    pages = 1 if kind is GES else 3
    assert len(queries(simulator, kind)) == (pages if totals == "told" and kind is not GES else pages + 1)


@each_listing_kind
@pytest.mark.parametrize("totals", ["told", "absent"])
def test_a_service_that_gives_less_than_was_asked_for_on_a_page_loses_no_job(simulator, find, kind, totals):
    simulator.switches(list_page_most=7, list_totals=totals)
    spec, options = ALONE[kind]
    ids = seeded(simulator, kind, count=33, **spec)
    found = ids_of(find(kind, **options))
    assert len(found) == 33 and set(found) == set(ids)
    assert len(queries(simulator, kind)) == (5 if totals == "told" and kind is not GES else 6)


@each_listing_kind
@pytest.mark.parametrize(("limit", "requests"), [(1, 1), (100, 1), (101, 2)])
def test_a_limit_ends_the_reading(simulator, find, kind, limit, requests):
    spec, options = ALONE[kind]
    simulator.seed(kind.service, count=250, **spec)
    assert len(ids_of(find(kind, limit=limit, **options))) == limit
    assert len(queries(simulator, kind)) == (1 if kind is GES else requests)


# Those of which the status is a filter, and a status that a job leaves when it ends.
LEAVING = {MRS_V2: "RUNNING", SQL: "RUNNING", SPARK: "running", FLINK: "job_running"}


@pytest.mark.parametrize("kind", LEAVING, ids=lambda kind: kind.service)
def test_a_list_that_shrinks_while_it_is_read_loses_no_job_that_is_still_on_it(simulator, find, kind):
    spec, options = ALONE[kind]
    lasting = seeded(simulator, kind, count=240, **spec)
    # the newest stand on the first page; they end after it was read, and the others move up
    simulator.advance(60)
    simulator.seed(kind.service, count=10, ends_after=3600, **spec)
    simulator.fault(meaning=kind.list, kind="advance_after", seconds=7200)
    found = ids_of(find(kind, status=LEAVING[kind], **options))
    assert len(found) == len(set(found))
    lost = set(lasting) - set(found)
    assert not lost, f"{len(lost)} of 240 are lost"


def test_a_list_that_grows_while_it_is_read_gives_every_job_once(simulator, find):
    # each list call makes one more old job match
    ids = seeded(simulator, SQL, count=250, starts_after=0, **ALONE[SQL][0])
    (late,) = seeded(simulator, SQL, starts_after=3600, **ALONE[SQL][0])
    simulator.fault(meaning=SQL.list, kind="advance_after", seconds=7200)
    found = ids_of(find(SQL, status="RUNNING", queue="alone"))
    assert len(found) == len(set(found))
    assert set(found) == {*ids, late}


# What a list may answer besides

ODD_LISTS = {
    "null": "null",
    "a list": "[]",
    "a text": '"jobs"',
    "no jobs": '{"job_count": 2}',
    "jobs that are null": '{"job_count": 2, "jobs": null}',
    "jobs that are an object": '{"job_count": 2, "jobs": {"job_id": "x"}}',
}


@pytest.mark.parametrize("body", ODD_LISTS.values(), ids=ODD_LISTS)
def test_a_list_that_is_none_is_told_and_read_around_where_ids_are_known(simulator, find, body):
    odd = {"kind": "body", "body": body, "content_type": "application/json", "times": 99}
    simulator.fault(meaning=SQL.list, **odd)
    result = find(SQL, queue="alone", retries=0)
    assert result["failed"]
    assert "the answer has no jobs (GET 127.0.0.1" in result["msg"], result["msg"]
    ids = seeded(simulator, SQL, count=3)
    assert ids_of(find(SQL, job_ids=ids)) == ids


def test_a_list_that_is_empty_is_no_error(simulator, find):
    simulator.fault(meaning=SQL.list, kind="body", body="", content_type="application/json", status=200)
    result = find(SQL, queue="alone", retries=0)
    assert result["failed"] and "the answer has no jobs" in result["msg"]
    assert ids_of(find(SQL, queue="alone")) == []


ODD_RECORDS = [
    [None, 1, "x", [], {}, {"status": "RUNNING"}, {"job_id": None}, {"job_id": ""}],
    [{"job_id": "good", "status": "RUNNING"}, None, {"status": "RUNNING"}],
]


@pytest.mark.parametrize("records", ODD_RECORDS, ids=["only", "besides a good one"])
@pytest.mark.parametrize("count", [0, 3, 40, "3", None, "many", -1, {}], ids=str)
def test_records_that_are_none_are_passed_over(simulator, find, records, count):
    body = {"is_success": True, "job_count": count, "jobs": records}
    simulator.fault(meaning=SQL.list, kind="body", body=body)
    result = find(SQL, queue="alone")
    good = [record["job_id"] for record in records if record and isinstance(record, dict) and len(record) == 2]
    assert ids_of(result) == good
    # three times at the most the pages that the total promises, and not one for each record that is none
    assert len(queries(simulator, SQL)) <= 3 * max(1, -(-40 // len(records)))


def test_a_job_without_a_status_is_found_and_nothing_is_claimed_of_it(simulator, find):
    body = {"is_success": True, "job_count": 2, "jobs": [{"job_id": "a"}, {"job_id": "b", "status": ["RUNNING"]}]}
    simulator.fault(meaning=SQL.list, kind="body", body=body)
    result = find(SQL, queue="alone")
    assert ids_of(result) == ["a", "b"]
    assert [job["active"] for job in result["jobs"]] == [None, None]
    assert result["jobs"][0]["status"] is None


@each_listing_kind
def test_a_list_that_is_refused_is_told_in_the_words_of_the_service(simulator, find, kind):
    body = {"error_code": "X.403", "error_msg": "not for you"}
    simulator.fault(meaning=kind.list, kind="status", status=403, body=body)
    result = find(kind)
    assert result["failed"] and "not for you" in result["msg"] and "HTTP 403, X.403" in result["msg"]
    assert len(simulator.journal()) == 1


def test_a_page_that_fails_after_the_first_is_no_shorter_result(simulator, find):
    simulator.seed("dli_sql", count=250, **ALONE[SQL][0])
    simulator.fault(meaning=SQL.list, kind="status", status=400, body={"error_code": "X.1"}, after=1)
    result = find(SQL, queue="alone")
    assert result["failed"] and "jobs" not in result


def test_a_page_that_fails_for_a_moment_is_read_again(simulator, find):
    ids = seeded(simulator, SQL, count=250, **ALONE[SQL][0])
    simulator.fault(meaning=SQL.list, kind="status", status=503, after=1)
    simulator.fault(meaning=SQL.list, kind="drop_before", after=1)
    assert set(ids_of(find(SQL, queue="alone"))) == set(ids)


# What is said of a job


STATUSES = [
    pytest.param(kind, word, id=f"{kind.service} {word}") for kind in KINDS for word in SIMULATED[kind.service].states
]


@pytest.mark.parametrize(("kind", "word"), STATUSES)
def test_active_is_what_the_simulator_knows_for_every_status(simulator, find, kind, word):
    if kind is MRS and isinstance(word, str):  # a word of Sahara, which only its own dialect tells
        simulator.switches(mrs_dialect="sahara", mrs_info="oozie")
    (id,) = seeded(simulator, kind, status=word)
    truth = simulator.truth(kind.service, id)["state"] in ("submitted", "running")
    # the documents leave it open what CDM's UNKNOWN is
    expected = None if (kind, word) == (CDM, "UNKNOWN") else truth
    (job,) = find(kind, **{kind.ids: [id]})["jobs"]
    assert job["active"] is expected, job
    if kind.list:
        listed = {job["id"]: job for job in find(kind)["jobs"]}
        assert listed[id]["active"] is expected


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (MRS_V2, {"properties": "{fs.obs.secret.key=VERYSECRET}", "arguments": "[--password, VERYSECRET]"}),
        (SQL, {"statement": "create table t options ('password' = 'VERYSECRET')"}),
        (SPARK, {"req_body": '{"conf": {"spark.hadoop.fs.s3a.secret.key": "VERYSECRET"}}'}),
        (CDM, {"from-config-values": {"configs": [{"password": "VERYSECRET"}]}}),
        (FLINK, {"desc": "jdbc:mysql://root:VERYSECRET@host/db"}),
    ],
    ids=lambda value: getattr(value, "service", ""),
)
def test_secrets_in_records_are_masked_however_the_job_was_found(simulator, find, kind, record):
    (id,) = seeded(simulator, kind, record=record)
    simulator.seed(kind.service)
    by_id, by_list = find(kind, **{kind.ids: [id]}), find(kind)
    assert id in ids_of(by_id) and id in ids_of(by_list)
    assert "VERYSECRET" not in str(by_id) + str(by_list)
    assert "********" in str(by_id["jobs"]) or kind is CDM
    assert "********" in str(by_list["jobs"])


@each_listing_kind
def test_what_was_found_is_stopped_and_nothing_else(simulator, find, stop, kind):
    spec, options = ALONE[kind]
    running = seeded(simulator, kind, count=5, **spec)
    ended = seeded(simulator, kind, state="finished", **spec)
    found = find(kind, **options)
    assert set(ids_of(found)) == {*running, *ended}
    before = simulator.truths(kind.service)
    active = [job["id"] for job in found["jobs"] if job["active"]]
    place = {name: value for name, value in options.items() if name in ("cluster_id", "graph_name")}
    result = stop(kind, *active, **place)
    assert {job["outcome"] for job in result["jobs"]} == {"stopped"}
    truths = simulator.truths(kind.service)
    assert {id for id in truths if truths[id] != before[id]} == set(running)
    assert all(truths[id]["stopped_by_us"] for id in running)


@each_kind
def test_what_comes_back_is_what_the_documentation_says(simulator, find, kind):
    (id,) = seeded(simulator, kind)
    documentation = {
        **documented(f"{kind.module}_info"),
        **dict.fromkeys(("changed", "failed"), {"returned": "always", "type": "bool"}),
    }
    assert_as_documented(find(kind, **{kind.ids: [id, kind.unknown_id()]}), documentation, kind.module)
    if kind.list:
        assert_as_documented(find(kind), documentation, kind.module)


@pytest.mark.parametrize("kind", [MRS_V2, CDM, SQL, SPARK, FLINK], ids=lambda kind: kind.service)
def test_details_have_one_spelling_of_keys(simulator, find, kind):
    simulator.seed(kind.service, count=2)
    for job in find(kind)["jobs"]:
        assert job["details"]
        assert all(key == key.lower() and "-" not in key for key in job["details"])


# Who, where, and since when

NIGHT = 1772330404123  # 2026-03-01T02:00:04.123Z
FACTS = {
    MRS: ({"job_name": "load", "start_time": NIGHT}, {"name": "load"}),
    MRS_V2: (
        {"job_name": "load", "user": "etl", "queue": "root.a", "started_time": NIGHT},
        {"name": "load", "owner": "etl", "queue": "root.a"},
    ),
    CDM: ({"creation-user": "etl", "execute-date": str(NIGHT), "execute_start_date": NIGHT}, {"owner": "etl"}),
    SQL: ({"owner": "etl", "queue_name": "a", "start_time": NIGHT}, {"owner": "etl", "queue": "a"}),
    SPARK: (
        {"name": "load", "owner": "etl", "queue": "a", "create_time": NIGHT},
        {"name": "load", "owner": "etl", "queue": "a"},
    ),
    FLINK: (
        {"name": "load", "user_name": "etl", "queue_name": "a", "start_time": NIGHT, "create_time": 1},
        {"name": "load", "owner": "etl", "queue": "a"},
    ),
}


@pytest.mark.parametrize(
    ("kind", "found_by"),
    [*((kind, "id") for kind in KINDS), *((kind, "list") for kind in LISTING)],
    ids=lambda value: getattr(value, "service", value),
)
def test_every_record_tells_who_where_and_since_when_under_the_same_names(simulator, find, kind, found_by):
    record, facts = FACTS.get(kind, ({}, {}))
    (id,) = seeded(simulator, kind, record=record)
    jobs = find(kind, **({kind.ids: [id]} if found_by == "id" else {}))["jobs"]
    (job,) = [job for job in jobs if job["id"] == id]
    expected = {"name": None, "owner": None, "queue": None, **facts}
    if kind is CDM:
        expected["name"] = id
    assert {name: job[name] for name in expected} == expected
    assert job["started"] == ("2026-03-01T02:00:04Z" if record else None)


@pytest.mark.parametrize(
    ("told", "started"),
    [
        (0, None),
        (None, None),
        ("2026-03-01T02:00:04", "2026-03-01T02:00:04Z"),
        ("2026-03-01T02:00:04.123", "2026-03-01T02:00:04Z"),
        ("last night", None),
        (10**30, None),
        ({"at": 1}, None),
    ],
)
def test_a_start_that_is_not_told_or_is_no_date_is_none(simulator, find, told, started):
    (id,) = seeded(simulator, MRS, record={"start_time": told})
    (job,) = find(MRS, job_execution_ids=[id])["jobs"]
    assert job["started"] == started


# Real Ansible


@pytest.mark.smoke
def test_found_by_one_task_stopped_by_the_next_with_defaults_for_the_group_of_all_eight(simulator, play):
    ready = simulator.ready
    kinds = [MRS_V2, CDM, SQL, GES]
    ids = {kind: set(seeded(simulator, kind, count=3, **ALONE[kind][0])) for kind in kinds}
    tasks = []
    for kind in kinds:
        options = {**kind.options(ready), **ALONE[kind][1]}
        place = {name: value for name, value in options.items() if name in kind.options(ready)}
        found = "{{ found.jobs | selectattr('active') | map(attribute='id') | list }}"
        tasks += [
            {
                "name": f"Find {kind.service}",
                f"dataops.huaweicloud.{kind.module}_info": options,
                "register": "found",
            },
            {
                "name": f"Stop {kind.service}",
                f"dataops.huaweicloud.{kind.module}": {**place, kind.ids: found, "wait_sleep": 0.05},
            },
        ]
    login = {"token": ready["token"], "project_id": ready["project_id"], "endpoint": ready["mrs"]}
    defaults = {**login, "wait_timeout": 20, "concurrency": 4}
    played = play(tasks, variables={}, module_defaults={"group/dataops.huaweicloud.all": defaults})
    assert played.status == "successful", played.stdout
    assert len(played.results) == 8
    for kind, found, stopped in zip(kinds, played.results[::2], played.results[1::2]):
        assert found["changed"] is False
        assert {job["id"] for job in found["jobs"]} == ids[kind]
        assert {job["id"]: job["outcome"] for job in stopped["jobs"]} == dict.fromkeys(ids[kind], "stopped")
        assert all(simulator.truth(kind.service, id)["stopped_by_us"] for id in ids[kind])


@pytest.mark.smoke
def test_ad_hoc_in_check_mode_finds_the_same(simulator, ad_hoc):
    ids = seeded(simulator, FLINK, count=2, **ALONE[FLINK][0])
    runs = [ad_hoc("dli_job_info", {"kind": "flink", "queue": "alone"}, *flags) for flags in ((), ("--check",))]
    assert [run.code for run in runs] == [0, 0], runs[0].output
    for run in runs:
        assert {(job["id"], job["status"], job["active"]) for job in run.result["jobs"]} == {
            (id, "job_running", True) for id in ids
        }
    assert simulator.journal(mutating=True) == []
